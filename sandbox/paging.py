"""Jira's paging styles: offsets with an envelope, and opaque tokens.

Source: the project's notes on the Jira API, section 3, and Atlassian's OpenAPI documents.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sandbox.errors import JiraError
from sandbox.json_bodies import parse_json
from sandbox.world import JsonObject

T = TypeVar("T")

_TOKEN_LIFETIME: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Window:
    """The slice asked for, its size already cut to the operation's cap."""

    start_at: int
    max_results: int

    def cut(self, items: Sequence[T]) -> list[T]:
        """The items inside the window."""
        return list(items[self.start_at : self.start_at + self.max_results])

    def is_last(self, total: int) -> bool:
        """Whether nothing follows the window."""
        return self.start_at + self.max_results >= total


def read_int(name: str, value: object, default: int) -> int:
    """A whole number that is not negative.

    Raises:
        JiraError: 400, naming the parameter.
    """
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise JiraError(400, [f"The {name} parameter must be a whole number."])
    try:
        number = int(value)
    except ValueError:
        raise JiraError(400, [f"The {name} parameter must be a whole number."]) from None
    if number < 0:
        raise JiraError(400, [f"The {name} parameter must not be negative."])
    return number


def read_window(query: Mapping[str, str], *, default: int = 50, cap: int) -> Window:
    """The window of `startAt` and `maxResults`; more than the cap falls back to the cap."""
    start_at = read_int("startAt", query.get("startAt"), 0)
    max_results = read_int("maxResults", query.get("maxResults"), default)
    return Window(start_at, min(max_results, cap))


def build_page_bean(
    url: str, window: Window, total: int, values: Sequence[JsonObject]
) -> JsonObject:
    """The platform's PageBean; `nextPage` is absent on the last page."""
    page: JsonObject = {
        "self": f"{url}?startAt={window.start_at}&maxResults={window.max_results}",
        "maxResults": window.max_results,
        "startAt": window.start_at,
        "total": total,
        "isLast": window.is_last(total),
        "values": list(values),
    }
    if not page["isLast"]:
        following = window.start_at + window.max_results
        page["nextPage"] = f"{url}?startAt={following}&maxResults={window.max_results}"
    return page


def write_token(offset: int, *, query: str, at: datetime) -> str:
    """An opaque token that resumes one query at an offset."""
    payload = {"offset": offset, "query": _digest(query), "at": at.isoformat()}
    return base64.urlsafe_b64encode(json.dumps(payload).encode()).decode()


def read_token(token: str | None, *, query: str, at: datetime) -> int:
    """The offset a token stands for; 0 without a token.

    Raises:
        JiraError: 400 for a token that is foreign, of another query, or older than seven days.
    """
    if token is None:
        return 0
    try:
        payload = parse_json(base64.b64decode(token, altchars=b"-_", validate=True))
        offset = read_int("offset", payload["offset"], 0)
        age = at - datetime.fromisoformat(payload["at"])
        is_same_query = payload["query"] == _digest(query)
    except (JiraError, ValueError, KeyError, TypeError):
        raise JiraError(400, ["The provided next page token is invalid."]) from None
    if not is_same_query or age > _TOKEN_LIFETIME:
        raise JiraError(400, ["The provided next page token is invalid or expired."])
    return offset


def _digest(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()[:16]
