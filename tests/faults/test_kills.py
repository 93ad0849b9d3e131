import pytest

from tests.faults.kill_points import KillPoint
from tests.faults.outcome import Place
from tests.faults.processes import faketime_library
from tests.faults.scenarios.kills import halt_past_the_lease, jump_clock, kill_at_each
from tests.support.missing import require

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"])


async def test_no_token_is_lost_whichever_step_of_a_refresh_a_process_is_killed_at(
    place: Place,
) -> None:
    outcome = await kill_at_each(place, points=list(KillPoint), seeds=1)

    assert outcome.broken == []
    assert outcome.figures["kills"] == 13


async def test_a_process_that_slept_past_its_lease_overwrites_nothing(place: Place) -> None:
    outcome = await halt_past_the_lease(place, rounds=1)

    assert outcome.broken == []


@pytest.mark.parametrize("shift", ["+1h", "-1h"])
async def test_a_process_whose_clock_is_wrong_makes_no_double_call(
    place: Place, shift: str
) -> None:
    require(faketime_library())

    outcome = await jump_clock(place, shift=shift, callers=12, processes=3)

    assert outcome.broken == []
