"""What the tests of Jira's HTTP share: a scripted Jira, a sandbox let in, and payloads."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import SecretStr

from jira_api.client import JiraClient, JiraSession
from jira_api.decoding import Decoder
from jira_api.paths import CloudId
from jira_api.records import Origin
from jira_api.retry import RetryPolicy
from sandbox.builders import SiteBuilder
from sandbox.world import World
from tests.sandbox.visitors import SCOPES, a_site, a_visitor, find_shared

API = "https://api.jira.test"
CLOUD_ID = CloudId("11111111-aaaa-4aaa-8aaa-111111111111")
ORIGIN = Origin(CLOUD_ID, "https://acme.example", "acme")
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DECODE = Decoder(ORIGIN)
THOROUGH = settings(max_examples=80, deadline=None, derandomize=True)

Answer = Callable[[httpx.Request], httpx.Response]


def says(
    status: int = 200, body: Any = None, *, headers: Mapping[str, str] | None = None
) -> Answer:
    """An answer: bytes go out as they are, everything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda _: httpx.Response(status, content=content, headers=headers)


def fails(error: type[httpx.TransportError]) -> Answer:
    """No answer: the transport gives up."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise error("made to fail", request=request)

    return fail


@dataclass
class Tokens:
    """A source of tokens that counts its renewals."""

    refused: list[str] = field(default_factory=list, repr=False)

    async def authorization(self) -> SecretStr:
        return SecretStr("Bearer secret-stored")

    async def renew(self, rejected: SecretStr) -> SecretStr:
        self.refused.append(rejected.get_secret_value().removeprefix("Bearer "))
        return SecretStr(f"Bearer secret-renewed-{len(self.refused)}")


@dataclass
class ScriptedJira:
    """A Jira that gives prepared answers in order, and the client that asks it."""

    answers: list[Answer]
    policy: RetryPolicy = field(default_factory=lambda: RetryPolicy(jitter=lambda: 1.0))
    tokens: Tokens = field(default_factory=Tokens)
    requests: list[httpx.Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def session(self) -> JiraSession:
        client = JiraClient(
            http=httpx.AsyncClient(transport=httpx.MockTransport(self._answer)),
            api_url=API,
            max_concurrency=5,
            retry=self.policy,
            sleep=self._sleep,
            clock=lambda: NOW,
        )
        return client.session(ORIGIN, self.tokens)

    @property
    def paths(self) -> list[str]:
        """What was asked for, below the site's root."""
        return [request.url.path.removeprefix(f"/ex/jira/{CLOUD_ID}") for request in self.requests]

    @property
    def questions(self) -> list[dict[str, str]]:
        """The query parameters of each call."""
        return [dict(request.url.params) for request in self.requests]

    @property
    def bodies(self) -> list[Any]:
        """The JSON body of each call that has one."""
        return [json.loads(request.content) for request in self.requests if request.content]

    @property
    def bearers(self) -> list[str]:
        """The token of each call."""
        return [request.headers["Authorization"] for request in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert len(self.requests) < len(self.answers), f"an unforeseen call of {request.url}"
        # The client sends one request object again with another token: keep what stood there now.
        kept = httpx.Request(
            request.method, request.url, headers=request.headers.copy(), content=request.content
        )
        self.requests.append(kept)
        return self.answers[len(self.requests) - 1](request)

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def a_jira(*answers: Answer, **options: Any) -> ScriptedJira:
    return ScriptedJira(list(answers), **options)


@dataclass(frozen=True)
class VisitorTokens:
    """The token that a visitor of the sandbox was given."""

    token: str = field(repr=False)

    async def authorization(self) -> SecretStr:
        return SecretStr(f"Bearer {self.token}")

    async def renew(self, rejected: SecretStr) -> SecretStr:
        raise AssertionError(f"the sandbox refused a fresh token: {rejected}")


async def enter(world: World, cloud_id: str) -> JiraSession:
    """A session with a site of a sandbox over a world."""
    visitor = a_visitor(world)
    await visitor.enter(cloud_id, scopes=SCOPES)
    client = JiraClient(http=visitor.http, api_url="http://sandbox.test:8001", max_concurrency=5)
    origin = Origin(CloudId(cloud_id), world.sites[cloud_id].url, "acme")
    return client.session(origin, VisitorTokens(visitor.tokens["access_token"]))


async def enter_new_site() -> tuple[JiraSession, SiteBuilder]:
    """A session with an empty site, and the builder that fills it."""
    world, site = a_site()
    return await enter(world.world, site.data.site.cloud_id), site


def read_shared(*parts: str) -> Any:
    """The JSON of a recorded answer."""
    return json.loads(find_shared("jira-data", *parts).read_text(encoding="utf-8"))


def with_account_ids(payload: Any) -> Any:
    """A recorded Server answer with its people named as Cloud names them."""
    if isinstance(payload, list):
        return [with_account_ids(each) for each in payload]
    if not isinstance(payload, dict):
        return payload
    inner = {name: with_account_ids(value) for name, value in payload.items()}
    if "displayName" in inner:
        inner.setdefault("accountId", inner.get("key", "unknown"))
    return inner


def a_user_payload(**changes: Any) -> dict[str, Any]:
    return {
        "accountId": "557058:ada",
        "accountType": "atlassian",
        "displayName": "Ada",
        "emailAddress": "ada@example.com",
        "active": False,
        "timeZone": "Europe/Berlin",
        "avatarUrls": {"48x48": "https://acme.example/ada.png"},
        **changes,
    }


def a_status_payload(**changes: Any) -> dict[str, Any]:
    return {"id": "3", "name": "In work", "statusCategory": {"key": "indeterminate"}, **changes}


def a_project_payload(**changes: Any) -> dict[str, Any]:
    return {
        "id": "10000",
        "key": "SHOP",
        "name": "Shop",
        "projectTypeKey": "software",
        "description": "Sells",
        "projectCategory": {"name": "Products"},
        "isPrivate": True,
        "archived": True,
        "lead": a_user_payload(),
        "avatarUrls": {"48x48": "https://acme.example/shop.png"},
        "issueTypes": [{"id": "1", "name": "Bug", "subtask": False, "hierarchyLevel": 0}],
        "components": [{"id": "5", "name": "API", "lead": a_user_payload()}],
        "versions": [{"id": "6", "name": "1.0", "released": True, "releaseDate": "2026-02-28"}],
        **changes,
    }


def a_board_payload(**changes: Any) -> dict[str, Any]:
    location = {"projectId": 10000, "projectKey": "SHOP", "projectName": "Shop"}
    return {"id": 4, "name": "Shop", "type": "scrum", "location": location, **changes}


def a_sprint_payload(**changes: Any) -> dict[str, Any]:
    return {
        "id": 37,
        "name": "Sprint 1",
        "state": "closed",
        "goal": "Ship",
        "originBoardId": 4,
        "startDate": "2026-01-05T09:00:00.000+01:00",
        "endDate": "2026-01-19T09:00:00.000Z",
        "completeDate": "2026-01-19T10:30:00.000Z",
        **changes,
    }


def an_issue_payload(**fields: Any) -> dict[str, Any]:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": "Hello"}]}
    return {
        "id": "10042",
        "key": "SHOP-7",
        "fields": {
            "summary": "A summary",
            "description": {"version": 1, "type": "doc", "content": [paragraph]},
            "environment": None,
            "issuetype": {"id": "1", "name": "Bug", "subtask": False},
            "status": a_status_payload(),
            "priority": {"id": "2", "name": "High", "iconUrl": "https://acme.example/high.svg"},
            "resolution": {"id": "9", "name": "Done", "description": "It is done"},
            "project": {"id": "10000", "key": "SHOP", "name": "Shop"},
            "labels": ["one", "two"],
            "components": [{"id": "5", "name": "API"}],
            "fixVersions": [{"id": "6", "name": "1.0", "releaseDate": "2026-02-28"}],
            "versions": [{"id": "7", "name": "0.9", "archived": True}],
            "assignee": a_user_payload(),
            "reporter": a_user_payload(),
            "creator": a_user_payload(),
            "created": "2026-01-31T12:00:00.000+0100",
            "updated": "2026-02-01T00:00:00.000+0000",
            "resolutiondate": "2026-02-01T00:00:00.000+0000",
            "duedate": "2026-03-01",
            "timetracking": {"timeSpent": "3h 20m", "timeSpentSeconds": 12000},
            "watches": {"watchCount": 2},
            "votes": {"votes": 3},
            "customfield_10016": 5.0,
            **fields,
        },
    }


_ODD_VALUES = (10**400, -1, 2**63, "", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(_ODD_VALUES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def mutated(draw: st.DrawFn, payload: dict[str, Any]) -> dict[str, Any]:
    """The payload with some of its parts replaced by any JSON, or left out."""
    copy: dict[str, Any] = json.loads(json.dumps(payload))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(copy))
        holder, key = draw(st.sampled_from(places)) if places else (copy, "id")
        if isinstance(holder, dict) and draw(st.booleans()):
            holder.pop(key, None)
        else:
            holder[key] = draw(JSON_VALUES)
    return copy


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    entries = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in list(entries):
        yield node, key
        if isinstance(value, dict | list):
            yield from _places(value)
