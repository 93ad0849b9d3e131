"""Who gets a place for a transfer, and who is sent away at once."""

from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from jira_api.errors import OverloadedError
from jira_api.transfer_places import Places
from jira_api.transfers import MOST_CONNECTIONS
from tests.jira_api.builders import a_jira
from tests.jira_api.test_transfers import transfers_of


def some_places() -> Places:
    return Places(
        "downloads", most_of_all=10, kept_free=4, most_of_one=3, longest_wait=timedelta(0)
    )


async def test_a_connection_with_all_its_places_taken_is_told_so_and_gets_them_back() -> None:
    places = some_places()

    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(places.take("one"))
        with pytest.raises(OverloadedError, match="3 downloads of this connection") as refused:
            await stack.enter_async_context(places.take("one"))
        await stack.enter_async_context(places.take("other"))

    assert refused.value.retry_after > timedelta(0)
    async with places.take("one"):
        assert dict(places._taken) == {"one": 1}


async def test_the_last_places_of_the_process_are_for_who_has_none() -> None:
    places = some_places()

    async with AsyncExitStack() as stack:
        for label in ("a", "b"):
            for _ in range(3):
                await stack.enter_async_context(places.take(label))
        for label in ("c", "d", "e"):
            await stack.enter_async_context(places.take(label))
            with pytest.raises(OverloadedError, match="this server"):
                await stack.enter_async_context(places.take(label))
        await stack.enter_async_context(places.take("f"))
        with pytest.raises(OverloadedError, match="this server"):
            await stack.enter_async_context(places.take("g"))

    assert dict(places._taken) == {}


async def test_the_pools_have_room_for_all_transfers() -> None:
    transfers = transfers_of(a_jira())

    assert transfers.downloads.most_of_all + transfers.uploads.most_of_all < MOST_CONNECTIONS
