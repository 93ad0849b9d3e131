from datetime import timedelta
from typing import Any

import pytest

from jira_api.comments import (
    Comment,
    create_comment,
    delete_comment,
    edit_comment,
    fetch_comments,
    find_marked_comment,
    get_comment,
    list_comments,
    read_comment,
)
from jira_api.entity_properties import MARKER
from jira_api.errors import (
    InvalidArgumentError,
    InvalidResponseError,
    NotFoundError,
    OutcomeUnknownError,
)
from jira_api.issue_parts import PartId
from jira_api.paths import IssueKey, NumericId
from tests.jira_api.builders import DECODE, NOW, a_jira, says

ISSUE = NumericId("10010")
KEY = IssueKey("TEST-1")
DOCUMENT = {"version": 1, "type": "doc", "content": []}
MARK = {"id": "7f3a"}


def a_comment(number: int = 10_000, **parts: Any) -> dict[str, Any]:
    """A comment as Jira sends it; a part given as None is left out."""
    usual = {
        "self": f"https://acme.example/rest/api/3/issue/{ISSUE}/comment/{number}",
        "id": str(number),
        "author": {"accountId": "ada", "displayName": "Ada"},
        "body": DOCUMENT,
        "created": "2026-05-01T10:00:00.000+0200",
        "updated": "2026-05-02T10:00:00.000+0200",
        "jsdPublic": True,
    }
    return {name: part for name, part in {**usual, **parts}.items() if part is not None}


def read(**parts: Any) -> Comment:
    return read_comment(DECODE, a_comment(**parts))


def test_a_comment_is_read_with_the_issue_that_its_address_tells() -> None:
    comment = read()

    assert (comment.issue_id, comment.comment_id) == (ISSUE, "10000")
    assert comment.node_id == "10010.10000"
    assert comment.author is not None
    assert comment.author.account_id == "ada"
    assert comment.created_at.isoformat() == "2026-05-01T08:00:00+00:00"
    assert comment.updated_at - comment.created_at == timedelta(days=1)


def test_a_known_issue_needs_no_address() -> None:
    assert read_comment(DECODE, a_comment(self=None), issue_id="5").issue_id == "5"


@pytest.mark.parametrize("author", [None, {}, {"displayName": "Anonymous"}, "Ada"], ids=str)
def test_nobody_is_the_author_of_what_was_written_without_signing_in(author: Any) -> None:
    assert read(author=author).author is None


@pytest.mark.parametrize(
    ("parts", "is_public"),
    [
        ({}, True),
        ({"jsdPublic": None}, True),
        ({"jsdPublic": False}, False),
        ({"visibility": {"type": "role", "value": "Administrators"}}, False),
        ({"visibility": {}}, True),
    ],
    ids=str,
)
def test_what_is_for_some_alone_is_not_public(parts: dict[str, Any], *, is_public: bool) -> None:
    assert read(**parts).is_public is is_public


@pytest.mark.parametrize("updated", [None, "soon"])
def test_a_comment_without_a_change_changed_when_it_was_made(updated: str | None) -> None:
    comment = read(updated=updated)

    assert comment.updated_at == comment.created_at


@pytest.mark.parametrize(
    "parts",
    [
        {"id": None},
        {"id": "../1"},
        {"created": None},
        {"created": "soon"},
        {"jsdPublic": "yes"},
        {"self": None},
        {"self": "https://acme.example/comment/1"},
        {"self": 5},
    ],
    ids=str,
)
def test_a_comment_that_lacks_what_all_have_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(InvalidResponseError):
        read(**parts)


@pytest.mark.parametrize(("newest", "order"), [(True, "-created"), (False, "created")])
async def test_comments_are_asked_for_in_their_order(order: str, *, newest: bool) -> None:
    jira = a_jira(says(200, {"total": 9, "comments": [a_comment()]}))

    page = await list_comments(
        jira.session, ISSUE, issue_key="TEST-1", is_newest_first=newest, start=4, size=1
    )

    assert [comment.issue_key for comment in page.items] == ["TEST-1"]
    assert (page.is_last, page.total) == (False, 9)
    assert jira.paths == [f"/rest/api/3/issue/{ISSUE}/comment"]
    assert jira.questions == [{"orderBy": order, "startAt": "4", "maxResults": "1"}]


async def test_one_comment_is_read_from_its_issue() -> None:
    jira = a_jira(says(200, a_comment()), says(404))

    assert (await get_comment(jira.session, KEY, NumericId("10000"))).issue_id == ISSUE
    with pytest.raises(NotFoundError):
        await get_comment(jira.session, KEY, NumericId("10001"))
    with pytest.raises(InvalidArgumentError):
        await get_comment(jira.session, KEY, NumericId("../1"))
    assert jira.paths[0] == "/rest/api/3/issue/TEST-1/comment/10000"


async def test_several_comments_are_asked_for_until_all_told_of_came() -> None:
    wanted = [PartId(ISSUE, NumericId(str(number))) for number in (1, 2, 3, 4)]
    jira = a_jira(
        says(200, {"values": [a_comment(3), a_comment(1, created="soon")], "isLast": False}),
        says(200, {"values": [a_comment(2, self="/issue/77/comment/2")], "isLast": True}),
    )

    found = await fetch_comments(jira.session, wanted)

    assert set(found) == {wanted[0], wanted[2]}
    assert isinstance(found[wanted[0]], InvalidResponseError)
    assert isinstance(found[wanted[2]], Comment)
    assert jira.bodies == [{"ids": [1, 2, 3, 4]}, {"ids": [2, 4]}]


async def test_a_list_of_comments_that_brings_nothing_ends() -> None:
    jira = a_jira(says(200, {"values": [], "isLast": False}))

    assert await fetch_comments(jira.session, [PartId(ISSUE, NumericId("1"))]) == {}


async def test_a_new_comment_is_sent_once_with_its_marker() -> None:
    jira = a_jira(says(201, a_comment()), says(201, a_comment()))

    comment = await create_comment(jira.session, KEY, DOCUMENT, marker=MARK)
    await create_comment(jira.session, KEY, DOCUMENT)

    assert comment.node_id == "10010.10000"
    assert jira.bodies == [
        {"body": DOCUMENT, "properties": [{"key": MARKER, "value": MARK}]},
        {"body": DOCUMENT},
    ]


@pytest.mark.parametrize("body", [b"", b"[]", a_comment(created=None), a_comment(self=None)])
async def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown(body: Any) -> None:
    jira = a_jira(says(201, body))

    with pytest.raises(OutcomeUnknownError):
        await create_comment(jira.session, KEY, DOCUMENT)


async def test_a_changed_comment_is_what_jira_answers() -> None:
    jira = a_jira(says(503), says(200, a_comment()))

    comment = await edit_comment(jira.session, ISSUE, NumericId("10000"), DOCUMENT)

    assert comment.comment_id == "10000"
    assert jira.bodies == [{"body": DOCUMENT}] * 2


async def test_a_change_whose_answer_cannot_be_read_may_have_been_made() -> None:
    with pytest.raises(OutcomeUnknownError, match="no harm"):
        await edit_comment(
            a_jira(says(200, b"<html>")).session, ISSUE, NumericId("10000"), DOCUMENT
        )


async def test_a_comment_is_taken_away() -> None:
    jira = a_jira(says(204), says(404))

    await delete_comment(jira.session, ISSUE, NumericId("10000"))
    with pytest.raises(NotFoundError):
        await delete_comment(jira.session, ISSUE, NumericId("10000"))

    assert jira.paths == [f"/rest/api/3/issue/{ISSUE}/comment/10000"] * 2


def marked(number: int, marker: Any) -> dict[str, Any]:
    return a_comment(number, properties=[{"key": "other"}, {"key": MARKER, "value": marker}])


def a_walk(*numbers: int, days: int = 0, total: int) -> Any:
    at = (NOW + timedelta(days=days)).isoformat()
    return says(200, {"total": total, "comments": [a_comment(n, created=at) for n in numbers]})


async def test_a_marked_comment_is_found_among_the_newest() -> None:
    first = list(range(200, 100, -1))
    jira = a_jira(
        a_walk(*first, total=103),
        says(200, {"values": [marked(n, {"id": "other"}) for n in first]}),
        a_walk(7, 6, 5, total=103),
        says(200, {"values": [a_comment(7), marked(6, MARK)]}),
    )

    found = await find_marked_comment(jira.session, KEY, marker=MARK, since=NOW)

    assert found is not None
    assert found.comment_id == "6"
    assert jira.questions[1] == {"expand": "properties"}
    assert [q.get("startAt") for q in jira.questions] == ["0", None, "100", None]


async def test_the_walk_ends_at_what_was_there_before() -> None:
    jira = a_jira(a_walk(*range(200, 100, -1), days=-1, total=200))

    assert await find_marked_comment(jira.session, KEY, marker=MARK, since=NOW) is None
    assert len(jira.requests) == 1


@pytest.mark.parametrize("properties", [None, "x", [1], [{"key": MARKER}]], ids=str)
async def test_a_comment_without_the_marker_is_not_it(properties: Any) -> None:
    jira = a_jira(a_walk(1, total=1), says(200, {"values": [a_comment(1, properties=properties)]}))

    assert await find_marked_comment(jira.session, KEY, marker=MARK, since=NOW) is None
