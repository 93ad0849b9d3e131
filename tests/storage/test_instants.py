"""Instants as text: they come back the same, and compare as they should."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.instants import read_instant, write_instant

_INSTANTS = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone itself
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone itself
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=9, minutes=30))]),
)


@given(_INSTANTS)
def test_an_instant_comes_back_the_same_in_utc(instant_at: datetime) -> None:
    read = read_instant(write_instant(instant_at))

    assert read == instant_at
    assert read.tzinfo is UTC


@given(_INSTANTS, _INSTANTS)
def test_the_texts_compare_as_the_instants_do(one_at: datetime, other_at: datetime) -> None:
    assert (write_instant(one_at) < write_instant(other_at)) == (one_at < other_at)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        write_instant(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test
