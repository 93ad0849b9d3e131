"""Whatever Jira answers costs its own field one typed error, and bounded calls and bytes."""

import gzip
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import count, cycle
from typing import Any

import httpx
import pytest

from jira_api.exchange import LARGEST_BODY_BYTES
from tests.end_to_end.worlds import a_site
from tests.support.gateway import Answer, Backend, Gateway, open_gateway

_PIECE = 65_536
_TWO_HUNDRED_MEGABYTES = 200_000_000
_ZEROS = gzip.compress(bytes(_TWO_HUNDRED_MEGABYTES), compresslevel=1)
Respond = Callable[[], httpx.Response]


class Flood(httpx.AsyncByteStream):
    """A body of 200 MB, and how much of it was taken."""

    def __init__(self) -> None:
        self.sent = 0
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.sent < _TWO_HUNDRED_MEGABYTES:
            self.sent += _PIECE
            yield b" " * _PIECE

    async def aclose(self) -> None:
        self.is_closed = True


class Broken(httpx.AsyncByteStream):
    """A body that ends before the length that was promised."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"values": ['
        raise httpx.RemoteProtocolError("peer closed connection without sending complete body")


@dataclass(frozen=True)
class Place:
    """Something to ask for, the end of the path that it calls, and which fields that fails."""

    asked: str
    path_end: str
    failing: tuple[str, ...]
    is_look_up: bool = False


PLACES = {
    "issue": Place('issue(idOrKey: "SHOP-1") { summary }', "/issue/SHOP-1", ("issue",), True),
    "two issues": Place(
        'a: issue(idOrKey: "SHOP-1") { summary } b: issue(idOrKey: "SHOP-2") { summary }',
        "/issue/bulkfetch",
        ("a", "b"),
    ),
    "issues": Place("issues { nodes { summary } }", "/search/jql", ("issues",)),
    "count": Place(
        "issues { nodes { key } approximateCount }",
        "/search/approximate-count",
        ("issues.approximateCount",),
    ),
    "projects": Place("projects { nodes { key } }", "/project/search", ("projects",)),
    "project": Place('project(idOrKey: "SHOP") { name }', "/project/SHOP", ("project",), True),
    "boards": Place("boards { nodes { name } }", "/agile/1.0/board", ("boards",)),
    "board": Place('board(boardId: "1") { name }', "/agile/1.0/board/1", ("board",), True),
    "sprints": Place(
        'board(boardId: "1") { name sprints { nodes { name } } }',
        "/board/1/sprint",
        ("board.sprints",),
    ),
    "sprint's issues": Place(
        'sprint(sprintId: "1") { name issues { nodes { summary } } }',
        "/sprint/1/issue",
        ("sprint.issues",),
    ),
    "fields": Place("fields { fieldId }", "/rest/api/3/field", ("fields",)),
}
_WRONG_TYPES = {
    "id": [], "key": {}, "name": 7, "fields": 7, "values": 5, "issues": "x", "count": "many",
    "isLast": "no",
}  # fmt: skip
INVALID: dict[str, Respond] = {
    "html": lambda: httpx.Response(200, html="<!doctype html><title>Log in</title>"),
    "empty": lambda: httpx.Response(200, content=b""),
    "picture": lambda: httpx.Response(
        200, content=b"\x89PNG\r\n\x1a\n", headers={"Content-Type": "image/png"}
    ),
    "no content": lambda: httpx.Response(204),
    "no content, with a body": lambda: httpx.Response(204, content=b"<html>"),
    "moved": lambda: httpx.Response(301, headers={"Location": "https://elsewhere.test/x"}),
    "not modified": lambda: httpx.Response(304),
    "cut off": lambda: httpx.Response(200, content=b'{"values": [{"id": "1"'),
    "text": lambda: httpx.Response(200, json="done"),
    "null": lambda: httpx.Response(200, content=b"null"),
    "nothing in it": lambda: httpx.Response(200, json={}),
    "wrong types": lambda: httpx.Response(200, json=_WRONG_TYPES),
    "not a number": lambda: httpx.Response(200, content=b'{"values": [NaN], "count": 1e999}'),
    "digits": lambda: httpx.Response(200, content=b"1" * 5_000),
    "deep": lambda: httpx.Response(200, content=b"[" * 100_000),
    "no utf-8": lambda: httpx.Response(200, content=b'{"id": "\xff\xfe"}'),
    "not packed": lambda: httpx.Response(
        200, stream=httpx.ByteStream(b"{}"), headers={"Content-Encoding": "gzip"}
    ),
    "packed otherwise": lambda: httpx.Response(
        200, stream=httpx.ByteStream(b"{}"), headers={"Content-Encoding": "gzip, gzip"}
    ),
    "bomb": lambda: httpx.Response(
        200, stream=httpx.ByteStream(_ZEROS), headers={"Content-Encoding": "gzip"}
    ),
}


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    """A site with two issues in a sprint of one board, linked to `acme`."""
    world, site = a_site()
    project = site.add_project("SHOP")
    sprint = site.add_sprint(site.add_board(project, kind="scrum"), state="active")
    for summary in ("Here", "There"):
        site.add_issue(project, summary=summary, sprints=[sprint])
    async with open_gateway(world, **backend) as gateway:
        await gateway.connect()
        gateway.forget_calls()
        yield gateway


def respond_by(gateway: Gateway, path_end: str, respond: Respond) -> Counter[str]:
    """Answer the paths that end so; which addresses were asked, these and others."""
    asked: Counter[str] = Counter()

    def fault(request: httpx.Request) -> httpx.Response | None:
        path = request.url.path
        asked[path_end if path.endswith(path_end) else str(request.url)] += 1
        assert asked[path_end] < 50, "the calls do not end"
        return respond() if path.endswith(path_end) else None

    gateway.transport.faults.append(fault)
    return asked


async def ask_beside(gateway: Gateway, place: Place) -> Answer:
    """The place's fields beside two that have nothing to do with them."""
    return await gateway.ask(
        '{ connection(externalId: "acme") { site { name } '
        f"myself {{ displayName }} {place.asked} }} }}"
    )


def check_lost(answer: Answer, place: Place, code: str) -> None:
    """The failing fields are null with one error each, and everything beside them is there."""
    connection = answer.body["data"]["connection"]
    paths = {".".join(map(str, error["path"][1:])) for error in answer.body["errors"]}
    assert answer.status == 200
    assert set(answer.codes) == {code}
    assert len(answer.codes) == len(place.failing)
    assert paths == set(place.failing)
    assert connection["site"] == {"name": "Acme"}
    assert connection["myself"] == {"displayName": "Sandbox Person"}
    for path in place.failing:
        *above, field = path.split(".")
        parent = connection
        for name in above:
            parent = parent[name]
            assert all(parent[other] for other in parent if other != field)
        assert parent[field] is None


on_every_place = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
"""For rules that no engine could break."""


@on_sqlite
@on_every_place
@pytest.mark.parametrize("kind", INVALID)
async def test_an_answer_that_is_none_of_jiras_is_one_error_after_one_call(
    gateway: Gateway, place: Place, kind: str
) -> None:
    asked = respond_by(gateway, place.path_end, INVALID[kind])

    answer = await ask_beside(gateway, place)

    check_lost(answer, place, "JIRA_INVALID_RESPONSE")
    assert asked[place.path_end] == 1
    assert not any("elsewhere" in address for address in asked)


@on_sqlite
@on_every_place
async def test_a_flood_is_given_up_after_the_largest_body(gateway: Gateway, place: Place) -> None:
    flood = Flood()
    asked = respond_by(gateway, place.path_end, lambda: httpx.Response(200, stream=flood))

    answer = await ask_beside(gateway, place)

    check_lost(answer, place, "JIRA_INVALID_RESPONSE")
    assert asked[place.path_end] == 1
    assert LARGEST_BODY_BYTES < flood.sent <= LARGEST_BODY_BYTES + _PIECE
    assert flood.is_closed


@on_sqlite
@on_every_place
@pytest.mark.parametrize(
    ("respond", "code", "calls"),
    [
        (lambda: httpx.Response(200, stream=Broken()), "JIRA_UNAVAILABLE", 4),
        (lambda: httpx.Response(503, text="<html>down</html>"), "JIRA_UNAVAILABLE", 4),
        (lambda: httpx.Response(429, headers={"Retry-After": "3600"}), "RATE_LIMITED", 1),
        (lambda: httpx.Response(403, html="<html>"), "FORBIDDEN", 1),
    ],
    ids=["broken off", "down", "limited", "forbidden"],
)
async def test_an_answer_that_fails_is_one_error_after_bounded_calls(
    gateway: Gateway, place: Place, respond: Respond, code: str, calls: int
) -> None:
    asked = respond_by(gateway, place.path_end, respond)

    answer = await ask_beside(gateway, place)

    check_lost(answer, place, code)
    assert asked[place.path_end] == calls


@on_every_place
async def test_a_token_refused_for_ever_is_renewed_once(gateway: Gateway, place: Place) -> None:
    refusal = {"code": 401, "message": "Unauthorized"}
    asked = respond_by(gateway, place.path_end, lambda: httpx.Response(401, json=refusal))

    answer = await ask_beside(gateway, place)

    check_lost(answer, place, "NEEDS_REAUTHORIZATION")
    assert asked[place.path_end] == 2
    assert gateway.calls(to_jira=False) == ["POST /oauth/token"]
    assert (await gateway.ask_connection("status"))["status"] == "ACTIVE"


@on_sqlite
@on_every_place
async def test_a_site_that_is_gone_is_null_or_one_error(gateway: Gateway, place: Place) -> None:
    asked = respond_by(gateway, place.path_end, lambda: httpx.Response(404, json={"code": 404}))

    answer = await ask_beside(gateway, place)

    assert asked[place.path_end] == 1
    if place.is_look_up:
        assert answer.data["connection"][place.failing[0]] is None
    else:
        check_lost(answer, place, "NOT_FOUND")


@on_sqlite
@pytest.mark.parametrize("kind", INVALID)
async def test_people_that_cannot_be_read_cost_their_own_field(gateway: Gateway, kind: str) -> None:
    found = await gateway.ask_connection("id myself { id }")
    asked = respond_by(gateway, "/user/bulk", INVALID[kind])

    answer = await gateway.ask(
        "query($person: ID!, $own: ID!) { person: node(id: $person) { id } "
        "own: node(id: $own) { id } }",
        {"person": found["myself"]["id"], "own": found["id"]},
    )

    assert answer.codes == ["JIRA_INVALID_RESPONSE"]
    assert answer.body["data"] == {"person": None, "own": {"id": found["id"]}}
    assert asked["/user/bulk"] == 1


LISTS = {
    name: PLACES[name] for name in ("issues", "sprint's issues", "projects", "boards", "sprints")
}
_ITEM = {"id": "1", "key": "SHOP-1", "name": "One", "state": "active", "type": "scrum"}
_ISSUE = {**_ITEM, "fields": {"summary": "Here"}}


def a_page(items: int, token: str | None, **more: Any) -> httpx.Response:
    """A page of issues by tokens, and of everything else by offsets."""
    page: dict[str, Any] = {"issues": [_ISSUE] * items, "values": [_ITEM] * items, **more}
    return httpx.Response(200, json=page if token is None else {**page, "nextPageToken": token})


@on_sqlite
@pytest.mark.parametrize(
    ("place", "calls"),
    [("issues", 21), ("sprint's issues", 21)],
    ids=["issues", "sprint's issues"],
)
async def test_empty_pages_without_end_are_an_error_after_a_bounded_walk(
    gateway: Gateway, place: str, calls: int
) -> None:
    numbers = count()
    asked = respond_by(
        gateway, LISTS[place].path_end, lambda: a_page(0, f"t{next(numbers)}", isLast=False)
    )

    answer = await ask_beside(gateway, LISTS[place])

    check_lost(answer, LISTS[place], "JIRA_INVALID_RESPONSE")
    assert asked[LISTS[place].path_end] == calls


@on_sqlite
@pytest.mark.parametrize("place", ["issues", "sprint's issues"])
@pytest.mark.parametrize(("tokens", "calls"), [(["a"], 2), (["a", "b"], 3)], ids=["same", "circle"])
async def test_tokens_that_come_again_are_an_error(
    gateway: Gateway, place: str, tokens: list[str], calls: int
) -> None:
    following = cycle(tokens)
    asked = respond_by(
        gateway, LISTS[place].path_end, lambda: a_page(1, next(following), isLast=False)
    )

    answer = await ask_beside(gateway, LISTS[place])

    check_lost(answer, LISTS[place], "JIRA_INVALID_RESPONSE")
    assert asked[LISTS[place].path_end] == calls


@on_sqlite
@pytest.mark.parametrize("place", ["issues", "sprint's issues"])
async def test_tokens_without_end_cost_no_more_pages_than_were_asked_for(
    gateway: Gateway, place: str
) -> None:
    numbers = count()
    asked = respond_by(
        gateway, LISTS[place].path_end, lambda: a_page(20, f"t{next(numbers)}", isLast=False)
    )

    answer = await ask_beside(gateway, LISTS[place])

    assert answer.codes == []
    assert asked[LISTS[place].path_end] == 3


@on_sqlite
@pytest.mark.parametrize("place", ["projects", "boards", "sprints"])
@pytest.mark.parametrize("total", [0, 1, 10**9, -1, None], ids=str)
async def test_a_total_that_lies_changes_nothing(
    gateway: Gateway, place: str, total: int | None
) -> None:
    pages = iter([False, True])
    numbers = count(1)

    def respond() -> httpx.Response:
        item = {**_ITEM, "id": str(next(numbers))}
        return httpx.Response(200, json={"values": [item], "total": total, "isLast": next(pages)})

    asked = respond_by(gateway, LISTS[place].path_end, respond)

    answer = await ask_beside(gateway, LISTS[place])

    connection = answer.data["connection"]
    listed = connection["board"]["sprints"] if place == "sprints" else connection[place]
    assert len(listed["nodes"]) == 2
    assert asked[LISTS[place].path_end] == 2


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
    issue = {**_ITEM, "fields": {"description": document, "status": status}, "more": [1]}
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
    respond_by(gateway, "/issue/SHOP-1", lambda: httpx.Response(200, json={**_ITEM, "fields": {}}))

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
    issue = json.dumps({**_ITEM, "fields": {**well, **ODD_PARTS[part]}})
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
    body = {"values": [_ITEM], "isLast": True, "total": number}
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
