"""All connections, page by page, for callers who may list them."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.end_to_end.frontend import mint, watch_statements
from tests.end_to_end.keys import make_key
from tests.storage.builders import a_connection, some_tokens
from tests.support.gateway import Backend, Gateway, open_gateway

LIST = """
query($status: ConnectionStatus, $first: Int, $after: String) {
  connections(status: $status, first: $first, after: $after) {
    edges { cursor node { id } }
    nodes { id externalId status site { name } lastError { code } createdAt }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
OWN = (
    "id externalId provider authorizationKind status needsReauthorization scopes expiresAt "
    "createdAt updatedAt lastUsedAt site { name url } selectedProjectId metadata "
    "lastError { code at }"
)
OF_JIRA = {
    "myself": "myself { displayName }",
    "selectedProject": "selectedProject { name }",
    "projects": "projects { totalCount }",
    "project": 'project(idOrKey: "SHOP") { name }',
    "boards": "boards { nodes { name } }",
    "boards of a project": 'boards(projectIdOrKey: "SHOP") { nodes { name } }',
    "board": 'board(boardId: "1") { name }',
    "sprint": 'sprint(sprintId: "1") { name }',
    "issue": 'issue(idOrKey: "SHOP-1") { key }',
    "issues": "issues(first: 1) { nodes { key } }",
    "fields": "fields { fieldId }",
}


async def link(gateway: Gateway, external_id: str, **how: Any) -> None:
    """Link an external id without a consent."""
    services = gateway.services
    how.setdefault("now", gateway.clock.now)
    await a_connection(services.database, services.ring, external_id=external_id, **how)


async def ask_page(gateway: Gateway, **variables: Any) -> Mapping[str, Any]:
    page = (await gateway.ask(LIST, variables)).data["connections"]
    assert isinstance(page, dict)
    return page


@pytest.fixture
async def empty(backend: Backend) -> AsyncIterator[Gateway]:
    """A gateway without any connection."""
    async with open_gateway(**backend) as gateway:
        yield gateway


async def test_without_connections_the_page_is_empty(empty: Gateway) -> None:
    page = await ask_page(empty)

    assert page == {
        "edges": [],
        "nodes": [],
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
    }


async def test_250_connections_are_met_once_each_though_others_are_linked_meanwhile(
    empty: Gateway,
) -> None:
    for number in range(250):
        empty.clock.advance(seconds=number % 2)
        await link(empty, f"user-{number}")
    met: list[Any] = []
    after, sizes = None, list[int]()

    while len(sizes) < 5:
        page = await ask_page(empty, first=100, after=after)
        met += page["nodes"]
        sizes.append(len(page["nodes"]))
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        if len(sizes) == 1:
            empty.clock.advance(seconds=1)
            await link(empty, "late")

    assert sizes == [100, 100, 51]
    assert len({node["id"] for node in met}) == 251
    assert [node["createdAt"] for node in met] == sorted(node["createdAt"] for node in met)
    assert met[-1]["externalId"] == "late"


async def test_each_edge_is_the_place_behind_its_connection(empty: Gateway) -> None:
    for number in range(4):
        empty.clock.advance(seconds=1)
        await link(empty, f"user-{number}")
    whole = await ask_page(empty)

    behind_second = await ask_page(empty, after=whole["edges"][1]["cursor"], first=1)

    assert [edge["node"]["id"] for edge in whole["edges"]] == [
        node["id"] for node in whole["nodes"]
    ]
    assert behind_second["nodes"] == [whole["nodes"][2]]
    assert behind_second["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": True,
        "startCursor": whole["edges"][2]["cursor"],
        "endCursor": whole["edges"][2]["cursor"],
    }


@pytest.mark.parametrize("status", ["ACTIVE", "EXPIRED", "INVALID"])
async def test_a_status_lists_the_connections_that_show_it(empty: Gateway, status: str) -> None:
    now = empty.clock.now
    for external_id, ends in {"ACTIVE": 1, "EXPIRED": 0, "INVALID": 1}.items():
        tokens = some_tokens(expires_at=now + ends * timedelta(hours=1))
        await link(empty, external_id, tokens=tokens)
    await empty.services.database.execute(
        "UPDATE connection SET status = 'INVALID' WHERE id = ("
        "SELECT connection_id FROM connection_external_map WHERE external_id = 'INVALID')"
    )

    page = await ask_page(empty, status=status)

    assert [(node["externalId"], node["status"]) for node in page["nodes"]] == [(status, status)]


@pytest.mark.parametrize("first", [0, 101, -1])
async def test_a_page_has_1_to_100(empty: Gateway, first: int) -> None:
    answer = await empty.ask(LIST, {"first": first})

    assert answer.codes == ["BAD_USER_INPUT"]


async def test_a_cursor_is_good_for_its_own_status_alone(empty: Gateway) -> None:
    for number in range(2):
        await link(empty, f"user-{number}")
    cursor = (await ask_page(empty, first=1))["pageInfo"]["endCursor"]

    of_another = await empty.ask(LIST, {"first": 1, "after": cursor, "status": "ACTIVE"})
    broken = await empty.ask(LIST, {"first": 1, "after": cursor[:-4] + "AAAA"})

    assert of_another.codes == ["BAD_USER_INPUT"]
    assert broken.codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("amount", [1, 40])
async def test_a_page_is_one_statement_whatever_it_holds(empty: Gateway, amount: int) -> None:
    for number in range(amount):
        await link(empty, f"user-{number}")

    with watch_statements(empty) as statements:
        page = (await empty.ask(f"{{ connections {{ nodes {{ {OWN} }} }} }}")).data["connections"]

    assert len(page["nodes"]) == amount
    assert len(statements) == 1


async def test_the_right_to_list_alone_shows_what_juncture_knows(gateway: Gateway) -> None:
    key = await make_key(gateway, "CONNECTIONS_READ")
    query = f'{{ connections {{ nodes {{ {OWN} }} }} connection(externalId: "acme") {{ {OWN} }} }}'

    answer = await gateway.ask(query, key=key)
    by_id = await gateway.ask(
        f"query($id: ID!) {{ node(id: $id) {{ ... on Connection {{ {OWN} }} }} }}",
        {"id": answer.data["connection"]["id"]},
        key=key,
    )

    assert answer.data["connections"]["nodes"] == [answer.data["connection"]]
    assert answer.data["connection"]["externalId"] == "acme"
    assert by_id.data["node"] == answer.data["connection"]
    assert gateway.calls() == []


@pytest.mark.parametrize("field", OF_JIRA.values(), ids=OF_JIRA.keys())
async def test_the_right_to_list_alone_opens_no_field_of_jira(gateway: Gateway, field: str) -> None:
    await gateway.ask_connection("fields { fieldId } projects { totalCount }")
    await gateway.services.database.execute("UPDATE jira_connection SET selected_project_id = '1'")
    gateway.forget_calls()
    key = await make_key(gateway, "CONNECTIONS_READ", "CONNECTIONS_WRITE")

    answer = await gateway.ask(
        f"{{ connections {{ nodes {{ externalId x: {field} }} }} }}", key=key
    )

    assert answer.codes == ["FORBIDDEN"]
    assert answer.body["data"]["connections"]["nodes"] == [{"externalId": "acme", "x": None}]
    assert gateway.calls() == []


@pytest.mark.parametrize("field", ["accessToken { token }", "credentials { refreshToken }"])
async def test_the_right_to_list_and_read_opens_no_credential(gateway: Gateway, field: str) -> None:
    key = await make_key(gateway, "CONNECTIONS_READ", "GRAPH_READ")

    answer = await gateway.ask(
        f"{{ connections {{ nodes {{ externalId x: {field} }} }} }}", key=key
    )

    assert answer.codes == ["FORBIDDEN"]
    assert answer.body["data"]["connections"]["nodes"] == [{"externalId": "acme", "x": None}]


async def test_a_thing_of_jira_is_no_node_for_the_right_to_list_alone(gateway: Gateway) -> None:
    project = (await gateway.ask_connection('project(idOrKey: "SHOP") { id }'))["project"]["id"]
    gateway.forget_calls()
    key = await make_key(gateway, "CONNECTIONS_READ")

    answer = await gateway.ask("query($id: ID!) { node(id: $id) { id } }", {"id": project}, key=key)

    assert answer.codes == ["FORBIDDEN"]
    assert gateway.calls() == []


async def test_both_rights_read_jira_through_the_list(gateway: Gateway) -> None:
    key = await make_key(gateway, "CONNECTIONS_READ", "GRAPH_READ")

    answer = await gateway.ask("{ connections { nodes { projects { totalCount } } } }", key=key)

    assert answer.data["connections"]["nodes"][0]["projects"]["totalCount"] > 0


async def test_who_may_not_list_is_refused(gateway: Gateway) -> None:
    others = ("GRAPH_READ", "GRAPH_WRITE", "CONNECTIONS_WRITE", "CREDENTIALS_READ", "TOKENS_MINT")
    key = await make_key(gateway, *others)
    token = await mint(gateway, "acme", ("READ", "WRITE", "CONNECT"))

    answers = [await gateway.ask(LIST, key=each) for each in (key, token)]

    assert [answer.codes for answer in answers] == [["FORBIDDEN"]] * 2
    assert [answer.body["data"] for answer in answers] == [None] * 2
