"""Reading what was just written, although Jira's search lags behind.

Every change that goes out through an operation's calls is kept by the issues that it is about
(`ChangeKeeper`), for some minutes and for all processes. The searches of the same connection name
those issues, and Jira then looks at them as they are. Jira takes fifty of them: where more were
written, those that the search itself asks for by id or key come first. Counts cannot be told so:
they lag.
"""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress

from jira_api.paths import IssueKey, NumericId, is_numeric_id
from jira_api.records import Issue, Origin
from resolvers.changes.changed_issues import ChangeKeeper
from resolvers.context import Context
from resolvers.errors import EXPECTED
from resolvers.loaders import IssueKeyAndFields
from storage.errors import StorageError
from storage.recent_writes import MOST_KEPT, forget_write, list_writes, name_write

_MOST_LISTED = 1_000
"""So many writes of the last minutes are searched for those that a search asks for."""


async def note_write(context: Context, origin: Origin, *issues: str) -> None:
    """Keep that issues were written by a call that does not name them; nothing fails by it."""
    services, connection = context.services, context.connection_of(origin)
    keeper = ChangeKeeper(services.database, connection.connection_id, services.clock)
    await keeper.keep(issues)
    context.forget_reads(origin)


async def list_recent_writes(
    context: Context, origin: Origin, asked: Collection[NumericId | IssueKey] = ()
) -> tuple[NumericId, ...]:
    """The ids of issues that were written in the last minutes, the latest first, as Jira takes.

    Where there are more, those of `asked` come before the others. Without the database there are
    none: the search is answered all the same.
    """
    label = origin.label
    listed = await context.calls.once((label, "recent writes"), lambda: _list(context, origin))
    if len(listed) > MOST_KEPT and asked:
        wanted = await _find_names(context, origin, asked)
        listed = sorted(listed, key=lambda each: each not in wanted)
    first = tuple(listed[:MOST_KEPT])
    return await context.calls.once(
        (label, "ids of recent writes", first), lambda: _find_ids(context, origin, first)
    )


async def name_written_issue(context: Context, origin: Origin, key: str, issue_id: str) -> None:
    """Keep by its id an issue that was written by its key; nothing fails by it."""
    connection_id = context.connection_of(origin).connection_id
    with suppress(StorageError):
        async with context.services.database.transaction() as queries:
            await name_write(queries, connection_id, key, issue_id)


async def _list(context: Context, origin: Origin) -> Sequence[str]:
    database, connection = context.services.database, context.connection_of(origin)
    try:
        return await list_writes(
            database, connection.connection_id, now=context.now, most=_MOST_LISTED
        )
    except StorageError:
        return ()


async def _find_names(
    context: Context, origin: Origin, asked: Collection[NumericId | IssueKey]
) -> Collection[str]:
    """The issues by all that they may be kept by: what they are asked by, and their ids."""
    keys = [each for each in asked if not is_numeric_id(each)]
    load = context.issues.load
    found = await asyncio.gather(
        *(load(IssueKeyAndFields(origin.label, each, frozenset())) for each in keys),
        return_exceptions=True,
    )
    return {*asked, *(each.issue_id for each in found if isinstance(each, Issue))}


async def _find_ids(
    context: Context, origin: Origin, references: Sequence[str]
) -> tuple[NumericId, ...]:
    ids = await asyncio.gather(*(_find_id(context, origin, each) for each in references))
    return tuple(dict.fromkeys(each for each in ids if each is not None))


async def _find_id(context: Context, origin: Origin, reference: str) -> NumericId | None:
    """The id of an issue that was kept by its key; None where it is gone or cannot be read."""
    if is_numeric_id(reference):
        return NumericId(reference)
    try:
        key = IssueKeyAndFields(origin.label, IssueKey(reference), frozenset())
        issue = await context.issues.load(key)
    except EXPECTED:
        return None
    if issue is not None:
        await name_written_issue(context, origin, reference, issue.issue_id)
        return NumericId(issue.issue_id)
    with suppress(StorageError):
        database, connection = context.services.database, context.connection_of(origin)
        await forget_write(database, connection.connection_id, reference)
    return None
