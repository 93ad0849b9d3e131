import pytest

from tests.faults.outcome import Place
from tests.faults.scenarios.writes import killed_creates, lost_creates, same_keys

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"])


async def test_of_creates_with_a_fifth_of_the_answers_lost_none_is_lost_and_none_made_twice(
    place: Place,
) -> None:
    outcome = await lost_creates(place, creates=100, at_once=50, processes=2, connections=4)

    assert outcome.broken == []
    assert outcome.figures["unknown at first"] != 0


async def test_whichever_step_of_a_create_a_process_is_killed_at_there_is_one_issue(
    place: Place,
) -> None:
    outcome = await killed_creates(place, seeds=1)

    assert outcome.broken == []
    assert outcome.figures["kills"] == 5


async def test_a_key_that_many_use_at_once_makes_one_issue(place: Place) -> None:
    outcome = await same_keys(place, keys=2, callers=50, processes=2)

    assert outcome.broken == []
