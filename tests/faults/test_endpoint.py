import pytest

from tests.faults.outcome import Place
from tests.faults.scenarios.endpoint import ill_endpoint


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_no_illness_of_the_token_endpoint_costs_a_token(place: Place) -> None:
    outcome = await ill_endpoint(place)

    assert outcome.broken == []
