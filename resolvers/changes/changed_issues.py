"""Which issues a change is about, told from the call that made it.

Source: Jira Cloud platform REST v3 (Issues and what lies below one, Issue links) and Jira Software
Cloud REST (Sprint, Backlog, Issue), read 2026-11. What takes away a link or an attachment names no
issue: whoever does that tells it with `note_write`.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jira_api.calls import Change
from jira_api.paths import is_issue_key, is_numeric_id
from storage.database import Database
from storage.errors import StorageError
from storage.recent_writes import note_writes
from storage.records import ConnectionId

_ISSUE = re.compile(r"/rest/api/3/issue/(?P<reference>[^/]+)(?:/.*)?")
_CREATE = "/rest/api/3/issue"
_BULK = "/rest/api/3/issue/bulk"
_LINK = "/rest/api/3/issueLink"
_MOVE = re.compile(r"/rest/agile/1\.0/(?:sprint/[^/]+/issue|backlog(?:/[^/]+)?/issue|issue/rank)")


@dataclass(frozen=True, slots=True)
class ChangeKeeper:
    """Keeps which issues a connection changes, for its searches; no call fails by it."""

    database: Database
    connection_id: ConnectionId
    clock: Callable[[], datetime]

    async def __call__(self, change: Change) -> None:
        """Keep what a call changed, or may have changed."""
        await self.keep(name_changed_issues(change))

    async def keep(self, issues: Sequence[str]) -> None:
        """Keep that issues were changed, by their ids or keys."""
        with suppress(StorageError):
            await note_writes(self.database, self.connection_id, issues, now=self.clock())


def name_changed_issues(change: Change) -> list[str]:
    """Ids and keys of the issues that a change is about, each once; [] where none is known."""
    return list(dict.fromkeys(each for each in _candidates(change) if _is_reference(each)))


def _candidates(change: Change) -> Iterator[Any]:
    path = change.path
    below = _ISSUE.fullmatch(path)
    if path == _CREATE:
        yield _read(change.answered).get("id")
    elif path == _BULK:
        yield from (_member(each, "id") for each in _members(_read(change.answered), "issues"))
    elif path == _LINK:
        sent = _read(change.sent)
        for end in ("inwardIssue", "outwardIssue"):
            yield _member(sent.get(end), "id")
            yield _member(sent.get(end), "key")
    elif _MOVE.fullmatch(path):
        yield from _members(_read(change.sent), "issues")
    elif below is not None:
        yield below["reference"]


def _is_reference(text: Any) -> bool:
    return isinstance(text, str) and (is_numeric_id(text) or is_issue_key(text))


def _read(body: bytes) -> dict[str, Any]:
    """A body's object; an empty one where it is none, or was lost."""
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _members(read: dict[str, Any], name: str) -> list[Any]:
    listed = read.get(name)
    return listed if isinstance(listed, list) else []


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
