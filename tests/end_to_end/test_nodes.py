"""Global ids: opaque, lasting, no permission."""

import pytest

from resolvers.global_ids import GlobalId
from sandbox.builders import SiteBuilder
from tests.support.gateway import Gateway

NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Issue { key summary } } }"
NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
ISSUE = """
  id issueType { id } status { id } priority { id } project { id } reporter { id }
  components { id } fixVersions { id }
"""


async def test_everything_with_an_id_is_found_again(built: Gateway, site: SiteBuilder) -> None:
    project = site.add_project("TEST")
    board = site.add_board(project, kind="scrum")
    sprint = site.add_sprint(board, state="active")
    issue = site.add_issue(
        project, components=["UI"], fix_versions=["1.0"], status="Done", resolution="Done"
    )
    connection = await built.ask_connection(
        f'id issue(idOrKey: "{issue.key}") {{ {ISSUE} resolution {{ id }} }} '
        f'board(boardId: "{board.id}") {{ id }} sprint(sprintId: "{sprint.id}") {{ id }} '
        "fields { id }"
    )
    found = connection["issue"]
    ids = {
        "Connection": connection["id"],
        "Board": connection["board"]["id"],
        "Sprint": connection["sprint"]["id"],
        "Field": connection["fields"][-1]["id"],
        "Issue": found["id"],
        "IssueType": found["issueType"]["id"],
        "Status": found["status"]["id"],
        "Priority": found["priority"]["id"],
        "Resolution": found["resolution"]["id"],
        "Project": found["project"]["id"],
        "User": found["reporter"]["id"],
        "Component": found["components"][0]["id"],
        "Version": found["fixVersions"][0]["id"],
    }

    answer = await built.ask(NODES, {"ids": list(ids.values())})

    assert [node["__typename"] for node in answer.data["nodes"]] == list(ids)
    assert [node["id"] for node in answer.data["nodes"]] == list(ids.values())


async def test_issues_by_id_are_one_batch_in_their_order(built: Gateway, site: SiteBuilder) -> None:
    issues = site.add_issues(site.add_project("TEST"), 20)
    page = await built.ask_connection("issues(first: 20) { nodes { id key } }")
    known = {node["key"]: node["id"] for node in page["issues"]["nodes"]}
    built.forget_calls()
    wanted = [issue.key for issue in reversed(issues)]

    answer = await built.ask(NODES, {"ids": [known[key] for key in wanted]})

    assert [node["key"] for node in answer.data["nodes"]] == wanted
    assert built.calls() == ["POST /rest/api/3/issue/bulkfetch"]


async def test_an_id_survives_reauthorisation(built: Gateway, site: SiteBuilder) -> None:
    site.add_issue(site.add_project("TEST"))
    before = await built.ask_connection("issues { nodes { id } }")

    await built.connect()

    assert await built.ask_connection("issues { nodes { id } }") == before


async def test_a_well_formed_id_of_nothing_is_null(gateway: Gateway) -> None:
    connection = await gateway.ask_connection("id issues(first: 1) { nodes { id } }")
    foreign = "11111111-2222-4333-8444-555555555555"
    ids = [str(GlobalId(name, foreign, "1")) for name in ("Issue", "Project", "Connection")]

    answer = await gateway.ask(NODES, {"ids": ids})

    assert connection["id"]
    assert answer.data["nodes"] == [None, None, None]


@pytest.mark.parametrize(
    "text",
    ["", "x", "A" * 10_000, "aXNzdWU6MQ", "1", "TEST-1", "é"],
    ids=["empty", "letter", "long", "other form", "number", "key", "accent"],
)
async def test_an_id_that_juncture_did_not_make_is_refused(gateway: Gateway, text: str) -> None:
    answer = await gateway.ask(NODE, {"id": text})

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.body["data"] == {"node": None}


async def test_an_id_of_a_made_up_type_or_path_is_refused_without_a_call(gateway: Gateway) -> None:
    connection = await gateway.ask_connection("id")
    connection_id = (await gateway.services.database.fetch_val("SELECT id FROM connection")) or ""
    ids = [
        str(GlobalId("Secret", connection_id, "1")),
        str(GlobalId("Issue", connection_id, "../myself")),
        str(GlobalId("Project", connection_id, "1 OR 1")),
        str(GlobalId("User", connection_id, "a/b")),
    ]

    answer = await gateway.ask(NODES, {"ids": ids})

    assert connection["id"]
    assert answer.codes == ["BAD_USER_INPUT"] * 4
    assert answer.body["data"]["nodes"] == [None] * 4
    assert gateway.calls() == []


async def test_more_than_a_hundred_ids_are_refused(gateway: Gateway) -> None:
    answer = await gateway.ask(NODES, {"ids": ["x"] * 101})

    assert answer.codes == ["BAD_USER_INPUT"]


async def test_an_id_of_one_connection_opens_nothing_in_another(
    built: Gateway, site: SiteBuilder
) -> None:
    site.add_issue(site.add_project("TEST"))
    await built.connect("other")
    page = await built.ask_connection("issues { nodes { id } }")
    issue_id = page["issues"]["nodes"][0]["id"]

    answer = await built.ask(
        f'{{ connection(externalId: "other") {{ issue(idOrKey: "{issue_id}") {{ key }} }} }}'
    )

    assert answer.codes == ["BAD_USER_INPUT"]
