"""What became of issues, asked together for all issues whose first page is wanted at once.

Jira gives the histories of many issues in one list, oldest first over all of them, page by page.
Only at the list's end is it known that an issue has no more of them. So the list is read to its
end, if that takes no more than a few pages; and if it takes more, what was read of it is put away
and every issue is asked by itself. An issue that is nowhere in a whole list has no histories.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from jira_api.changelogs import (
    BULK_SIZE,
    Change,
    Changes,
    fetch_changes,
    join_changes,
    list_changes,
    read_changes,
)
from jira_api.client import JiraSession
from jira_api.errors import InvalidResponseError, NotFoundError
from jira_api.issue_parts import PartId
from jira_api.pages import OffsetPage
from jira_api.paths import NumericId
from resolvers.calls import OperationCalls
from resolvers.errors import EXPECTED
from resolvers.issue_parts import SAYS_NOTHING
from resolvers.loaders import OperationLoader, Sessions

_MOST_PAGES = 5
ChangePage: TypeAlias = OffsetPage[Change] | Exception


@dataclass(frozen=True, slots=True)
class FirstChanges:
    """The first histories of an issue of a connection (by its label), and how many."""

    label: str
    issue_id: NumericId
    size: int


@dataclass(frozen=True, slots=True)
class ChangeKey:
    """One history of an issue of a connection (by its label)."""

    label: str
    part: PartId


class Changelogs:
    """The batches of one operation: `first` pages of histories, and single ones `by_id`."""

    def __init__(self, sessions: Sessions, calls: OperationCalls) -> None:
        self.first = _first_loader(sessions, calls)
        self.by_id = _change_loader(sessions, calls)

    def clear(self) -> None:
        """Read anew from now on."""
        self.first.clear_all()
        self.by_id.clear_all()


def _first_loader(
    sessions: Sessions, calls: OperationCalls
) -> OperationLoader[FirstChanges, OffsetPage[Change]]:
    async def load(keys: list[FirstChanges]) -> list[ChangePage]:
        found: dict[FirstChanges, ChangePage] = {}
        for label in {key.label for key in keys}:
            wanted = [key for key in keys if key.label == label]
            found.update(await _load_first(sessions(label), wanted))
        return [found[key] for key in keys]

    return OperationLoader(load, calls, max_batch_size=BULK_SIZE)


def _change_loader(
    sessions: Sessions, calls: OperationCalls
) -> OperationLoader[ChangeKey, Change | None]:
    async def load(keys: list[ChangeKey]) -> list[Change | Exception | None]:
        issues = list(dict.fromkeys((key.label, key.part.issue_id) for key in keys))
        loads = (_load_some(sessions, keys, *issue) for issue in issues)
        found: dict[ChangeKey, Change | Exception | None] = {}
        for part in await asyncio.gather(*loads):
            found.update(part)
        return [found[key] for key in keys]

    return OperationLoader(load, calls)


async def _load_first(
    session: JiraSession, keys: Sequence[FirstChanges]
) -> Mapping[FirstChanges, ChangePage]:
    sizes: dict[NumericId, int] = {}
    for key in keys:
        sizes[key.issue_id] = max(key.size, sizes.get(key.issue_id, 0))
    pages = await _load_together(session, list(sizes)) if len(sizes) > 1 else None
    if pages is None:
        reads = (_read_first(session, issue_id, size) for issue_id, size in sizes.items())
        pages = dict(zip(sizes, await asyncio.gather(*reads), strict=True))
    return {key: _cut(pages[key.issue_id], key.size) for key in keys}


async def _load_together(
    session: JiraSession, issue_ids: Sequence[NumericId]
) -> dict[NumericId, ChangePage] | None:
    """The histories of several issues; None where each has to be asked by itself."""
    try:
        read = await _read_to_the_end(session, issue_ids)
    except SAYS_NOTHING:
        # One issue alone may be at fault, such as one that was just taken away, or the connection
        # may lack what the bulk asks for beyond the issues' own lists.
        return None
    except EXPECTED as error:
        return dict.fromkeys(issue_ids, error)
    if read is None:
        return None
    return {issue_id: _whole(join_changes(read, issue_id)) for issue_id in issue_ids}


async def _read_to_the_end(
    session: JiraSession, issue_ids: Sequence[NumericId]
) -> Sequence[Mapping[str, Changes]] | None:
    read: list[Mapping[str, Changes]] = []
    token: str | None = None
    for _ in range(_MOST_PAGES):
        page = await fetch_changes(session, issue_ids, token=token)
        read.append(page.by_issue)
        token = page.next_token
        if token is None:
            return read
    return None


async def _read_first(session: JiraSession, issue_id: NumericId, size: int) -> ChangePage:
    try:
        return await read_changes(session, issue_id, start=0, size=size)
    except EXPECTED as error:
        return error


async def _load_some(
    sessions: Sessions, keys: Sequence[ChangeKey], label: str, issue_id: NumericId
) -> dict[ChangeKey, Change | Exception | None]:
    wanted = [key for key in keys if (key.label, key.part.issue_id) == (label, issue_id)]
    try:
        numbers = [key.part.number for key in wanted]
        listed = await list_changes(sessions(label), issue_id, numbers)
    except NotFoundError:
        return dict.fromkeys(wanted)
    except EXPECTED as error:
        return dict.fromkeys(wanted, error)
    known = {change.change_id: change for change in listed}
    return {key: known.get(key.part.number) for key in wanted}


def _whole(changes: Changes) -> ChangePage:
    if isinstance(changes, InvalidResponseError):
        return changes
    return OffsetPage(changes, is_last=True, total=len(changes))


def _cut(page: ChangePage, size: int) -> ChangePage:
    if isinstance(page, Exception):
        return page
    is_last = page.is_last and len(page.items) <= size
    return OffsetPage(page.items[:size], is_last, page.total)
