"""Links, states, codes and cookies: long, different, and kept as hashes."""

import pytest

from oauth.one_time import (
    FlowSecret,
    hash_secret,
    new_browser_secret,
    new_flow_id,
    new_flow_secret,
)


def test_a_flow_secret_names_its_flow() -> None:
    flow_id = new_flow_id()

    assert new_flow_secret(flow_id).flow_id == flow_id


@pytest.mark.parametrize(
    "text",
    ["", "without-dot", ".secret", "a b.secret", "a-b.secret", "ä.secret", "a\r\nb.secret"],
    ids=["empty", "no dot", "no name", "space", "dash", "non-ascii", "line break"],
)
def test_a_text_of_another_form_names_no_flow(text: str) -> None:
    assert FlowSecret(text).flow_id == ""


def test_secrets_never_repeat_and_hold_256_bits() -> None:
    texts = {new_flow_secret("f").text.removeprefix("f.") for _ in range(100)}
    texts |= {new_browser_secret() for _ in range(100)}

    assert len(texts) == 200
    assert all(len(text) == 43 for text in texts)


def test_the_hash_does_not_hold_the_secret() -> None:
    secret = new_flow_secret("f1")

    assert secret.hash == hash_secret(secret.text)
    assert len(secret.hash) == 64
    assert secret.text.partition(".")[2] not in secret.hash


def test_secrets_that_differ_in_one_letter_have_other_hashes() -> None:
    assert hash_secret("f1.a") != hash_secret("f1.b")


@pytest.mark.parametrize(
    "text", ["", "\x00", "\ud800", "é" * 3], ids=["empty", "nul", "surrogate", "accents"]
)
def test_any_text_has_a_hash(text: str) -> None:
    assert len(hash_secret(text)) == 64
