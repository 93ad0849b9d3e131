"""Comments and worklogs that siblings of one operation want, asked together.

The first page of several issues' lists is one bulkfetch of the fields that carry them: whatever
came answers from there. A page that did not come in full (Jira cuts the long lists), and that of an
issue that is alone in wanting one, is a call of its own, side by side with the others.
"""

from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from jira_api.client import JiraSession
from jira_api.comments import Comment, fetch_comments, get_comment
from jira_api.embedded_lists import EmbeddedLists, fetch_embedded_lists
from jira_api.errors import (
    ForbiddenError,
    InvalidResponseError,
    MissingScopeError,
    NotFoundError,
    RejectedError,
)
from jira_api.issue_parts import PartId
from jira_api.issues import BULK_SIZE
from jira_api.paths import IssueKey, NumericId
from jira_api.worklogs import Worklog, fetch_worklogs, get_worklog
from resolvers.calls import OperationCalls
from resolvers.errors import EXPECTED
from resolvers.loaders import OperationLoader, Sessions

T = TypeVar("T")
SAYS_NOTHING = (
    ForbiddenError,
    InvalidResponseError,
    MissingScopeError,
    NotFoundError,
    RejectedError,
)
"""What a batch of issues may fail at though the issues' own calls succeed."""


@dataclass(frozen=True, slots=True)
class ListKey:
    """A list of an issue of a connection (by its label), by the field that carries it."""

    label: str
    issue_id: NumericId
    field: str


@dataclass(frozen=True, slots=True)
class PartKey:
    """A comment or a worklog of a connection (by its label)."""

    label: str
    part: PartId


class IssueParts:
    """The batches of one operation; a list that is None has to be asked for by itself."""

    def __init__(self, sessions: Sessions, calls: OperationCalls) -> None:
        self.lists: OperationLoader[ListKey, EmbeddedLists | None] = _list_loader(sessions, calls)
        self.comments: OperationLoader[PartKey, Comment | None] = _part_loader(
            sessions, calls, get_comment, fetch_comments
        )
        self.worklogs: OperationLoader[PartKey, Worklog | None] = _part_loader(
            sessions, calls, get_worklog, fetch_worklogs
        )

    def clear(self) -> None:
        """Read anew from now on."""
        self.lists.clear_all()
        self.comments.clear_all()
        self.worklogs.clear_all()


def _list_loader(
    sessions: Sessions, calls: OperationCalls
) -> OperationLoader[ListKey, EmbeddedLists | None]:
    async def load(keys: list[ListKey]) -> list[EmbeddedLists | Exception | None]:
        found: dict[ListKey, EmbeddedLists | Exception | None] = {}
        for label in {key.label for key in keys}:
            wanted = [key for key in keys if key.label == label]
            found.update(await _load_lists(sessions(label), wanted))
        return [found[key] for key in keys]

    return OperationLoader(load, calls, max_batch_size=BULK_SIZE)


async def _load_lists(
    session: JiraSession, keys: Sequence[ListKey]
) -> Mapping[ListKey, EmbeddedLists | Exception | None]:
    issue_ids = list(dict.fromkeys(key.issue_id for key in keys))
    if len(issue_ids) == 1:
        return dict.fromkeys(keys)
    try:
        found = await fetch_embedded_lists(session, issue_ids, {key.field for key in keys})
    except SAYS_NOTHING:
        return dict.fromkeys(keys)
    except EXPECTED as error:
        return dict.fromkeys(keys, error)
    return {key: found.get(key.issue_id) for key in keys}


def _part_loader(
    sessions: Sessions,
    calls: OperationCalls,
    get: Callable[[JiraSession, NumericId | IssueKey, NumericId], Coroutine[Any, Any, T]],
    fetch: Callable[
        [JiraSession, Collection[PartId]],
        Coroutine[Any, Any, Mapping[PartId, T | InvalidResponseError]],
    ],
) -> OperationLoader[PartKey, T | None]:
    async def load_some(
        session: JiraSession, parts: Sequence[PartId]
    ) -> Mapping[PartId, T | Exception | None]:
        try:
            if len(parts) == 1:
                return {parts[0]: await get(session, parts[0].issue_id, parts[0].number)}
            return await fetch(session, parts)
        except NotFoundError:
            return {}
        except EXPECTED as error:
            return dict.fromkeys(parts, error)

    async def load(keys: list[PartKey]) -> list[T | Exception | None]:
        found: dict[PartKey, T | Exception | None] = {}
        for label in {key.label for key in keys}:
            parts = [key.part for key in keys if key.label == label]
            loaded = await load_some(sessions(label), parts)
            found.update((PartKey(label, part), loaded.get(part)) for part in parts)
        return [found[key] for key in keys]

    return OperationLoader(load, calls, max_batch_size=BULK_SIZE)
