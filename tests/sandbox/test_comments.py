from typing import Any

import pytest

from sandbox.world import PERSON_ACCOUNT_ID
from tests.sandbox.visitors import a_guest
from tests.sandbox.writing import ISSUE, a_document, a_writer, list_errors, read_fields

PATH = f"{ISSUE}/TEST-1/comment"
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
NOT_A_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"


async def test_a_new_comment_is_the_persons_and_stands_in_the_issue() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)

    response = await guest.post(PATH, {"body": a_document("Hello")})

    comment = response.json()
    assert response.status_code == 201
    assert comment["author"]["accountId"] == PERSON_ACCOUNT_ID
    assert comment["created"] == comment["updated"] == "2026-06-01T12:00:00.000+0000"
    assert await guest.read(f"{PATH}/{comment['id']}") == comment
    fields = await read_fields(guest, "TEST-1")
    assert fields["comment"]["comments"] == [comment]
    assert fields["updated"] == comment["created"]


async def test_comments_come_in_pages_in_either_order() -> None:
    guest, project = await a_writer()
    issue = guest.site.add_issue(project)
    ids = [guest.site.add_comment(issue, f"Number {number}")["id"] for number in range(5)]

    first = await guest.read(PATH, maxResults=2)
    last = await guest.read(PATH, startAt=4, maxResults=2)
    newest = await guest.read(PATH, maxResults=2, orderBy="-created")
    oldest = await guest.read(PATH, orderBy="+created")

    assert [comment["id"] for comment in first["comments"]] == ids[:2]
    assert (first["startAt"], first["maxResults"], first["total"]) == (0, 2, 5)
    assert [comment["id"] for comment in last["comments"]] == ids[4:]
    assert [comment["id"] for comment in newest["comments"]] == [ids[4], ids[3]]
    assert [comment["id"] for comment in oldest["comments"]] == ids


async def test_at_most_a_hundred_comments_come_at_once() -> None:
    guest, project = await a_writer()
    issue = guest.site.add_issue(project)
    for number in range(101):
        guest.site.add_comment(issue, f"Number {number}")

    answers = [await guest.read(PATH), await guest.read(PATH, maxResults=500)]

    assert [len(answer["comments"]) for answer in answers] == [100, 100]


async def test_comments_are_ordered_by_nothing_else() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)

    assert (await guest.get(PATH, orderBy="author")).status_code == 400


async def test_an_edited_comment_keeps_its_place_and_author() -> None:
    guest, project = await a_writer()
    issue = guest.site.add_issue(project)
    ada = guest.site.add_user("Ada")
    first = guest.site.add_comment(issue, "First", author=ada)
    second = guest.site.add_comment(issue, "Second")

    response = await guest.put(f"{PATH}/{first['id']}", {"body": a_document("Changed")})

    comment = response.json()
    assert (response.status_code, comment["body"]) == (200, a_document("Changed"))
    assert (comment["author"]["displayName"], comment["created"]) == ("Ada", first["created"])
    assert comment["updateAuthor"]["accountId"] == PERSON_ACCOUNT_ID
    assert comment["updated"] == "2026-06-01T12:00:00.000+0000"
    page = await guest.read(PATH)
    assert [entry["id"] for entry in page["comments"]] == [first["id"], second["id"]]


async def test_a_deleted_comment_is_gone_and_its_id_with_it() -> None:
    guest, project = await a_writer()
    comment = guest.site.add_comment(guest.site.add_issue(project), "First")

    response = await guest.delete(f"{PATH}/{comment['id']}")
    later = (await guest.post(PATH, {"body": a_document()})).json()

    assert (response.status_code, response.content) == (204, b"")
    assert (await guest.get(f"{PATH}/{comment['id']}")).status_code == 404
    assert later["id"] != comment["id"]
    assert (await read_fields(guest, "TEST-1"))["comment"]["total"] == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "Comment body can not be empty!"),
        ("", "Comment body can not be empty!"),
        ("text", NOT_A_DOCUMENT),
        ({"type": "doc", "version": 2, "content": []}, NOT_A_DOCUMENT),
        ({"type": "doc", "version": 1}, NOT_A_DOCUMENT),
        (a_document("a" * 32_768), TOO_LONG),
        ({"type": "doc", "version": 1, "content": [{}]}, "INVALID_INPUT"),
        ({"type": "doc", "version": 1, "content": [{"type": "text", "text": ""}]}, "INVALID_INPUT"),
    ],
    ids=[
        "none",
        "empty",
        "text",
        "version",
        "no content",
        "too long",
        "node without type",
        "empty text",
    ],
)
async def test_a_comment_is_a_document(body: Any, message: str) -> None:
    guest, project = await a_writer()
    comment = guest.site.add_comment(guest.site.add_issue(project), "First")

    for answer in (
        await guest.post(PATH, {"body": body}),
        await guest.put(f"{PATH}/{comment['id']}", {"body": body}),
    ):
        assert list_errors(answer) == {"comment": message}


async def test_a_comment_may_be_for_a_role_alone() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)
    role = {"type": "role", "value": "Administrators"}

    shown = await guest.post(PATH, {"body": a_document(), "visibility": role})
    refused = await guest.post(PATH, {"body": a_document(), "visibility": {"type": "all"}})

    assert shown.json()["visibility"] == role
    assert list_errors(refused).keys() == {"visibility"}


@pytest.mark.parametrize("method", ["get", "put", "delete"])
async def test_an_unknown_comment_is_a_404(method: str) -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)
    body = ({"body": a_document()},) if method == "put" else ()

    response = await getattr(guest, method)(f"{PATH}/7", *body)

    message = "Can not find a comment for the id: 7."
    assert (response.status_code, response.json()["errorMessages"]) == (404, [message])


async def test_a_comment_of_another_issue_is_a_404() -> None:
    guest, project = await a_writer()
    _, other = guest.site.add_issues(project, 2)
    comment = guest.site.add_comment(other, "Elsewhere")

    assert (await guest.get(f"{PATH}/{comment['id']}")).status_code == 404


async def test_reading_scopes_write_no_comments() -> None:
    guest = await a_guest(scopes="read:jira-work")
    guest.site.add_issue(guest.site.add_project("TEST"))

    assert (await guest.get(PATH)).status_code == 200
    assert (await guest.post(PATH, {"body": a_document()})).status_code == 401


async def test_a_comment_that_comes_with_an_edit_has_the_same_limits() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)
    add = [{"add": {"body": a_document("a" * 32_768)}}]

    refused = await guest.put(f"{ISSUE}/TEST-1", {"update": {"comment": add}})
    taken = await guest.post(PATH, {"body": a_document("a" * 32_767)})

    assert list_errors(refused) == {"comment": TOO_LONG}
    assert taken.status_code == 201
