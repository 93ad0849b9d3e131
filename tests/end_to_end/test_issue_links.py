"""Linking issues, with what Jira says against it."""

from typing import Any

import httpx
import pytest

from resolvers.global_ids import GlobalId, parse_global_id
from sandbox.builders import SiteBuilder
from tests.end_to_end.part_writing import ERRORS, change
from tests.support.gateway import Gateway, count_calls

WRITTEN = [
    ({"id": "10000"}, "blocks", "is blocked by"),
    ({"name": "Blocks"}, "blocks", "is blocked by"),
    ({"name": "blocks"}, "blocks", "is blocked by"),
    ({"name": "is BLOCKED by"}, "is blocked by", "blocks"),
    ({"name": "duplicates"}, "duplicates", "is duplicated by"),
    ({"name": "is cloned by"}, "is cloned by", "clones"),
    ({"name": "Relates"}, "relates to", "relates to"),
    ({"name": "relates to"}, "relates to", "relates to"),
]
"""How a link is written, and how it reads from either end."""
REFUSED: list[tuple[tuple[str, str], dict[str, str], str, str, list[str] | None]] = [
    (
        ("TEST-1", "TEST-9"),
        {"id": "10000"},
        "NOT_FOUND",
        "Jira knows no issue TEST-9, or hides it from the connected person.",
        ["input", "to"],
    ),
    (
        ("TEST-9", "TEST-2"),
        {"id": "10000"},
        "NOT_FOUND",
        "Jira knows no issue TEST-9, or hides it from the connected person.",
        ["input", "from"],
    ),
    (
        ("TEST-1", "TEST-2"),
        {"id": "7"},
        "NOT_FOUND",
        "No issue link type with id '7' found.",
        ["input", "type", "id"],
    ),
    (
        ("TEST-1", "TEST-1"),
        {"id": "10000"},
        "JIRA_VALIDATION",
        "You cannot link an issue to itself.",
        None,
    ),
    (
        ("TEST-1", "TEST-2"),
        {"name": "Loves"},
        "BAD_USER_INPUT",
        (
            "The site has no kind of links called 'Loves'. It has: Blocks (blocks), Cloners "
            "(clones), Duplicate (duplicates), Relates (relates to), Needs (depends on), Waits "
            "(waits for)."
        ),
        ["input", "type", "name"],
    ),
    (
        ("TEST-1", "TEST-2"),
        {"name": "Depends on"},
        "BAD_USER_INPUT",
        "Several kinds of links are called 'Depends on': 10100, 10101. Name one by its id.",
        ["input", "type", "name"],
    ),
    (
        ("TEST-1", "test-2"),
        {"id": "10000"},
        "BAD_USER_INPUT",
        (
            "'test-2' names no issue of this connection: pass a key such as PROJ-1, a number "
            "such as 10001, or the `id` that this connection gave."
        ),
        ["input", "to"],
    ),
    (
        ("TEST-1", "TEST-2"),
        {"id": "Blocks"},
        "BAD_USER_INPUT",
        (
            "'Blocks' names no kind of links of this connection: pass a number such as 10000, "
            "or the `id` that this connection gave."
        ),
        ["input", "type", "id"],
    ),
]
"""What cannot be linked: the ends, the kind, and what is told."""
LINKS = "links { id linkId relation issue { key } }"
LINK = f"""
mutation Link($input: LinkIssuesInput!) {{
  linkIssues(input: $input) {{ issue {{ key {LINKS} }} {ERRORS} }}
}}
"""
UNLINK = f"""
mutation Unlink($input: UnlinkIssuesInput!) {{
  unlinkIssues(input: $input) {{ deletedId {ERRORS} }}
}}
"""


async def link(gateway: Gateway, first: str, second: str, **type_: str) -> Any:
    return await change(gateway, LINK, **{"from": first, "to": second, "type": type_})


async def unlink(gateway: Gateway, link_id: str) -> Any:
    return await change(gateway, UNLINK, linkId=link_id)


async def read_links(gateway: Gateway, key: str) -> list[dict[str, Any]]:
    found = await gateway.ask_connection(f'issue(idOrKey: "{key}") {{ {LINKS} }}')
    links: list[dict[str, Any]] = found["issue"]["links"]
    return links


def told(links: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["relation"], each["issue"]["key"]) for each in links]


@pytest.fixture
def keys(site: SiteBuilder) -> list[str]:
    return [each.key for each in site.add_issues(site.add_project("TEST"), 2)]


async def test_a_link_reads_as_it_was_written(built_once: Gateway, site: SiteBuilder) -> None:
    project = site.add_project("TEST")

    for type_, read_from, read_to in WRITTEN:
        first, second = (each.key for each in site.add_issues(project, 2))
        payload = await link(built_once, first, second, **type_)

        assert payload["errors"] == [], type_
        assert payload["issue"]["key"] == first
        assert told(payload["issue"]["links"]) == [(read_from, second)]
        assert told(await read_links(built_once, second)) == [(read_to, first)]


async def test_a_link_costs_the_link_its_kind_by_name_and_reading_it_back(
    built_once: Gateway, keys: list[str]
) -> None:
    await link(built_once, *keys, name="Blocks")

    assert count_calls(built_once) == {
        "GET /rest/api/3/issueLinkType": 1,
        "POST /rest/api/3/issueLink": 1,
        f"GET /rest/api/3/issue/{keys[0]}": 1,
    }


async def test_a_link_is_made_by_global_ids_without_naming_the_connection(
    built: Gateway, keys: list[str]
) -> None:
    found = await built.ask_connection(
        f'from: issue(idOrKey: "{keys[0]}") {{ id }} to: issue(idOrKey: "{keys[1]}") {{ id }} '
        "issueLinkTypes { id name }"
    )
    kind = found["issueLinkTypes"][2]
    given = {"from": found["from"]["id"], "to": found["to"]["id"], "type": {"id": kind["id"]}}

    payload = (await built.ask(LINK, {"input": given})).data["linkIssues"]

    assert payload["errors"] == []
    assert told(payload["issue"]["links"]) == [("duplicates", keys[1])]


async def test_the_same_link_again_is_no_second_one(built_once: Gateway, keys: list[str]) -> None:
    await link(built_once, *keys, name="Blocks")

    payload = await link(built_once, *keys, name="Blocks")

    assert payload["errors"] == []
    assert told(payload["issue"]["links"]) == [("blocks", keys[1])]


async def test_a_link_whose_answer_was_lost_is_made_again_and_is_one(
    built_once: Gateway, site: SiteBuilder, keys: list[str]
) -> None:
    lost: list[str] = []

    def fault(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/issueLink") and not lost:
            lost.append("once")
            first, second = site.data.list_issues()
            site.add_link(first, second)
            return httpx.Response(502)
        return None

    built_once.transport.faults.append(fault)

    payload = await link(built_once, *keys, id="10000")

    assert payload["errors"] == []
    assert told(payload["issue"]["links"]) == [("blocks", keys[1])]


async def test_a_link_that_may_have_been_made_is_told_as_such(
    built_once: Gateway, keys: list[str]
) -> None:
    def fault(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/issueLink"):
            raise httpx.ReadError("cut", request=request)
        return None

    built_once.transport.faults.append(fault)

    payload = await link(built_once, *keys, id="10000")

    assert payload["issue"] is None
    assert [error["code"] for error in payload["errors"]] == ["OUTCOME_UNKNOWN"]


async def test_what_cannot_be_linked_is_told_and_why(
    built_once: Gateway, site: SiteBuilder, keys: list[str]
) -> None:
    site.find_or_add_link_type("Needs", inward="is needed by", outward="depends on")
    site.find_or_add_link_type("Waits", inward="depends on", outward="waits for")

    for ends, type_, code, message, path in REFUSED:
        payload = await link(built_once, *ends, **type_)

        assert payload["issue"] is None
        (error,) = payload["errors"]
        assert (error["code"], error["message"], error["path"]) == (code, message, path)

    assert await read_links(built_once, keys[0]) == []


@pytest.mark.parametrize("end", [0, 1])
async def test_a_link_is_taken_away_by_its_global_id_from_either_end(
    built: Gateway, keys: list[str], end: int
) -> None:
    await link(built, *keys, name="Blocks")
    (seen,) = await read_links(built, keys[end])

    payload = await unlink(built, seen["id"])

    assert payload == {"deletedId": seen["id"], "errors": []}
    assert await read_links(built, keys[0]) == await read_links(built, keys[1]) == []
    node = await built.ask(f'{{ node(id: "{seen["id"]}") {{ id }} }}')
    assert node.data == {"node": None}


async def test_a_link_is_taken_away_by_its_number(built_once: Gateway, keys: list[str]) -> None:
    await link(built_once, *keys, name="is blocked by")
    (seen,) = await read_links(built_once, keys[1])
    built_once.forget_calls()

    payload = await unlink(built_once, seen["linkId"])

    # Under a number, the id is that of the issue from which the outward words lead.
    assert payload == {"deletedId": seen["id"], "errors": []}
    path = f"/rest/api/3/issueLink/{seen['linkId']}"
    assert built_once.calls() == [f"GET {path}", f"DELETE {path}"]


async def test_a_link_that_there_is_not_is_told(built_once: Gateway, keys: list[str]) -> None:
    await link(built_once, *keys, name="Blocks")
    (seen,) = await read_links(built_once, keys[0])
    await unlink(built_once, seen["id"])

    for link_id, holder in ((seen["id"], " of the issue 10000"), (seen["linkId"], "")):
        payload = await unlink(built_once, link_id)

        assert payload["deletedId"] is None
        (error,) = payload["errors"]
        assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "linkId"])
        assert error["message"] == (
            f"Jira knows no link {seen['linkId']}{holder}, or hides an end of it from the "
            "connected person."
        )


async def test_a_link_is_not_taken_from_an_issue_that_does_not_hold_it(
    built_once: Gateway, site: SiteBuilder, keys: list[str]
) -> None:
    stranger = site.add_issue(site.data.projects[10000])
    await link(built_once, *keys, name="Blocks")
    (seen,) = await read_links(built_once, keys[0])
    named = parse_global_id(seen["id"])
    part = f"{stranger.id}.{seen['linkId']}"
    forged = GlobalId(named.type_name, named.connection_id, part)

    payload = await unlink(built_once, str(forged))

    assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]
    assert await read_links(built_once, keys[0]) == [seen]


async def test_an_id_of_no_link_is_refused_before_any_call(gateway_once: Gateway) -> None:
    for link_id in ("", "x", "10000.1", "TEST-1", "../myself"):
        payload = await unlink(gateway_once, link_id)

        assert [(each["code"], each["path"]) for each in payload["errors"]] == [
            ("BAD_USER_INPUT", ["input", "linkId"])
        ]
    assert gateway_once.calls() == []


async def test_a_search_right_after_sees_the_link_at_both_ends_and_then_none(
    built: Gateway, site: SiteBuilder, keys: list[str]
) -> None:
    seen = "issues(orderBy: [{ field: KEY }]) { nodes { links { linkId relation } } }"

    await link(built, *keys, name="Blocks")
    linked = (await built.ask_connection(seen))["issues"]["nodes"]
    await unlink(built, linked[0]["links"][0]["linkId"])
    apart = (await built.ask_connection(seen))["issues"]["nodes"]

    assert [each["links"][0]["relation"] for each in linked] == ["blocks", "is blocked by"]
    assert apart == [{"links": []}, {"links": []}]
