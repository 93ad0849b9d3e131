"""An odd part of an issue costs that part, and what nobody knows yet costs nothing."""

import json
from typing import Any

import httpx
import pytest

from tests.end_to_end.upstream.places import (
    ITEM,
    on_sqlite,
    respond_by,
)
from tests.support.gateway import Gateway


@on_sqlite
async def test_what_nobody_knows_yet_is_kept_and_no_error(gateway: Gateway) -> None:
    document = {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "hologram", "attrs": {"depth": 3}, "content": [{"type": "text", "text": "a"}]},
            {"type": "paragraph", "content": [{"type": "text", "text": "b", "marks": [{}]}]},
        ],
    }
    status = {"id": "1", "name": "New", "statusCategory": {"key": "tomorrow"}}
    issue = {**ITEM, "fields": {"description": document, "status": status}, "more": [1]}
    board = {"id": 1, "name": "Board", "type": "spiral"}
    respond_by(gateway, "/search/jql", lambda: httpx.Response(200, json={"issues": [issue]}))
    respond_by(gateway, "/1.0/board", lambda: httpx.Response(200, json={"values": [board]}))

    found = await gateway.ask_connection(
        "issues { nodes { description { adf text } status { category } } } "
        "boards(first: 1) { nodes { type } }"
    )

    (node,) = found["issues"]["nodes"]
    assert node["description"]["adf"] == document
    assert "b" in node["description"]["text"]
    assert node["status"] == {"category": "UNKNOWN"}
    assert found["boards"]["nodes"] == [{"type": "UNKNOWN"}]


@on_sqlite
async def test_a_part_that_one_issue_lacks_is_lost_with_that_issue(gateway: Gateway) -> None:
    respond_by(gateway, "/issue/SHOP-1", lambda: httpx.Response(200, json={**ITEM, "fields": {}}))

    answer = await gateway.ask(
        '{ connection(externalId: "acme") { a: issue(idOrKey: "SHOP-1") { summary priority '
        "{ name } } projects { nodes { key } } } }"
    )

    assert answer.codes == ["JIRA_INVALID_RESPONSE"]
    assert answer.body["errors"][0]["path"] == ["connection", "a", "summary"]
    assert answer.body["data"]["connection"] == {
        "a": None,
        "projects": {"nodes": [{"key": "SHOP"}]},
    }


def nest(depth: int) -> str:
    """A document so deep, as text: what writes JSON gives up earlier than what reads it."""
    opened, closed = '{"type": "panel", "content": [' * depth, "]}" * depth
    return opened + '{"type": "text", "text": "deep"}' + closed


ODD_PARTS: dict[str, dict[str, Any]] = {
    "first instant": {"created": "0001-01-01T00:00:00.000+1400"},
    "last instant": {"updated": "9999-12-31T23:59:59.999-1200"},
    "odd end": {"resolutiondate": "0001-01-01T00:00:00.000+1400"},
    "long estimate": {"timetracking": {"timeSpentSeconds": 10**12}},
    "many watchers": {"watches": {"watchCount": 2**40}},
    "huge number": {"customfield_10016": 10**400},
    "lone surrogate": {"summary": "\ud800", "labels": ["\udfff"]},
    "empty label": {"labels": [None]},
}


@on_sqlite
@pytest.mark.parametrize("part", ODD_PARTS)
async def test_an_odd_part_of_an_issue_is_typed_and_leaves_the_siblings_well(
    gateway: Gateway, part: str
) -> None:
    well = {
        "summary": "Here",
        "labels": [],
        "created": "2026-01-01T00:00:00.000+0000",
        "updated": "2026-01-01T00:00:00.000+0000",
    }
    issue = json.dumps({**ITEM, "fields": {**well, **ODD_PARTS[part]}})
    respond_by(gateway, "/issue/SHOP-1", lambda: httpx.Response(200, content=issue))

    answer = await gateway.ask(
        '{ connection(externalId: "acme") { site { name } myself { displayName } '
        'issue(idOrKey: "SHOP-1") { summary labels created updated resolved watchCount '
        "timeTracking { timeSpentSeconds } description { text adf } "
        'customField(idOrName: "customfield_10016") { field { name } '
        "... on NumberFieldValue { number } ... on RawFieldValue { json } } } } }"
    )

    connection = answer.body["data"]["connection"]
    assert answer.status == 200
    assert set(answer.codes) <= {"JIRA_INVALID_RESPONSE"}
    assert connection["site"] == {"name": "Acme"}
    assert connection["myself"] == {"displayName": "Sandbox Person"}


@on_sqlite
@pytest.mark.parametrize("number", [2**31, 10**12, -(2**40)])
async def test_a_count_beyond_graphql_is_that_fields_error(gateway: Gateway, number: int) -> None:
    respond_by(gateway, "-count", lambda: httpx.Response(200, json={"count": number}))
    body = {"values": [ITEM], "isLast": True, "total": number}
    respond_by(gateway, "/project/search", lambda: httpx.Response(200, json=body))

    answer = await gateway.ask(
        '{ connection(externalId: "acme") { issues { nodes { key } approximateCount } '
        "projects { totalCount nodes { key } } } }"
    )

    connection = answer.body["data"]["connection"]
    assert answer.codes == ["JIRA_INVALID_RESPONSE"]
    assert connection["issues"]["approximateCount"] is None
    assert len(connection["issues"]["nodes"]) == 2
    assert connection["projects"] == {"totalCount": None, "nodes": [{"key": "SHOP-1"}]}


@on_sqlite
@pytest.mark.parametrize("depth", [10, 50, 100, 200, 300, *range(400, 500, 10), 494, 497])
@pytest.mark.parametrize("part", ["description", "customfield_10016"])
async def test_a_deep_document_is_answered_or_a_typed_error(
    gateway: Gateway, part: str, depth: int
) -> None:
    issue = f'{{"id": "1", "key": "SHOP-1", "fields": {{"{part}": {nest(depth)}}}}}'
    respond_by(gateway, "/issue/SHOP-1", lambda: httpx.Response(200, content=issue))

    answer = await gateway.ask(
        '{ connection(externalId: "acme") { site { name } issue(idOrKey: "SHOP-1") { key '
        "description { text adf } customFields { ... on RawFieldValue { json } } } } }"
    )

    assert answer.status == 200
    assert set(answer.codes) <= {"JIRA_INVALID_RESPONSE"}
    assert answer.body["data"]["connection"]["site"] == {"name": "Acme"}
    if depth <= 50:
        assert answer.codes == []
