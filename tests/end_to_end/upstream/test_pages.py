"""Pages that do not end, repeat themselves or lie about their number cost bounded calls."""

from itertools import count, cycle
from typing import Any

import httpx
import pytest

from tests.end_to_end.upstream.places import (
    ITEM,
    PLACES,
    ask_beside,
    check_lost,
    on_sqlite,
    respond_by,
)
from tests.support.gateway import Gateway

LISTS = {
    name: PLACES[name] for name in ("issues", "sprint's issues", "projects", "boards", "sprints")
}
_ISSUE = {**ITEM, "fields": {"summary": "Here"}}


def a_page(items: int, token: str | None, **more: Any) -> httpx.Response:
    """A page of issues by tokens, and of everything else by offsets."""
    page: dict[str, Any] = {"issues": [_ISSUE] * items, "values": [ITEM] * items, **more}
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
        item = {**ITEM, "id": str(next(numbers))}
        return httpx.Response(200, json={"values": [item], "total": total, "isLast": next(pages)})

    asked = respond_by(gateway, LISTS[place].path_end, respond)

    answer = await ask_beside(gateway, LISTS[place])

    connection = answer.data["connection"]
    listed = connection["board"]["sprints"] if place == "sprints" else connection[place]
    assert len(listed["nodes"]) == 2
    assert asked[LISTS[place].path_end] == 2
