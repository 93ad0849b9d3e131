"""A connection that is taken away is gone everywhere, with the work under way for it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from storage.audit import list_events
from storage.database import Database
from tests.end_to_end.frontend import mint, watch_statements
from tests.end_to_end.keys import make_key
from tests.support.doors import Door
from tests.support.gateway import Answer, Backend, Gateway, open_gateway, open_neighbour

DISCONNECT = """
mutation($connection: ConnectionRef!) {
  disconnect(input: { connection: $connection }) { disconnectedId errors { code message path } }
}
"""
PROJECTS = '{ connection(externalId: "acme") { projects(first: 1) { totalCount } } }'
TABLES = ("connection", "connection_external_map", "jira_connection", "refresh_lease")
# Twelve calls, of which eight may be under way at once.
MANY = (
    '{ connection(externalId: "acme") { '
    + " ".join(f"p{n}: projects(first: {n}) {{ totalCount }}" for n in range(1, 13))
    + " } }"
)
TOKEN_PATH = "/oauth/token"
GONE = "CONNECTION_NOT_FOUND"


def of_jira(path: str) -> bool:
    return path.startswith("/ex/jira/")


def of_tokens(path: str) -> bool:
    return path.endswith(TOKEN_PATH)


async def disconnect(gateway: Gateway, key: str | None = None, **reference: str) -> Answer:
    connection = reference or {"externalId": "acme"}
    return await gateway.ask(DISCONNECT, {"connection": connection}, key=key)


async def count_rows(database: Database) -> list[int]:
    return [await database.fetch_val(f"SELECT COUNT(*) FROM {table}") for table in TABLES]


@pytest.fixture
async def shared(backend: Backend) -> AsyncIterator[Gateway]:
    """A gateway whose first external id is `acme` and whose second is `globex`."""
    async with open_gateway(**backend) as gateway:
        await gateway.connect()
        await gateway.connect("globex")
        gateway.forget_calls()
        yield gateway


async def test_a_disconnected_id_has_no_row_and_answers_null(gateway: Gateway) -> None:
    before = await gateway.ask_connection("id fields { fieldId }")

    payload = (await disconnect(gateway)).data["disconnect"]

    node = await gateway.ask("query($id: ID!) { node(id: $id) { id } }", {"id": before["id"]})
    assert payload == {"disconnectedId": before["id"], "errors": []}
    assert await gateway.ask_connection("id") is None
    assert node.data == {"node": None}
    assert await count_rows(gateway.services.database) == [0, 0, 0, 0]
    assert gateway.calls(to_jira=False) == []


async def test_the_global_id_disconnects_as_well(gateway: Gateway) -> None:
    before = await gateway.ask_connection("id")

    payload = (await disconnect(gateway, id=before["id"])).data["disconnect"]

    assert payload == {"disconnectedId": before["id"], "errors": []}
    assert await gateway.ask_connection("id") is None


async def test_a_second_disconnect_finds_nothing(gateway: Gateway) -> None:
    await disconnect(gateway)

    payload = (await disconnect(gateway)).data["disconnect"]

    assert payload["disconnectedId"] is None
    assert payload["errors"] == [
        {"code": GONE, "message": "There is no such connection.", "path": ["input", "connection"]}
    ]


async def test_of_many_disconnects_at_once_one_is_told_the_id(gateway: Gateway) -> None:
    async with open_neighbour(gateway) as neighbour:
        answers = await asyncio.gather(
            *(disconnect(each) for each in (gateway, neighbour) for _ in range(4))
        )

    payloads = [answer.data["disconnect"] for answer in answers]
    told = [payload for payload in payloads if payload["disconnectedId"]]
    refused = [payload["errors"][0]["code"] for payload in payloads if payload["errors"]]
    events = await list_events(gateway.services.database, external_id="acme", amount=100)
    assert len(told) == 1
    assert refused == [GONE] * 7
    assert [event.kind for event in events].count("DISCONNECTED") == 1


async def test_the_mutations_after_it_in_an_operation_find_nothing(gateway: Gateway) -> None:
    reference = 'connection: { externalId: "acme" }'
    payload = "disconnectedId errors { code }"

    answer = await gateway.ask(
        f"mutation {{ a: disconnect(input: {{ {reference} }}) {{ {payload} }} "
        f"b: disconnect(input: {{ {reference} }}) {{ {payload} }} "
        f"c: selectProject(input: {{ {reference} project: null }}) {{ errors {{ code }} }} }}"
    )

    assert answer.data["a"]["errors"] == []
    assert answer.data["b"] == {"disconnectedId": None, "errors": [{"code": GONE}]}
    assert answer.data["c"]["errors"] == [{"code": GONE}]


async def test_it_is_on_record_with_who_did_it(gateway: Gateway) -> None:
    answer = await disconnect(gateway)

    newest = (await list_events(gateway.services.database, amount=1))[0]
    assert (newest.kind, newest.actor) == ("DISCONNECTED", "secret_key")
    assert newest.subject.external_id == "acme"
    assert newest.request_id == answer.headers["x-request-id"]


async def test_links_and_consents_of_before_link_nothing_any_more(gateway: Gateway) -> None:
    link = await gateway.begin()
    page = await gateway.call_back(await gateway.consent(await gateway.begin()))

    await disconnect(gateway)
    opened = await gateway.http.get(link)
    chosen = await gateway.http.post(page, data={"site": gateway.sandbox_cloud_id})

    assert opened.status_code == 400
    assert chosen.status_code == 400
    assert await gateway.ask_connection("id") is None


async def test_linked_anew_the_id_is_another_connection(gateway: Gateway) -> None:
    before = await gateway.ask_connection("id selectedProjectId")
    await disconnect(gateway)

    await gateway.connect()

    after = await gateway.ask_connection("id projects(first: 1) { totalCount }")
    assert after["id"] != before["id"]
    assert after["projects"]["totalCount"] > 0


async def test_what_the_cache_kept_of_it_is_deleted(gateway: Gateway) -> None:
    await gateway.ask_connection("fields { fieldId }")
    row = await gateway.services.database.fetch_one("SELECT id, generation FROM connection")
    assert row is not None
    key = f"fields:v1:{row['id']}:{row['generation']}"
    kept = await gateway.services.cache.get(key)

    await disconnect(gateway)

    assert kept is not None
    assert await gateway.services.cache.get(key) is None


async def test_calls_under_way_in_the_same_process_end_at_once_and_none_begins(
    shared: Gateway,
) -> None:
    door = Door.close_on(shared, of_jira)
    asking = asyncio.create_task(shared.ask(MANY))
    await door.tally.wait_until("begun", 8)

    payload = (await disconnect(shared)).data["disconnect"]
    answer = await asking
    door.open()

    assert payload["errors"] == []
    assert answer.codes == [GONE] * 12
    assert set(answer.body["data"]["connection"].values()) == {None}
    assert door.tally.counts == {"begun": 8, "cut": 8}
    assert shared.calls() == []


async def test_calls_under_way_in_another_process_end_when_it_next_looks(
    shared: Gateway,
) -> None:
    async with open_neighbour(shared) as neighbour:
        door = Door.close_on(neighbour, of_jira)
        asking = asyncio.create_task(neighbour.ask(MANY))
        await door.tally.wait_until("begun", 8)

        await disconnect(shared)
        await neighbour.chores.do("ended connections")
        answer = await asking
        door.open()
        after = await neighbour.ask_connection("id")

    assert answer.codes == [GONE] * 12
    assert door.tally.counts == {"begun": 8, "cut": 8}
    assert shared.calls() == []
    assert after is None


BATCH = """
query($a: ID!, $b: ID!, $c: ID!) {
  acme: connection(externalId: "acme") {
    one: issue(idOrKey: $a) { key } two: issue(idOrKey: $b) { key }
  }
  globex: connection(externalId: "globex") { one: issue(idOrKey: $c) { key } }
}
"""


async def test_another_connection_in_the_same_batch_goes_on(shared: Gateway) -> None:
    # One of globex's issues goes by GET, those of acme by bulkfetch: one batch, two connections.
    keys = {"a": "SHOP-1", "b": "SHOP-2", "c": "SHOP-3"}
    door = Door.close_on(shared, of_jira)
    asking = asyncio.create_task(shared.ask(BATCH, keys))
    await door.tally.wait_until("begun", 1)

    await disconnect(shared)
    door.open()
    answer = await asking

    assert answer.codes == [GONE] * 2
    assert answer.body["data"]["acme"] == {"one": None, "two": None}
    assert answer.body["data"]["globex"] == {"one": {"key": "SHOP-3"}}


async def test_a_change_under_way_is_said_to_be_in_doubt(shared: Gateway) -> None:
    door = Door.close_on(shared, lambda path: path.endswith("/rest/api/3/issue"))
    creating = asyncio.create_task(
        shared.ask(
            'mutation { createIssue(input: { connection: { externalId: "acme" }, issue: { '
            'project: { key: "SHOP" }, issueType: { name: "Task" }, summary: "x" } }) '
            "{ issue { key } errors { code message } } }"
        )
    )
    await door.tally.wait_until("begun", 1)

    await disconnect(shared)
    error = (await creating).data["createIssue"]["errors"][0]

    assert error["code"] == GONE
    assert "may have been made" in error["message"]
    assert door.tally.counts == {"begun": 1, "cut": 1}


@pytest.mark.parametrize(
    "query", [PROJECTS, '{ connection(externalId: "acme") { accessToken { token } } }']
)
async def test_a_refresh_that_lands_later_brings_nothing_back(gateway: Gateway, query: str) -> None:
    gateway.clock.advance(hours=2)
    door = Door.close_on(gateway, of_tokens)
    asking = asyncio.create_task(gateway.ask(query))
    await door.tally.wait_until("begun", 1)

    await disconnect(gateway)
    answer = await asking
    rows_before = await count_rows(gateway.services.database)
    door.open()
    await door.tally.wait_until("ended", 1)
    await gateway.services.tokens.settle()

    assert answer.codes == [GONE]
    assert rows_before == [0, 0, 0, 0]
    assert await count_rows(gateway.services.database) == [0, 0, 0, 0]
    assert await gateway.ask_connection("id") is None
    assert gateway.calls() == []


async def test_a_refresh_that_lands_after_the_id_was_linked_anew_leaves_the_new_link_alone(
    gateway: Gateway,
) -> None:
    gateway.clock.advance(hours=2)
    door = Door.close_on(gateway, lambda path: of_tokens(path) and not door.tally.counts["begun"])
    asking = asyncio.create_task(gateway.ask(PROJECTS))
    await door.tally.wait_until("begun", 1)

    await disconnect(gateway)
    await gateway.connect()
    token = (await gateway.ask_connection("accessToken { token }"))["accessToken"]["token"]
    door.open()
    await door.tally.wait_until("ended", 1)
    await gateway.services.tokens.settle()

    assert (await asking).codes == [GONE]
    after = await gateway.ask_connection("accessToken { token } projects(first: 1) { totalCount }")
    assert after["accessToken"]["token"] == token
    assert after["projects"]["totalCount"] > 0


async def test_an_idle_process_asks_the_database_nothing(gateway: Gateway) -> None:
    await gateway.ask(PROJECTS)

    with watch_statements(gateway) as statements:
        await gateway.chores.do("ended connections")

    assert statements == []


async def test_a_process_with_work_asks_once_and_ends_nothing_that_lives(shared: Gateway) -> None:
    door = Door.close_on(shared, of_jira)
    asking = [
        asyncio.create_task(shared.ask(PROJECTS.replace("acme", each)))
        for each in ("acme", "globex")
    ]
    await door.tally.wait_until("begun", 2)

    with watch_statements(shared) as statements:
        await shared.chores.do("ended connections")
    door.open()
    answers = await asyncio.gather(*asking)

    assert len(statements) == 1
    assert [answer.codes for answer in answers] == [[], []]


async def test_the_right_to_change_connections_alone_is_enough(gateway: Gateway) -> None:
    reader = await make_key(gateway, "GRAPH_READ", "CONNECTIONS_READ", "GRAPH_WRITE")
    changer = await make_key(gateway, "CONNECTIONS_WRITE")

    refused = (await disconnect(gateway, reader)).data["disconnect"]
    still = await gateway.ask_connection("id")
    done = (await disconnect(gateway, changer)).data["disconnect"]

    assert refused["disconnectedId"] is None
    assert refused["errors"][0]["code"] == "FORBIDDEN"
    assert done == {"disconnectedId": still["id"], "errors": []}


async def test_a_frontend_token_is_told_the_same_of_its_own_a_foreign_and_no_connection(
    shared: Gateway,
) -> None:
    token = await mint(shared, "acme", ("READ", "WRITE", "CONNECT"))

    answers = [
        (await disconnect(shared, token, externalId=each)).data["disconnect"]
        for each in ("acme", "globex", "nobody")
    ]

    assert [answer["errors"][0]["code"] for answer in answers] == ["FORBIDDEN"] * 3
    assert answers[0] == answers[1] == answers[2]
    assert await count_rows(shared.services.database) == [2, 2, 2, 0]
