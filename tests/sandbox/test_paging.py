from datetime import UTC, datetime, timedelta

import pytest

from sandbox.errors import JiraError
from sandbox.paging import build_page_bean, read_int, read_token, read_window, write_token

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_window_above_the_cap_falls_back_to_the_cap() -> None:
    window = read_window({"startAt": "3", "maxResults": "500"}, cap=50)

    assert (window.start_at, window.max_results) == (3, 50)


def test_the_last_page_names_no_next_one() -> None:
    window = read_window({"startAt": "50"}, cap=50)

    assert "nextPage" not in build_page_bean("u", window, 100, [])
    assert build_page_bean("u", window, 101, [])["nextPage"] == "u?startAt=100&maxResults=50"


@pytest.mark.parametrize("value", ["x", "-1", True, 1.5], ids=["word", "negative", "bool", "float"])
def test_what_is_no_count_is_refused_by_name(value: object) -> None:
    with pytest.raises(JiraError, match="startAt") as caught:
        read_int("startAt", value, 0)

    assert caught.value.status == 400


def test_a_token_resumes_its_own_query() -> None:
    token = write_token(70, query="project = A", at=NOW)

    assert read_token(token, query="project = A", at=NOW + timedelta(days=7)) == 70


@pytest.mark.parametrize(
    ("token", "query", "days"),
    [
        (write_token(70, query="a", at=NOW), "b", 0),
        (write_token(70, query="a", at=NOW), "a", 8),
        ("bm9uc2Vuc2U=", "a", 0),
        ("?", "a", 0),
    ],
    ids=["another query", "too old", "no payload", "no base64"],
)
def test_a_token_that_does_not_fit_is_refused(token: str, query: str, days: int) -> None:
    with pytest.raises(JiraError):
        read_token(token, query=query, at=NOW + timedelta(days=days))
