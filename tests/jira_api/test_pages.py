from typing import Any

import pytest

from jira_api.errors import InvalidResponseError, NotFoundError
from jira_api.pages import OffsetPage, read_page
from tests.jira_api.builders import Answer, ScriptedJira, a_jira, says


def a_page(first: int, count: int, **envelope: Any) -> Answer:
    values = [{"id": str(number)} for number in range(first, first + count)]
    return says(200, {"startAt": first, "maxResults": 50, "values": values, **envelope})


async def read(jira: ScriptedJira, *, start: int = 0, size: int = 50) -> OffsetPage[Any]:
    return await read_page(
        jira.session, "/list", lambda raw: int(raw["id"]), {"q": "1"}, start=start, size=size
    )


async def test_a_page_below_the_cap_takes_one_call() -> None:
    jira = a_jira(a_page(20, 10, isLast=False, total=99))

    page = await read(jira, start=20, size=10)

    assert page == OffsetPage(list(range(20, 30)), is_last=False, total=99)
    assert jira.questions == [{"q": "1", "startAt": "20", "maxResults": "10"}]


@pytest.mark.parametrize("cap", [50, 100])
async def test_a_page_is_filled_over_the_cap_by_what_came_back(cap: int) -> None:
    jira = a_jira(*(a_page(start, cap, isLast=False) for start in range(0, 200, cap)))

    page = await read(jira, size=200)

    assert page.items == list(range(200))
    assert [q["startAt"] for q in jira.questions] == [str(n) for n in range(0, 200, cap)]
    assert [q["maxResults"] for q in jira.questions] == [str(200 - n) for n in range(0, 200, cap)]


async def test_the_last_page_ends_the_reading() -> None:
    jira = a_jira(a_page(0, 50, isLast=False), a_page(50, 7, isLast=True, total=57))

    page = await read(jira, size=100)

    assert page == OffsetPage(list(range(57)), is_last=True, total=57)


@pytest.mark.parametrize("total", [1, 0, 10_000])
async def test_a_total_that_lies_neither_cuts_nor_prolongs(total: int) -> None:
    jira = a_jira(
        a_page(0, 50, total=total), a_page(50, 7, total=total), a_page(57, 0, total=total)
    )

    page = await read(jira, size=100)

    assert page.items == list(range(57))
    assert page.is_last


async def test_without_is_last_an_empty_page_ends_the_reading() -> None:
    jira = a_jira(a_page(0, 5), a_page(5, 0))

    assert await read(jira) == OffsetPage(list(range(5)), is_last=True, total=None)


async def test_an_empty_page_that_promises_more_ends_the_reading() -> None:
    jira = a_jira(a_page(0, 0, isLast=False))

    assert await read(jira) == OffsetPage([], is_last=True, total=None)


async def test_a_short_page_that_is_not_the_last_is_followed() -> None:
    jira = a_jira(a_page(0, 3, isLast=False), a_page(3, 2, isLast=True))

    assert (await read(jira)).items == [0, 1, 2, 3, 4]


async def test_more_than_asked_for_is_cut_and_not_called_the_last() -> None:
    jira = a_jira(a_page(0, 12, isLast=True))

    page = await read(jira, size=10)

    assert page == OffsetPage(list(range(10)), is_last=False, total=None)


async def test_a_list_that_starts_anew_each_time_is_given_up_at_the_size_asked_for() -> None:
    jira = a_jira(*[a_page(0, 1, isLast=False)] * 4)

    page = await read(jira, size=4)

    assert len(page.items) == 4


@pytest.mark.parametrize(
    "body",
    [[], None, {"values": 5}, {"values": [1]}, {"values": [], "isLast": 1}, {"total": "9"}],
    ids=["list", "null", "values", "value", "isLast", "total"],
)
async def test_a_page_of_another_shape_is_invalid(body: Any) -> None:
    with pytest.raises(InvalidResponseError):
        await read(a_jira(says(200, body)))


async def test_a_call_that_fails_on_the_way_fails_the_page() -> None:
    with pytest.raises(NotFoundError):
        await read(a_jira(a_page(0, 5, isLast=False), says(404)))
