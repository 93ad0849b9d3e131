from typing import Any

import pytest

from tests.sandbox.visitors import Guest
from tests.sandbox.writing import ISSUE, a_writer, read_fields

LINK = "/rest/api/3/issueLink"


async def two_issues() -> Guest:
    guest, project = await a_writer()
    guest.site.add_issues(project, 2)
    return guest


async def link(guest: Guest, **changes: Any) -> Any:
    usual = {
        "type": {"name": "Blocks"},
        "inwardIssue": {"key": "TEST-1"},
        "outwardIssue": {"key": "TEST-2"},
    }
    return await guest.post(LINK, usual | changes)


async def read_links(guest: Guest, key: str) -> list[dict[str, Any]]:
    links = (await read_fields(guest, key))["issuelinks"]
    assert isinstance(links, list)
    return links


async def test_of_a_new_link_the_inward_issue_reads_outwards() -> None:
    guest = await two_issues()

    response = await link(guest)

    assert response.status_code == 201
    (first,), (second,) = await read_links(guest, "TEST-1"), await read_links(guest, "TEST-2")
    assert (first["type"]["outward"], first["outwardIssue"]["key"]) == ("blocks", "TEST-2")
    assert (second["type"]["inward"], second["inwardIssue"]["key"]) == ("is blocked by", "TEST-1")
    assert "inwardIssue" not in first
    assert first["id"] == second["id"]


async def test_a_link_as_a_whole_names_both_ends() -> None:
    guest = await two_issues()
    await link(guest)
    ((seen,), _) = await read_links(guest, "TEST-1"), None

    found = await guest.read(f"{LINK}/{seen['id']}")

    assert (found["inwardIssue"]["key"], found["outwardIssue"]["key"]) == ("TEST-1", "TEST-2")
    assert found["type"]["name"] == "Blocks"


async def test_the_same_link_again_is_no_second_one() -> None:
    guest = await two_issues()

    answers = [await link(guest), await link(guest), await link(guest, type={"id": "10002"})]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    types = [each["type"]["name"] for each in await read_links(guest, "TEST-1")]
    assert types == ["Blocks", "Duplicate"]


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"type": {"name": "Loves"}}, 404, "No issue link type with name 'Loves' found."),
        ({"type": {"id": "7"}}, 404, "No issue link type with id '7' found."),
        ({"type": {}}, 400, "An issue link type must be given by its id or its name."),
        (
            {"outwardIssue": {"key": "TEST-9"}},
            404,
            "Issue does not exist or you do not have permission to see it.",
        ),
        ({"outwardIssue": {"key": "TEST-1"}}, 400, "You cannot link an issue to itself."),
        (
            {"comment": {"body": {}}},
            400,
            "A comment with a link is not taken here: add it by itself.",
        ),
    ],
    ids=["name", "id", "no type", "issue", "itself", "comment"],
)
async def test_what_cannot_be_linked_is_refused(
    changes: dict[str, Any], status: int, message: str
) -> None:
    guest = await two_issues()

    response = await link(guest, **changes)

    assert (response.status_code, response.json()["errorMessages"]) == (status, [message])
    assert await read_links(guest, "TEST-1") == []


async def test_a_link_that_is_taken_away_is_gone_from_both_ends() -> None:
    guest = await two_issues()
    await link(guest)
    (seen,) = await read_links(guest, "TEST-1")

    response = await guest.delete(f"{LINK}/{seen['id']}")

    assert (response.status_code, response.content) == (204, b"")
    assert await read_links(guest, "TEST-1") == await read_links(guest, "TEST-2") == []
    assert (await guest.delete(f"{LINK}/{seen['id']}")).status_code == 404


@pytest.mark.parametrize(("link_id", "status"), [("abc", 400), ("7", 404)])
async def test_a_link_that_there_is_not_is_not_shown(link_id: str, status: int) -> None:
    guest = await two_issues()

    assert (await guest.get(f"{LINK}/{link_id}")).status_code == status


async def test_making_and_taking_a_link_stands_in_the_histories_of_both() -> None:
    guest = await two_issues()

    await link(guest)
    (seen,) = await read_links(guest, "TEST-1")
    await guest.delete(f"{LINK}/{seen['id']}")

    told = []
    for key in ("TEST-1", "TEST-2"):
        page = await guest.read(f"{ISSUE}/{key}/changelog")
        told += [item for history in page["values"] for item in history["items"]]
    assert [(item["field"], item.get("toString"), item.get("fromString")) for item in told] == [
        ("Link", "This issue blocks TEST-2", None),
        ("Link", None, "This issue blocks TEST-2"),
        ("Link", "This issue is blocked by TEST-1", None),
        ("Link", None, "This issue is blocked by TEST-1"),
    ]
