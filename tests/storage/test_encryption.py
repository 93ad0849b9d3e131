"""Secrets at rest: only the right key and the right cell read them."""

import base64
from datetime import date
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from storage.encryption import KeyRing, generate_key
from storage.errors import CredentialUnreadableError, KeyRingError, StorageError
from tests.storage.builders import a_key, a_key_ring

CELL = {"table": "connection", "column": "access_token", "row_id": "c-1"}
SECRET = SecretStr("opensesame")
PLAINLY_NO_KEYS = {
    "zeros": bytes(32),
    "one byte": b"\xa7" * 32,
    "a pair": b"\xa7\x01" * 16,
    "a short pattern": bytes(range(200, 208)) * 4,
    "half of a key twice": bytes(range(200, 216)) * 2,
    "a pattern that is cut": (bytes(range(200, 211)) * 3)[:32],
    "hexadecimal digits": b"0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "words": b"correct horse battery staple, ok",
    "a password": b"My Quite-Long Pass_Phrase #2026!",
}


@given(st.text(st.characters(codec="utf-8")))
def test_every_text_comes_back(plaintext: str) -> None:
    ring = a_key_ring()

    stored = ring.encrypt(SecretStr(plaintext), **CELL)

    assert ring.decrypt(stored, **CELL).get_secret_value() == plaintext


def test_the_envelope_names_version_and_key_and_hides_the_text() -> None:
    version, key_id, body = a_key_ring(a_key("new-1")).encrypt(SECRET, **CELL).split(".")

    assert (version, key_id) == ("v1", "new-1")
    sealed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    assert len(sealed) == 12 + len("opensesame") + 16
    assert b"opensesame" not in sealed


def test_the_same_text_is_never_stored_alike() -> None:
    ring = a_key_ring()

    assert len({ring.encrypt(SECRET, **CELL) for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "other", [{"table": "pending_grant"}, {"column": "refresh_token"}, {"row_id": "c-2"}], ids=str
)
def test_a_ciphertext_moved_to_another_cell_is_unreadable(other: dict[str, str]) -> None:
    ring = a_key_ring()
    stored = ring.encrypt(SECRET, **CELL)
    cell = {**CELL, **other}

    with pytest.raises(CredentialUnreadableError) as caught:
        ring.decrypt(stored, **cell)

    assert (caught.value.connection_id, caught.value.column) == (cell["row_id"], cell["column"])


def test_cells_whose_names_join_alike_are_still_two_cells() -> None:
    ring = a_key_ring()
    stored = ring.encrypt(SECRET, table="a", column="b,c", row_id="d")

    with pytest.raises(CredentialUnreadableError):
        ring.decrypt(stored, table="a,b", column="c", row_id="d")


def test_a_ring_in_another_order_decrypts() -> None:
    first, second = a_key("k1", b"\x01"), a_key("k2", b"\x02")
    stored = a_key_ring(first, second).encrypt(SECRET, **CELL)

    assert a_key_ring(second, first).decrypt(stored, **CELL) == SECRET


def test_a_ring_without_the_key_cannot_read() -> None:
    stored = a_key_ring(a_key("k1")).encrypt(SECRET, **CELL)

    with pytest.raises(CredentialUnreadableError):
        a_key_ring(a_key("k2")).decrypt(stored, **CELL)


def test_another_key_under_the_same_id_cannot_read() -> None:
    stored = a_key_ring(a_key("k1", b"\x01")).encrypt(SECRET, **CELL)

    with pytest.raises(CredentialUnreadableError):
        a_key_ring(a_key("k1", b"\x02")).decrypt(stored, **CELL)


@pytest.mark.parametrize(
    "damaged",
    ["", "opensesame", "v1.k1", "v2.k1.AAAA", "v1.k1.", "v1.k1.AAAA", "v1.k1.!!!!", "v1.k1.é"],
)
def test_a_damaged_envelope_is_unreadable(damaged: str) -> None:
    with pytest.raises(CredentialUnreadableError):
        a_key_ring().decrypt(damaged, **CELL)


def test_a_flipped_bit_is_unreadable() -> None:
    ring = a_key_ring()
    stored = ring.encrypt(SECRET, **CELL)
    flipped = stored[:-4] + ("A" if stored[-4] != "A" else "B") + stored[-3:]

    with pytest.raises(CredentialUnreadableError):
        ring.decrypt(flipped, **CELL)


@pytest.mark.parametrize(
    ("entries", "position", "key_id"),
    [
        pytest.param([], None, None, id="none"),
        pytest.param([a_key(), "WW91clNlY3JldA=="], 2, None, id="no-id"),
        pytest.param([a_key("bad id")], 1, None, id="id-with-space"),
        pytest.param([a_key("x" * 33)], 1, None, id="id-too-long"),
        pytest.param([a_key("")], 1, None, id="empty-id"),
        pytest.param([a_key("k1\n")], 1, None, id="id-with-newline"),
        pytest.param(["k1:WW91clNlY3JldA=="], 1, "k1", id="short-key"),
        pytest.param([a_key() + "QUFB"], 1, "k1", id="not-base64"),
        pytest.param(["k1:"], 1, "k1", id="no-key"),
        pytest.param([a_key("k1"), a_key("k2"), a_key("k1", b"\x03")], 3, "k1", id="same-id"),
        *(
            pytest.param([a_key("k1"), f"k2:{base64.b64encode(plain).decode()}"], 2, "k2", id=name)
            for name, plain in PLAINLY_NO_KEYS.items()
        ),
    ],
)
def test_an_unusable_ring_is_refused_by_position_and_id_without_its_bytes(
    entries: list[str], position: int | None, key_id: str | None
) -> None:
    with pytest.raises(KeyRingError) as caught:
        KeyRing.parse(entries)

    assert (caught.value.position, caught.value.key_id) == (position, key_id)
    for entry in entries:
        assert entry not in str(caught.value)
        assert "WW91clNlY3JldA" not in str(caught.value)


def test_a_key_ring_error_is_a_value_error_and_one_of_ours() -> None:
    assert issubclass(KeyRingError, ValueError)
    assert issubclass(KeyRingError, StorageError)


def test_a_ring_shows_ids_and_no_keys() -> None:
    entry = a_key("k1", b"S")
    ring = a_key_ring(entry, a_key("k2"))

    assert repr(ring) == str(ring) == "KeyRing(k1, k2)"


def test_a_generated_key_is_dated_new_and_usable() -> None:
    entries = [generate_key(date(2026, 1, 9)), generate_key(date(2026, 1, 10))]

    assert repr(KeyRing.parse(entries)) == "KeyRing(k20260109, k20260110)"
    assert entries[0].partition(":")[2] != entries[1].partition(":")[2]


def test_a_signature_is_checked_by_purpose_payload_and_ring() -> None:
    old, new = a_key("k1", b"\x01"), a_key("k2", b"\x02")
    signature = a_key_ring(old).sign("link", b"payload")

    assert len(signature) == 16
    assert a_key_ring(old).is_signed("link", b"payload", signature)
    assert a_key_ring(new, old).is_signed("link", b"payload", signature)
    assert not a_key_ring(new).is_signed("link", b"payload", signature)
    assert not a_key_ring(old).is_signed("state", b"payload", signature)
    assert not a_key_ring(old).is_signed("link", b"payloae", signature)
    assert not a_key_ring(old).is_signed("link", b"payload", signature[:-1])


def test_the_first_key_signs() -> None:
    old, new = a_key("k1", b"\x01"), a_key("k2", b"\x02")

    signature = a_key_ring(new, old).sign("link", b"payload")

    assert signature == a_key_ring(new).sign("link", b"payload")


def test_each_key_of_the_ring_yields_another_one_for_each_purpose_the_newest_first() -> None:
    old, new = a_key("k1", b"\x01"), a_key("k2", b"\x02")
    derived = a_key_ring(new, old).derived("tokens")

    assert list(derived) == ["k2", "k1"]
    assert derived["k1"] == a_key_ring(old).derived("tokens")["k1"]
    assert len({*derived.values(), *a_key_ring(new, old).derived("other").values()}) == 4
    assert {len(key) for key in derived.values()} == {32}
    themselves = {base64.b64decode(entry.partition(":")[2]) for entry in (old, new)}
    assert not themselves & set(derived.values())


@pytest.mark.untraced
def test_new_keys_are_never_taken_for_what_is_no_key() -> None:
    ring = KeyRing.parse(
        [f"k{n}:{generate_key(date(2026, 11, 21)).partition(':')[2]}" for n in range(5_000)]
    )

    assert len(ring.key_ids) == 5_000


def test_a_random_key_is_refused_less_often_than_once_in_a_billion() -> None:
    few = sum(comb(256, n) * count_surjections(32, n) for n in range(1, 17))
    printable = 95**32

    assert (few + printable) / 256**32 < 1e-9


def count_surjections(places: int, values: int) -> int:
    """In how many ways exactly these values stand in so many places."""
    return sum((-1) ** n * comb(values, n) * (values - n) ** places for n in range(values + 1))


def test_a_ring_names_its_keys_in_order_and_the_first_is_the_one_that_encrypts() -> None:
    ring = a_key_ring(a_key("k2"), a_key("k1", b"other"))

    assert (ring.key_ids, ring.first_key_id) == (("k2", "k1"), "k2")
    assert ring.encrypt(SECRET, **CELL).startswith("v1.k2.")
