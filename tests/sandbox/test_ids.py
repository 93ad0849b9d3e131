from typing import Any

import pytest

from sandbox.ids import find_id
from tests.sandbox.visitors import a_guest
from tests.sandbox.writing import ISSUE, a_form, a_writer, list_errors

ENDLESS = "9" * 5_000


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10000", 10_000),
        ("0", 0),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("", None),
        ("-1", None),
        ("1_0", None),
        (" 1", None),
        ("\u0663", None),
        ("TEST-1", None),
    ],
)
def test_an_id_is_at_most_eighteen_digits(text: str, number: int | None) -> None:
    assert find_id(text) == number


@pytest.mark.parametrize(
    "path",
    [
        f"{ISSUE}/{ENDLESS}",
        f"/rest/api/3/project/{ENDLESS}",
        f"/rest/api/3/component/{ENDLESS}",
        f"/rest/agile/1.0/board/{ENDLESS}",
        f"/rest/agile/1.0/sprint/{ENDLESS}",
    ],
    ids=["issue", "project", "component", "board", "sprint"],
)
async def test_an_endless_id_in_a_path_is_unknown(path: str) -> None:
    guest = await a_guest()

    assert (await guest.get(path)).status_code == 404


async def test_an_endless_id_of_a_parent_is_unknown() -> None:
    guest, _ = await a_writer()

    answer = await guest.post(ISSUE, a_form(parent={"id": ENDLESS}))

    assert list_errors(answer) == {"parent": "Could not find issue by id or key."}


@pytest.mark.parametrize(
    "jql",
    [
        f"key = {ENDLESS}",
        f"project = {ENDLESS}",
        f"sprint = {ENDLESS}",
        f"created > {ENDLESS}",
        f"created > -{ENDLESS}d",
        f"created > {ENDLESS}w",
        "created > --5",
        "created > 999999999w",
        "created > -999999d",
    ],
    ids=lambda jql: jql[:20],
)
async def test_an_endless_number_in_a_query_is_refused(jql: str) -> None:
    guest = await a_guest()

    answer = await guest.post("/rest/api/3/search/jql", {"jql": jql})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"maxResults": ENDLESS},
        {"reconcileIssues": [ENDLESS]},
        {"nextPageToken": ENDLESS},
        {"nextPageToken": 7},
        {"nextPageToken": "\u00e9"},
    ],
    ids=["page size", "reconciled", "token", "number as token", "foreign token"],
)
async def test_an_endless_number_in_the_body_of_a_search_is_refused(body: dict[str, Any]) -> None:
    guest = await a_guest()

    answer = await guest.post("/rest/api/3/search/jql", {"jql": "key = TEST-1", **body})

    assert answer.status_code == 400


async def test_a_picture_of_an_endless_size_has_the_usual_one() -> None:
    guest = await a_guest()

    picture = await guest.visitor.http.get(f"/avatars/user/x.svg?size={ENDLESS}")

    assert 'width="48"' in picture.text
