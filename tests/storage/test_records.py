"""Records hide their secrets."""

from storage.records import GrantStatus, StoredTokens
from tests.storage.builders import some_tokens


def test_tokens_show_no_secret() -> None:
    stored = StoredTokens(some_tokens("hunter2", "hunter3"), 1, GrantStatus.ACTIVE)

    assert "hunter" not in repr(stored)
    assert "hunter" not in str(stored.tokens)
