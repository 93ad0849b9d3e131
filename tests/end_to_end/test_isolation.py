"""A frontend token sees its own connection; a foreign one looks like one that never was."""

import json
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from resolvers.global_ids import GlobalId, find_global_id
from tests.end_to_end.frontend import EVERY_SCOPE, ask_watched, mint
from tests.end_to_end.tenants import EVERYTHING, IDS, TAGS, list_strings, tagged_world, tags_in
from tests.support.gateway import Backend, Gateway, open_gateway

# Ways that other tests cover are gone once for each of many values: tracing would double the time.
pytestmark = pytest.mark.untraced
CONNECTION = f"query($ref: ID!) {{ connection(externalId: $ref) {{ {EVERYTHING} }} }}"
NODE = f"""
query($ref: ID!) {{
  node(id: $ref) {{
    __typename id
    ... on Connection {{ {EVERYTHING} }}
    ... on Issue {{ key summary description {{ text }} reporter {{ displayName }} }}
    ... on Project {{ name lead {{ displayName }} }}
    ... on Board {{ name }} ... on Sprint {{ name goal }} ... on User {{ displayName }}
    ... on Comment {{ body {{ text }} issue {{ summary }} }} ... on Worklog {{ comment {{ text }} }}
    ... on Component {{ name }} ... on Version {{ name }} ... on Field {{ name }}
  }}
}}
"""
NODES = "query($ref: ID!) { nodes(ids: [$ref, $ref]) { __typename id } }"
SELECT = """
mutation($ref: ID!) {
  selectProject(input: { connection: { %s: $ref }, project: { key: "SHOP" } }) {
    connection { externalId site { name } } errors { __typename code message path }
  }
}
"""
UPDATE = """
mutation($ref: ID!) {
  updateIssue(input: { issue: $ref, summary: "Taken" }) {
    issue { key summary } errors { __typename code message path }
  }
}
"""
CREATE = """
mutation($ref: ID!) {
  createIssue(input: {
    connection: { id: $ref }
    issue: { project: { key: "SHOP" }, issueType: { name: "Task" }, summary: "Mine" }
  }) { issue { key } errors { __typename code message path } }
}
"""
DELETE = """
mutation($ref: ID!) {
  deleteIssue(input: { issue: $ref }) { deletedId errors { __typename code message path } }
}
"""
COMMENT = """
mutation($ref: ID!) {
  addComment(input: { issue: $ref, body: { text: "Mine" } }) {
    comment { id body { text } issue { summary } } errors { __typename code message path }
  }
}
"""
UPDATE_COMMENT = """
mutation($ref: ID!) {
  updateComment(input: { issue: "SHOP-1", commentId: $ref, body: { text: "Mine" } }) {
    comment { id body { text } } errors { __typename code message path }
  }
}
"""
LOG_WORK = """
mutation($ref: ID!) {
  addWorklog(input: { issue: $ref, timeSpentSeconds: 60 }) {
    worklog { id } errors { __typename code message path }
  }
}
"""
BY_ID_OR_KEY = "query($ref: ID!) { viewer { connection { %s } } }"
WITHIN = {
    "issue": "issue(idOrKey: $ref) { summary }",
    "project": "project(idOrKey: $ref) { name }",
    "board": "board(boardId: $ref) { name }",
    "sprint": "sprint(sprintId: $ref) { name }",
    "a project's boards": "boards(projectIdOrKey: $ref) { nodes { name } }",
}


@dataclass(frozen=True)
class Tenants:
    """Three linked external ids, each named as the tag of its site, and what they once saw."""

    gateway: Gateway
    ids: Mapping[str, Any]
    tokens: Mapping[str, str]

    def list_ids(self, tag: str) -> list[str]:
        """Every global id that a tenant saw."""
        return [text for text in list_strings(self.ids[tag]) if find_global_id(text)]


@pytest.fixture
async def tenants(backend: Backend) -> AsyncIterator[Tenants]:
    world, cloud_ids = tagged_world()
    async with open_gateway(world, **backend) as gateway:
        for tag, cloud_id in cloud_ids.items():
            await gateway.connect(tag, cloud_id=cloud_id)
        ids = {tag: await gateway.ask_connection(IDS, tag) for tag in TAGS}
        tokens = {tag: await mint(gateway, tag, EVERY_SCOPE, expiresInSeconds=900) for tag in TAGS}
        for token in tokens.values():
            await gateway.ask("{ viewer { kind } }", key=token)  # reads what is kept from then on
        yield Tenants(gateway, ids, tokens)


def twin(text: str) -> str:
    """The id of the same thing of a connection that never was."""
    named = find_global_id(text)
    assert named is not None
    nobody = str(uuid.UUID("11111111-2222-4333-8444-555555555555"))
    own = nobody if named.type_name == "Connection" else named.jira_id
    return str(GlobalId(named.type_name, nobody, own))


async def test_each_token_reads_all_of_its_own_and_nothing_else(tenants: Tenants) -> None:
    for tag, token in tenants.tokens.items():
        query = f"{{ viewer {{ connection {{ {EVERYTHING} }} }} }}"
        answer = await tenants.gateway.ask(query, key=token)

        shown = [text for text in list_strings(answer.data) if tags_in(text)]
        assert tags_in(json.dumps(answer.body)) == {tag}
        assert len(shown) > 20


async def test_no_reference_of_another_tenant_shows_any_of_its_texts(tenants: Tenants) -> None:
    mine, token = TAGS[0], tenants.tokens[TAGS[0]]
    foreign = [(tag, each) for tag in TAGS[1:] for each in [tag, *tenants.list_ids(tag)]]
    queries = [CONNECTION, NODE, *(BY_ID_OR_KEY % field for field in WITHIN.values())]
    changes = [SELECT % "externalId", SELECT % "id", UPDATE, CREATE, DELETE]
    changes += [COMMENT, UPDATE_COMMENT, LOG_WORK]

    for _, reference in foreign:
        for query in [*queries, *changes]:
            told = await ask_watched(tenants.gateway, query, {"ref": reference}, key=token)
            shown = told.text.replace(reference, "<reference>")
            assert tags_in(shown) <= {mine}, (query, reference)
            assert told.calls == ()

    assert len(foreign) > 20


async def test_a_cursor_of_another_tenant_opens_nothing(tenants: Tenants) -> None:
    query = """query($after: String) {
      viewer { connection { issues(first: 3, after: $after) { nodes { summary } } } }
    }"""
    cursors = {tag: tenants.ids[tag]["issues"]["pageInfo"]["endCursor"] for tag in TAGS}
    mine, other, _ = TAGS

    own = await tenants.gateway.ask(query, {"after": cursors[mine]}, key=tenants.tokens[mine])
    foreign = await tenants.gateway.ask(query, {"after": cursors[other]}, key=tenants.tokens[mine])

    assert tags_in(json.dumps(own.data)) == {mine}
    assert foreign.codes == ["BAD_USER_INPUT"]
    assert tags_in(json.dumps(foreign.body)) == set()


FOREIGN_AND_UNKNOWN = {
    "query": CONNECTION,
    "mutation by external id": SELECT % "externalId",
}
BY_CONNECTION_ID = {
    "node": NODE,
    "nodes": NODES,
    "mutation by id": SELECT % "id",
    "creation by id": CREATE,
}
BY_THING = {"node": NODE, "nodes": NODES, "change": UPDATE, "removal": DELETE}


async def assert_alike(tenants: Tenants, query: str, foreign: str, unknown: str) -> None:
    """Neither text nor headers nor statements nor calls tell a foreign thing from none."""
    gateway, token = tenants.gateway, tenants.tokens[TAGS[0]]
    one = await ask_watched(gateway, query, {"ref": foreign}, key=token)
    other = await ask_watched(gateway, query, {"ref": unknown}, key=token)

    assert replace(one, text=one.text.replace(foreign, unknown)) == other
    assert len(one.text) == len(other.text)
    assert one.statements == other.statements
    assert one.statements
    assert one.calls == other.calls == ()
    assert '"CONNECTION_NOT_FOUND"' in one.text or '"errors"' not in one.text


@pytest.mark.parametrize("name", FOREIGN_AND_UNKNOWN)
async def test_a_foreign_external_id_looks_like_an_unknown_one(tenants: Tenants, name: str) -> None:
    await assert_alike(tenants, FOREIGN_AND_UNKNOWN[name], "tag-blue", "tag-none")


@pytest.mark.parametrize("name", BY_CONNECTION_ID)
async def test_a_foreign_connections_id_looks_like_an_unknown_one(
    tenants: Tenants, name: str
) -> None:
    foreign = tenants.ids["tag-blue"]["id"]

    await assert_alike(tenants, BY_CONNECTION_ID[name], foreign, twin(foreign))


@pytest.mark.parametrize("name", BY_THING)
async def test_a_foreign_things_id_looks_like_an_unknown_one(tenants: Tenants, name: str) -> None:
    foreign = tenants.ids["tag-blue"]["issues"]["nodes"][0]["id"]

    await assert_alike(tenants, BY_THING[name], foreign, twin(foreign))


@pytest.mark.parametrize("name", WITHIN)
async def test_a_foreign_id_within_the_own_connection_is_refused_like_an_unknown_one(
    tenants: Tenants, name: str
) -> None:
    token, query = tenants.tokens[TAGS[0]], BY_ID_OR_KEY % WITHIN[name]
    seen = tenants.ids["tag-blue"]
    foreign = (seen["project"] if "project" in name else seen["issues"]["nodes"][0])["id"]

    one = await ask_watched(tenants.gateway, query, {"ref": foreign}, key=token)
    other = await ask_watched(tenants.gateway, query, {"ref": twin(foreign)}, key=token)

    # The message repeats the beginning of the id, which is what the caller sent.
    assert len(one.text) == len(other.text)
    assert one.statements == other.statements
    assert one.calls == other.calls == ()
    assert "BAD_USER_INPUT" in one.text


async def test_a_key_finds_what_a_token_does_not(tenants: Tenants) -> None:
    answer = await tenants.gateway.ask(CONNECTION, {"ref": "tag-blue"})

    assert tags_in(json.dumps(answer.data)) == {"tag-blue"}
