from typing import Any

import pytest

from jira_api import pages
from jira_api.errors import ForbiddenError, InvalidResponseError, NotFoundError, RejectedError
from jira_api.pages import OffsetPage, find_page, read_page, walk_pages
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


@pytest.mark.parametrize("envelope", [{}, {"isLast": False}], ids=["unsaid", "not the last"])
async def test_a_list_that_starts_anew_is_given_up_at_the_first_repetition(
    envelope: dict[str, Any],
) -> None:
    jira = a_jira(*[a_page(0, 3, **envelope)] * 2)

    with pytest.raises(InvalidResponseError, match="repeats"):
        await read(jira, size=100)

    assert len(jira.requests) == 2


async def test_items_that_moved_while_they_were_read_end_nothing() -> None:
    jira = a_jira(a_page(0, 3, isLast=False), a_page(2, 3, isLast=False), a_page(4, 1, isLast=True))

    assert (await read(jira, size=100)).items == [0, 1, 2, 2, 3, 4, 4]


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


async def find(jira: ScriptedJira, *, size: int = 50) -> OffsetPage[Any] | None:
    return await find_page(jira.session, "/list", lambda raw: int(raw["id"]), {}, size=size)


async def test_a_list_that_is_there_is_found_over_its_parts() -> None:
    jira = a_jira(a_page(0, 5, isLast=False), a_page(5, 2, isLast=True))

    assert await find(jira) == OffsetPage(list(range(7)), is_last=True, total=None)


async def test_a_question_refused_at_once_finds_no_list() -> None:
    assert await find(a_jira(says(400))) is None


@pytest.mark.parametrize(
    ("status", "kind"), [(403, ForbiddenError), (404, NotFoundError), (422, RejectedError)]
)
async def test_another_refusal_is_not_taken_for_a_missing_list(
    status: int, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        await find(a_jira(says(status)))


async def test_a_refusal_of_a_later_part_does_not_lose_the_first() -> None:
    with pytest.raises(RejectedError):
        await find(a_jira(a_page(0, 5, isLast=False), says(400)))


class Shelf:
    """Pages in the order in which they are asked for, and the offsets asked for."""

    def __init__(self, *loaded: OffsetPage[str] | None) -> None:
        self.starts: list[int] = []
        self._loaded = loaded

    async def load(self, start: int) -> OffsetPage[str] | None:
        self.starts.append(start)
        return self._loaded[min(len(self.starts), len(self._loaded)) - 1]


async def test_a_walk_gives_each_item_once_and_goes_on_from_what_came() -> None:
    shelf = Shelf(OffsetPage("ab", is_last=False), OffsetPage("bcd", False), OffsetPage("d", True))

    assert await walk_pages(shelf.load, str) == ["a", "b", "c", "d"]
    assert shelf.starts == [0, 2, 5]


async def test_a_walk_over_what_does_not_exist_finds_nothing() -> None:
    assert await walk_pages(Shelf(None).load, str) is None


async def test_a_walk_over_an_empty_list_is_an_empty_list() -> None:
    assert await walk_pages(Shelf(OffsetPage("", is_last=True)).load, str) == []


@pytest.mark.parametrize("repeated", ["ab", "ba", "b", ""])
async def test_a_walk_ends_at_a_page_without_anything_new(repeated: str) -> None:
    shelf = Shelf(OffsetPage("ab", is_last=False), OffsetPage(repeated, is_last=False))

    with pytest.raises(InvalidResponseError, match="repeats"):
        await walk_pages(shelf.load, str)

    assert shelf.starts == [0, 2]


@pytest.mark.parametrize("count", [3, 4])
async def test_a_walk_takes_a_bounded_number_of_pages(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(pages, "MOST_PAGES", 3)
    shelf = Shelf(*(OffsetPage([str(n)], is_last=n == count - 1) for n in range(count)))

    if count <= 3:
        assert await walk_pages(shelf.load, str) == ["0", "1", "2"]
    else:
        with pytest.raises(InvalidResponseError, match="within 3 pages"):
            await walk_pages(shelf.load, str)
    assert shelf.starts == [0, 1, 2]
