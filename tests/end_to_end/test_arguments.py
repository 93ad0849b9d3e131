"""What is malformed gets a typed error with a code, and leaves for nowhere."""

import pytest

from tests.support.gateway import Gateway

# Ways that other tests cover are gone once for each of many values: tracing would double the time.
pytestmark = pytest.mark.untraced
LONG = "A" * 10_000
KEYS = [
    "", LONG, "../myself", "../myself?x=", "A-1/../../", "%2e%2e%2f", "A-1?expand=", "A-1#", "A-0",
    "a-1", "\u0410-1", "AB-1 ", "A" * 300 + "-1", "AB-99999999999999999999",
    "1 OR project = SECRET", "0", "-1", "1.0", "\u0661", "\u202eAB-1", "AB-1\n", "\U0001f600-1",
]  # fmt: skip


def ask_for(field: str, argument: str) -> str:
    return (
        f'query($value: ID!) {{ connection(externalId: "acme") {{ '
        f"{field}({argument}: $value) {{ __typename }} }} }}"
    )


@pytest.mark.parametrize(
    ("field", "argument"),
    [
        ("issue", "idOrKey"),
        ("project", "idOrKey"),
        ("board", "boardId"),
        ("sprint", "sprintId"),
        ("boards", "projectIdOrKey"),
    ],
)
async def test_a_malformed_reference_is_refused_without_a_call(
    gateway: Gateway, field: str, argument: str
) -> None:
    for value in KEYS:
        answer = await gateway.ask(ask_for(field, argument), {"value": value})

        assert answer.status == 200
        assert answer.codes == ["BAD_USER_INPUT"], (field, value)
        assert answer.body["data"]["connection"][field] is None
    assert gateway.calls() == []


@pytest.mark.parametrize("value", ["", " ", LONG, "a\x00b", "a\nb"], ids=range(5))
async def test_a_malformed_external_id_is_refused_without_a_call(
    gateway: Gateway, value: str
) -> None:
    answer = await gateway.ask(
        "query($id: ID!) { connection(externalId: $id) { status } }", {"id": value}
    )

    assert answer.codes == ["BAD_USER_INPUT"]
    assert gateway.calls() == []


@pytest.mark.parametrize(
    "value",
    [
        "NFC \u00e9",
        "NFD e\u0301",
        "\U0001f469\u200d\U0001f680",
        "\u202ertl",
        "{{7*7}}",
        "%s%n",
        "'; --",
    ],
)
async def test_an_odd_external_id_is_kept_as_it_is(gateway: Gateway, value: str) -> None:
    await gateway.connect(value)

    found = await gateway.ask_connection("externalId", external_id=value)
    other = await gateway.ask_connection("externalId", external_id=value + "x")

    assert found == {"externalId": value}
    assert other is None


@pytest.mark.parametrize("first", [0, -1, 101, 1_001, 2_147_483_647])
@pytest.mark.parametrize("field", ["projects", "boards"])
async def test_a_page_has_1_to_100_items(gateway: Gateway, field: str, first: int) -> None:
    answer = await gateway.ask(
        f'{{ connection(externalId: "acme") {{ {field}(first: {first}) {{ __typename }} }} }}'
    )

    assert answer.codes == ["BAD_USER_INPUT"]
    assert gateway.calls() == []


@pytest.mark.parametrize("first", ["0", "-1", "1001", "2147483647", "null"])
async def test_a_page_of_issues_has_1_to_1000(gateway: Gateway, first: str) -> None:
    answer = await gateway.ask(
        f'{{ connection(externalId: "acme") {{ issues(first: {first}) {{ __typename }} }} }}'
    )

    assert answer.codes == ["BAD_USER_INPUT"]
    assert gateway.calls() == []


CURSORS = ["", "x", LONG, "%", "é", "AAAA", "bnVsbA", "eyJhIjoxfQ"]


@pytest.mark.parametrize("cursor", CURSORS, ids=range(len(CURSORS)))
async def test_a_broken_cursor_is_refused_without_a_call(gateway: Gateway, cursor: str) -> None:
    for field in ("issues", "projects", "boards"):
        answer = await gateway.ask(
            f'query($after: String) {{ connection(externalId: "acme") {{ {field}(after: $after) '
            "{ __typename } } }",
            {"after": cursor},
        )

        assert answer.codes == ["BAD_USER_INPUT"]
    assert gateway.calls() == []


async def test_a_cursor_is_good_for_its_own_query_alone(gateway: Gateway) -> None:
    await gateway.connect("other")
    page = await gateway.ask_connection("issues(first: 2) { pageInfo { endCursor } }")
    cursor = page["issues"]["pageInfo"]["endCursor"]
    changed = ("B" if cursor[5] == "A" else "A").join((cursor[:5], cursor[6:]))
    gateway.forget_calls()

    for external_id, arguments, after in (
        ("other", "", cursor),
        ("acme", "filter: { isResolved: true }, ", cursor),
        ("acme", "orderBy: [{ field: KEY }], ", cursor),
        ("acme", "", changed),
    ):
        answer = await gateway.ask(
            f'{{ connection(externalId: "{external_id}") {{ issues({arguments}first: 2, '
            f'after: "{after}") {{ nodes {{ key }} }} }} }}'
        )
        assert answer.codes == ["BAD_USER_INPUT"]
    assert gateway.calls() == []
    same = await gateway.ask_connection(
        f'issues(first: 7, after: "{cursor}") {{ nodes {{ key }} }}'
    )
    assert len(same["issues"]["nodes"]) == 7


FILTERS = [
    'projectIds: ["1 OR 1"]',
    'projectKeys: ["secret"]',
    'sprintIds: ["x"]',
    'idsOrKeys: ["../x"]',
    "idsOrKeys: []",
    'statusNames: [""]',
    'labels: ["a\\u0000b"]',
    'text: ""',
    "statusCategories: [UNKNOWN]",
    'assignee: { accountIds: ["a b"] }',
    "and: []",
    "or: []",
    "not: { not: { not: { not: { not: { not: { not: { isResolved: true } } } } } } }",
]


@pytest.mark.parametrize("condition", FILTERS)
async def test_a_malformed_filter_is_refused_without_a_call(
    gateway: Gateway, condition: str
) -> None:
    answer = await gateway.ask(
        f'{{ connection(externalId: "acme") {{ issues(filter: {{ {condition} }}) '
        "{ __typename } } }"
    )

    assert answer.codes == ["BAD_USER_INPUT"]
    assert gateway.calls() == []


async def test_hostile_values_are_data_and_never_jql(gateway: Gateway) -> None:
    for value in (
        '" OR project = SECRET',
        "\\",
        '\\"',
        ") OR (",
        "ORDER BY",
        "currentUser()",
        "a*?",
    ):
        answer = await gateway.ask(
            'query($label: String!, $text: String!) { connection(externalId: "acme") { '
            "issues(filter: { labels: [$label], text: $text }) { nodes { key } } } }",
            {"label": value, "text": value},
        )

        assert answer.data["connection"]["issues"]["nodes"] == []


@pytest.mark.parametrize(
    "value", ['"yesterday"', '"2026-01-01"', '"2026-01-01T00:00:00"', "5"], ids=range(4)
)
async def test_an_instant_without_a_time_zone_is_refused(gateway: Gateway, value: str) -> None:
    answer = await gateway.ask(
        f'{{ connection(externalId: "acme") {{ issues(filter: {{ createdAfter: {value} }}) '
        "{ __typename } } }"
    )

    assert answer.status == 400
    assert answer.codes == ["BAD_USER_INPUT"]
    assert gateway.calls() == []


@pytest.mark.parametrize("key", ["", "wrong", "wrong" * 1_000])
async def test_a_wrong_key_is_401_and_never_an_empty_answer(gateway: Gateway, key: str) -> None:
    answer = await gateway.ask("{ viewer { kind } }", key=key)

    assert answer.status == 401
    assert answer.codes == ["UNAUTHENTICATED"]
    assert "data" not in answer.body


BELOW = [
    'project(idOrKey: "SHOP") { issues(first: 0) { __typename } }',
    'project(idOrKey: "SHOP") { issues(first: 1001) { __typename } }',
    'project(idOrKey: "SHOP") { issues(first: $size) { __typename } }',
    'project(idOrKey: "SHOP") { ... on Project { boards(first: 101) { __typename } } }',
    'project(idOrKey: "SHOP") { issues(after: "abc") { __typename } }',
    'project(idOrKey: "SHOP") { issues(filter: { labels: [""] }) { __typename } }',
    (
        'project(idOrKey: "SHOP") { '
        'issues(filter: { sprintIds: ["1 OR project = SECRET"] }) { __typename } }'
    ),
    'project(idOrKey: "SHOP") { issues(filter: { idsOrKeys: ["../myself?x="] }) { __typename } }',
    'project(idOrKey: "SHOP") { issues(filter: { labels: [] }) { __typename } }',
    'project(idOrKey: "SHOP") { issues(filter: { statusCategories: [UNKNOWN] }) { __typename } }',
    'project(idOrKey: "SHOP") { issues(filter: { not: { or: [] } }) { __typename } }',
    'project(idOrKey: "SHOP") { issues(filter: $filter) { __typename } }',
    'project(idOrKey: "SHOP") { issues(first: null) { __typename } }',
    'project(idOrKey: "SHOP") { boards(type: UNKNOWN) { __typename } }',
    'project(idOrKey: "SHOP") { sprints(states: [UNKNOWN]) { __typename } }',
    'project(idOrKey: "SHOP") { sprints(states: $states) { __typename } }',
    'project(idOrKey: "SHOP") { sprints(states: []) { __typename } }',
    "projects { nodes { boards { nodes { sprints(first: 0) { __typename } } } } }",
    'board(boardId: "1") { sprints(first: 0) { __typename } }',
    'sprint(sprintId: "1") { issues(first: 1001) { __typename } }',
    'boards(projectIdOrKey: "SHOP", first: 0) { __typename }',
    'boards(projectIdOrKey: "SHOP", after: "zz") { __typename }',
    "issues(first: 1) { nodes { project { boards(first: 0) { __typename } } } }",
]


@pytest.mark.parametrize("selection", BELOW, ids=range(len(BELOW)))
async def test_a_malformed_argument_below_a_field_stops_it_before_any_call(
    gateway: Gateway, selection: str
) -> None:
    variables = {
        "size": ("Int = 0", 0),
        "filter": ("IssueFilter", {"projectIds": ["1 OR 1"], "statusCategories": ["DONE"]}),
        "states": ("[SprintState!]", ["ACTIVE", "UNKNOWN"]),
    }
    used = {
        name: each for name, each in variables.items() if name == "size" or f"${name}" in selection
    }
    declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in used.items())
    answer = await gateway.ask(
        f'query({declared}) {{ connection(externalId: "acme") {{ status '
        f"projects(first: $size) {{ __typename }} bad: {selection} }} }}",
        {name: value for name, (_, value) in used.items()},
    )

    assert answer.codes == ["BAD_USER_INPUT", "BAD_USER_INPUT"]
    assert answer.body["data"]["connection"] == {"status": "ACTIVE", "projects": None, "bad": None}
    assert gateway.calls() == []


async def test_what_a_directive_leaves_out_is_not_checked(gateway: Gateway) -> None:
    found = await gateway.ask_connection(
        'project(idOrKey: "SHOP") { key issues(first: 0) @skip(if: true) { __typename } }'
    )

    assert found["project"] == {"key": "SHOP"}


async def test_well_made_arguments_below_a_field_pass_as_literals_and_variables(
    gateway: Gateway,
) -> None:
    answer = await gateway.ask(
        "query($f: IssueFilter, $o: [IssueOrder!], $s: [SprintState!], $none: Int = 5) { "
        'connection(externalId: "acme") { project(idOrKey: "SHOP") { '
        "a: issues(first: 2, filter: $f, orderBy: $o) { nodes { key } } "
        "b: issues(first: $none, filter: { statusCategories: [DONE], "
        'createdAfter: "2020-01-01T00:00:00Z", assignee: { isEmpty: false } }, '
        "orderBy: [{ field: KEY, direction: DESC }]) { nodes { key } } "
        "sprints(states: $s) { nodes { state } } boards(type: SCRUM) { nodes { type } } } } }",
        {
            "f": {"statusCategories": ["DONE"], "createdBefore": "2030-01-01T00:00:00Z"},
            "o": [{"field": "KEY"}],
            "s": ["CLOSED"],
        },
    )

    project = answer.data["connection"]["project"]
    assert len(project["a"]["nodes"]) == 2
    assert len(project["b"]["nodes"]) == 5
    assert {node["state"] for node in project["sprints"]["nodes"]} == {"CLOSED"}
    assert {node["type"] for node in project["boards"]["nodes"]} == {"SCRUM"}
