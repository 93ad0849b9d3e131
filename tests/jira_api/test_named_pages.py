from typing import Any

import pytest

from jira_api.errors import InvalidResponseError
from jira_api.named_pages import NamedList, read_named_page
from jira_api.pages import OffsetPage
from tests.jira_api.builders import Answer, ScriptedJira, a_jira, says

LISTED: NamedList[str] = NamedList(
    "/list", "things", lambda raw: str(raw["id"]), lambda thing: thing
)


def a_page(first: int, count: int, **envelope: Any) -> Answer:
    things = [{"id": number} for number in range(first, first + count)]
    return says(200, {"startAt": first, "maxResults": 100, "things": things, **envelope})


async def read(jira: ScriptedJira, *, start: int = 0, size: int = 50) -> OffsetPage[str]:
    return await read_named_page(jira.session, LISTED, {"q": "1"}, start=start, size=size)


def things(first: int, count: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(first, first + count))


async def test_a_page_below_the_cap_takes_one_call() -> None:
    jira = a_jira(a_page(20, 10, total=99))

    assert await read(jira, start=20, size=10) == OffsetPage(things(20, 10), False, 99)
    assert jira.paths == ["/list"]
    assert jira.questions == [{"q": "1", "startAt": "20", "maxResults": "10"}]


async def test_a_short_page_is_followed_while_the_total_says_so() -> None:
    jira = a_jira(a_page(0, 100, total=250), a_page(100, 3, total=250), a_page(103, 147, total=250))

    page = await read(jira, size=250)

    assert page == OffsetPage(things(0, 250), True, 250)
    assert [q["startAt"] for q in jira.questions] == ["0", "100", "103"]
    assert [q["maxResults"] for q in jira.questions] == ["250", "150", "147"]


async def test_a_page_that_brings_more_than_was_asked_is_cut_and_not_the_last() -> None:
    jira = a_jira(a_page(0, 7, total=7))

    assert await read(jira, size=5) == OffsetPage(things(0, 5), False, 7)


@pytest.mark.parametrize("total", [{}, {"total": 2}, {"total": "many"}], ids=str)
async def test_without_a_total_to_rely_on_the_list_ends_with_an_empty_page(total: Any) -> None:
    jira = a_jira(a_page(0, 3, **total), a_page(3, 3, **total), a_page(6, 0, **total))

    page = await read(jira)

    assert page.items == things(0, 6)
    assert (page.is_last, page.total) == (True, None)


async def test_a_full_page_without_a_total_may_have_another() -> None:
    assert await read(a_jira(a_page(0, 5)), size=5) == OffsetPage(things(0, 5), False, None)


async def test_an_item_that_comes_twice_counts_once() -> None:
    jira = a_jira(a_page(0, 3, total=6), a_page(2, 4, total=7))

    assert (await read(jira)).items == things(0, 6)


async def test_a_list_that_repeats_itself_is_refused() -> None:
    with pytest.raises(InvalidResponseError, match="repeats"):
        await read(a_jira(a_page(0, 3), a_page(0, 3)))


@pytest.mark.parametrize(
    "body", [None, [], {}, {"things": None}, {"things": {}}, {"things": [1]}], ids=str
)
async def test_an_answer_of_another_form_is_refused(body: Any) -> None:
    with pytest.raises(InvalidResponseError):
        await read(a_jira(says(200, body)))
