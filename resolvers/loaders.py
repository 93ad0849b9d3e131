"""Batches: what siblings of one operation want, asked together."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aiodataloader import DataLoader

from jira_api.client import JiraSession
from jira_api.errors import JiraApiError, NotFoundError
from jira_api.issues import BULK_SIZE, fetch_issues, get_issue
from jira_api.paths import AccountId, IssueKey, NumericId, is_issue_key
from jira_api.records import Issue, User
from jira_api.site_metadata import USER_BULK_SIZE, fetch_users
from resolvers.calls import OperationCalls
from resolvers.errors import EXPECTED
from storage.connection_reads import ConnectionReads
from storage.records import Connection, ConnectionId, LinkedId

LONGEST_QUERY_STRING = 4_000  # beyond it a POST is used: proxies on the way refuse long addresses
Sessions = Callable[[str], JiraSession]
"""The calls of a connection, by its label."""
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class ConnectionKey:
    """A connection by its own id, or by provider and external id."""

    connection_id: ConnectionId | None = None
    provider: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class IssueKeyAndFields:
    """An issue of a connection (by its label) with the Jira fields that are wanted.

    `has_names` asks for the fields' names too.
    """

    label: str
    id_or_key: NumericId | IssueKey
    fields: frozenset[str]
    has_names: bool = False


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A person of a connection (by its label)."""

    label: str
    account_id: AccountId


class OperationLoader(DataLoader[K, V]):
    """Batches of one operation, which end with it; who goes away alone ends none for the others."""

    def __init__(
        self,
        load: Callable[[list[K]], Coroutine[Any, Any, list[Any]]],
        calls: OperationCalls,
        *,
        max_batch_size: int | None = None,
    ) -> None:
        """Load by `load`, whose list holds an error in the place of each value that failed."""

        async def answer(keys: list[K]) -> list[Any]:
            return await calls.answer_batch(load(keys))

        super().__init__(answer, max_batch_size=max_batch_size)

    def load(self, key: K) -> "asyncio.Future[V]":
        """The value of a key."""
        value = super().load(key)
        value.add_done_callback(_read_error)
        return asyncio.shield(value)


def _read_error(value: "asyncio.Future[Any]") -> None:
    """Look at an error here, since every caller may have gone away."""
    if not value.cancelled():
        value.exception()


def connection_loader(
    reads: ConnectionReads, calls: OperationCalls, only: LinkedId | None
) -> OperationLoader[ConnectionKey, Connection | None]:
    """Connections by id and by external id; where `only` is given, no other one is read."""

    async def load(keys: list[ConnectionKey]) -> list[Connection | None]:
        ids = [key.connection_id for key in keys if key.connection_id]
        named = [LinkedId(key.external_id, key.provider) for key in keys if not key.connection_id]
        by_id = iter(await reads.list_by_id(ids, only=only) if ids else [])
        by_name = iter(await reads.list_by_linked_id(named, only=only) if named else [])
        return [next(by_id if key.connection_id else by_name) for key in keys]

    return OperationLoader(load, calls)


def issue_loader(
    sessions: Sessions, calls: OperationCalls
) -> OperationLoader[IssueKeyAndFields, Issue | None]:
    """Issues by id or key: one by a GET, several by bulkfetch with the union of their fields."""

    async def load(keys: list[IssueKeyAndFields]) -> list[Issue | Exception | None]:
        found: dict[IssueKeyAndFields, Issue | Exception | None] = {}
        for label in {key.label for key in keys}:
            wanted = [key for key in keys if key.label == label]
            found.update(await _load_issues(sessions(label), wanted))
        return [found[key] for key in keys]

    return OperationLoader(load, calls, max_batch_size=BULK_SIZE)


def user_loader(
    sessions: Sessions, calls: OperationCalls
) -> OperationLoader[PersonKey, User | None]:
    """People by account id, through user/bulk."""

    async def load(keys: list[PersonKey]) -> list[User | Exception | None]:
        found: dict[PersonKey, User | Exception | None] = {}
        for label in {key.label for key in keys}:
            wanted = [key for key in keys if key.label == label]
            found.update(await _load_users(sessions(label), wanted))
        return [found[key] for key in keys]

    return OperationLoader(load, calls, max_batch_size=USER_BULK_SIZE)


_Found = dict[NumericId | IssueKey, Issue | JiraApiError | None]
"""Issues by what they were asked for by; an error in the place of what failed."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked of each issue of a batch: whatever one of its keys wants."""

    fields: frozenset[str]
    has_names: bool

    @classmethod
    def of(cls, keys: Sequence[IssueKeyAndFields]) -> "_Wanted":
        fields = frozenset[str]().union(*(key.fields for key in keys))
        return cls(fields, any(key.has_names for key in keys))


async def _load_issues(
    session: JiraSession, keys: Sequence[IssueKeyAndFields]
) -> dict[IssueKeyAndFields, Issue | Exception | None]:
    wanted = _Wanted.of(keys)
    references = list(dict.fromkeys(key.id_or_key for key in keys))
    try:
        if len(references) == 1 and len(",".join(wanted.fields)) <= LONGEST_QUERY_STRING:
            return dict.fromkeys(keys, await _find_issue(session, references[0], wanted))
        known = await _find_issues(session, references, wanted)
    except EXPECTED as error:
        return dict.fromkeys(keys, error)
    return {key: known.get(key.id_or_key) for key in keys}


async def _find_issue(
    session: JiraSession, reference: NumericId | IssueKey, wanted: _Wanted
) -> Issue | None:
    try:
        return await get_issue(session, reference, wanted.fields, with_names=wanted.has_names)
    except NotFoundError:
        return None


async def _find_issues(
    session: JiraSession, references: Sequence[NumericId | IssueKey], wanted: _Wanted
) -> _Found:
    """By id and key; a moved issue answers under its new key alone, so it is asked for again.

    Where it was asked for by its new key or its id as well, nothing tells that it moved: then keys
    that are missing, of other projects than what was found, are looked for by themselves.
    """
    fetched = await fetch_issues(session, references, wanted.fields, with_names=wanted.has_names)
    known: dict[str, Issue] = {issue.issue_id: issue for issue in fetched}
    known.update({issue.key: issue for issue in fetched})
    asked = set[str](references)
    has_moved = any(issue.issue_id not in asked and issue.key not in asked for issue in fetched)
    found: _Found = {reference: known.get(reference) for reference in references}
    projects = {_project_of(issue.key) for issue in fetched}
    missing = [
        IssueKey(each)
        for each in references
        if found[each] is None
        and is_issue_key(each)
        and (has_moved or projects - {_project_of(each)})
    ]
    if missing:
        found.update(await _find_moved(session, missing, wanted, has_moved=has_moved))
    return found


def _project_of(key: str) -> str:
    """The key of the project that an issue's key is of; an issue that moves gets another."""
    return key.rpartition("-")[0]


async def _find_moved(
    session: JiraSession, missing: Sequence[IssueKey], wanted: _Wanted, *, has_moved: bool
) -> _Found:
    """Issues by the keys that they bore before they moved; `has_moved` where one surely did."""
    try:
        if not has_moved and not await fetch_issues(session, missing, ()):
            return {}
    except JiraApiError as error:
        return dict.fromkeys(missing, error)
    finds = (_find_issue_or_error(session, reference, wanted) for reference in missing)
    return dict(zip(missing, await asyncio.gather(*finds), strict=True))


async def _find_issue_or_error(
    session: JiraSession, reference: NumericId | IssueKey, wanted: _Wanted
) -> Issue | JiraApiError | None:
    try:
        return await _find_issue(session, reference, wanted)
    except JiraApiError as error:
        return error


async def _load_users(
    session: JiraSession, keys: Sequence[PersonKey]
) -> dict[PersonKey, User | Exception | None]:
    try:
        users = await fetch_users(session, [key.account_id for key in keys])
    except EXPECTED as error:
        return dict.fromkeys(keys, error)
    known = {user.account_id: user for user in users}
    return {key: known.get(key.account_id) for key in keys}
