"""The text of a key: what tells it from a typo, and how much of it nobody can guess."""

import re
from itertools import pairwise

import pytest

from storage.api_key_texts import ApiKeyText, find_key_id


def test_a_key_is_found_again_in_its_text() -> None:
    made = ApiKeyText.make()

    found = ApiKeyText.find(made.text)

    assert found == made
    assert re.fullmatch(rf"jgk_{made.key_id}_[0-9A-Za-z]{{49}}", made.text)
    assert re.fullmatch(r"[0-9a-f]{16}", made.key_id)


def test_the_secret_part_is_256_random_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def randbits(bits: int) -> int:
        asked.append(bits)
        return (1 << bits) - len(asked)

    monkeypatch.setattr("storage.api_key_texts.secrets.randbits", randbits)

    made = [ApiKeyText.make().text.split("_")[2][:43] for _ in range(100)]

    assert set(asked) == {256}
    assert len(set(made)) == 100


def test_every_typo_of_one_character_is_seen() -> None:
    text = ApiKeyText.make().text
    typos = [
        text[:place] + ("a" if text[place] != "a" else "b") + text[place + 1 :]
        for place in range(len(text))
    ]

    assert [typo for typo in typos if ApiKeyText.find(typo)] == []


def test_two_characters_that_changed_places_are_seen() -> None:
    text = ApiKeyText.make().text
    swapped = [
        text[:place] + right + left + text[place + 2 :]
        for place, (left, right) in enumerate(pairwise(text))
        if left != right
    ]

    assert len(swapped) > 50
    assert [typo for typo in swapped if ApiKeyText.find(typo)] == []


@pytest.mark.parametrize(
    "text",
    ["", "jgk_", "jgk", "x" * 70, "jgk__" + "0" * 49, "jgk_0123456789abcdef_" + "0" * 49],
    ids=["nothing", "prefix", "half a prefix", "other text", "no id", "wrong checksum"],
)
def test_other_texts_are_no_keys(text: str) -> None:
    assert ApiKeyText.find(text) is None


@pytest.mark.parametrize("change", ["{} ", " {}", "{}\n", "{}\x00", "{}0", "{0}{0}"])
def test_a_key_with_something_beside_it_is_none(change: str) -> None:
    assert ApiKeyText.find(change.format(ApiKeyText.make().text)) is None


def test_digits_of_other_scripts_are_none() -> None:
    text = ApiKeyText.make().text

    assert ApiKeyText.find(text.translate({ord(each): 0x660 + int(each) for each in "12"})) is None


def test_a_key_hides_in_its_repr() -> None:
    made = ApiKeyText.make()

    assert made.text not in repr(made)
    assert made.key_id in repr(made)


@pytest.mark.parametrize(
    "text",
    ["0123456789abcdef", " 0123456789abcdef\n", "jgk_0123456789abcdef", "jgk_0123456789abcdef_Zz9"],
)
def test_a_key_is_named_by_its_id_or_by_itself(text: str) -> None:
    assert find_key_id(text) == "0123456789abcdef"


@pytest.mark.parametrize(
    "text", ["", "jgk_", "billing", "0123456789ABCDEF", "x0123456789abcdef", "0" * 17, "jgk_0_0"]
)
def test_anything_else_names_no_key(text: str) -> None:
    assert find_key_id(text) is None
