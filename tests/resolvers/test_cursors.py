"""Cursors are good for their own query, and for nothing else."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.cursors import START, Cursors, Position
from resolvers.errors import BadUserInputError
from storage.encryption import KeyRing, generate_key
from tests.storage.builders import a_key_ring

RING = a_key_ring()


@given(token=st.none() | st.text(max_size=300), offset=st.integers(0, 10**9), query=st.text())
def test_a_cursor_leads_back_to_its_place(token: str | None, offset: int, query: str) -> None:
    query = query.encode("utf-8", "ignore").decode()
    cursors = Cursors(RING, query)

    assert cursors.read(cursors.write(Position(token, offset))) == Position(token, offset)


def test_no_cursor_is_the_start() -> None:
    assert Cursors(RING, "q").read(None) == START


def test_another_query_or_another_key_refuses_it() -> None:
    cursor = Cursors(RING, "q").write(Position("t", 1))

    other_ring = KeyRing.parse([generate_key(date(2026, 6, 1))])
    for other in (Cursors(RING, "r"), Cursors(other_ring, "q")):
        with pytest.raises(BadUserInputError):
            other.read(cursor)


@given(st.text(max_size=100))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadUserInputError):
        Cursors(RING, "q").read(text)


@pytest.mark.parametrize("index", range(0, 30, 3))
def test_a_changed_character_is_refused(index: int) -> None:
    cursor = Cursors(RING, "q").write(Position("token", 12))
    swapped = "B" if cursor[index] == "A" else "A"

    with pytest.raises(BadUserInputError):
        Cursors(RING, "q").read(cursor[:index] + swapped + cursor[index + 1 :])
