// Starts GraphiQL on the endpoint that serves this page.
//
// The fragment may hold key, query and externalId: /graphql#key=…&externalId=…
// A fragment never reaches a server; the key then lives in this script's memory alone, not in the
// address bar, the history entry, a cookie or localStorage.
"use strict";

(() => {
  const place = document.getElementById("graphiql");
  const form = document.getElementById("key-form");
  const input = document.getElementById("key");
  const message = document.getElementById("key-message");
  const root = ReactDOM.createRoot(place);
  const plugins = [GraphiQLPluginExplorer.explorerPlugin()];
  const storage = {
    getItem: (name) => localStorage.getItem(name),
    setItem: (name, value) => localStorage.setItem(name, withoutHeaders(name, value)),
    removeItem: (name) => localStorage.removeItem(name),
    clear: () => localStorage.clear(),
    get length() {
      return localStorage.length;
    },
  };

  const handed = takeFragment();
  let key = handed.get("key") ?? "";

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    key = input.value.trim();
    input.value = "";
    form.hidden = true;
    render();
  });
  // A pasted address that differs in its fragment alone loads nothing by itself.
  window.addEventListener("hashchange", () => window.location.reload());

  if (key) {
    render();
  } else {
    askForKey("Queries need a key. It is kept in this page's memory only.");
  }

  function takeFragment() {
    const parameters = new URLSearchParams(window.location.hash.slice(1));
    if (window.location.hash) {
      const { pathname, search } = window.location;
      window.history.replaceState(null, "", pathname + search);
    }
    return parameters;
  }

  function askForKey(reason) {
    message.textContent = reason;
    form.hidden = false;
    input.focus();
  }

  async function fetchWithKey(address, options) {
    const headers = new Headers(options.headers);
    if (!headers.has("Authorization")) {
      headers.set("Authorization", `Bearer ${key}`);
    }
    const answer = await fetch(address, { ...options, headers, credentials: "omit" });
    if (answer.status === 401) {
      askForKey("The server does not accept this key. Please enter another one.");
    }
    return answer;
  }

  // GraphiQL's history keeps the headers of each query, whatever shouldPersistHeaders says.
  function withoutHeaders(name, value) {
    if (name !== "graphiql:queries" && name !== "graphiql:favorites") {
      return value;
    }
    const keep = (field, content) => (field === "headers" ? undefined : content);
    return JSON.stringify(JSON.parse(value), keep);
  }

  // A new fetcher makes GraphiQL ask for the schema again, as a new key may need.
  function render() {
    const fetcher = GraphiQL.createFetcher({
      url: window.location.pathname,
      fetch: fetchWithKey,
      enableIncrementalDelivery: false,
    });
    root.render(
      React.createElement(GraphiQL, {
        fetcher,
        plugins,
        storage,
        ...startingPoint(),
        defaultEditorToolsVisibility: "variables",
        shouldPersistHeaders: false,
        showPersistHeadersSettings: false,
      }),
    );
  }

  // Without a hand-over GraphiQL opens with what it showed last, else with the default query.
  function startingPoint() {
    const defaultQuery = place.dataset.defaultQuery || undefined;
    const externalId = handed.get("externalId");
    const query = handed.get("query") ?? (externalId ? defaultQuery : undefined);
    const variables = externalId ? JSON.stringify({ externalId }, null, 2) : undefined;
    return { defaultQuery, query, variables };
  }
})();
