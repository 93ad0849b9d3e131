import pytest

from tests.faults.outcome import Place
from tests.faults.scenarios.crowds import leaving_callers, many_callers, many_connections

on_postgresql = pytest.mark.parametrize("dialect", ["postgresql"])


@on_postgresql
async def test_an_expired_token_is_refreshed_once_for_all_callers_of_all_processes(
    place: Place,
) -> None:
    outcome = await many_callers(place, callers=200, at_once=200, processes=2)

    assert outcome.broken == []


@on_postgresql
async def test_connections_that_expire_together_are_refreshed_once_each_within_the_bound(
    place: Place,
) -> None:
    outcome = await many_connections(place, connections=40, at_once=40, processes=2, exchanges=4)

    assert outcome.broken == []


async def test_a_refresh_is_kept_though_every_caller_went_away(place: Place) -> None:
    outcome = await leaving_callers(place, callers=50, connections=5)

    assert outcome.broken == []
