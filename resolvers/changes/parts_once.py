"""Comments and worklogs written once under a key, whatever becomes of Jira's answer."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from jira_api import comments, worklogs
from jira_api.client import JiraSession
from jira_api.comments import Comment
from jira_api.errors import NotFoundError
from jira_api.json_values import JsonValue
from jira_api.paths import IssueKey, NumericId
from jira_api.worklogs import Worklog
from resolvers.access.viewer import Right
from resolvers.changes.comment_writes import COMMENT_ARGUMENTS, add_comment, prepare_comment
from resolvers.changes.part_writes import ISSUE, of_known_issue, written
from resolvers.changes.worklog_writes import (
    WORKLOG_ARGUMENTS,
    WorkSource,
    add_worklog,
    prepare_worklog,
)
from resolvers.context import Context
from resolvers.documents import RichTextSource
from resolvers.errors import ErrorCode, ProblemError
from resolvers.linking.connections import LinkedConnection
from resolvers.once.attempts import Prepared
from resolvers.once.flights import Results
from resolvers.once.keys import Write, write_once
from resolvers.once.made import mark
from resolvers.part_references import find_part_id
from resolvers.references import parse_issue
from storage.idempotency import Made, WriteKind

P = TypeVar("P", Comment, Worklog)
Send = Callable[[JiraSession, JsonValue], Awaitable[P]]
"""Writes a part, with a marker."""


class PartGoneError(ProblemError):
    """What was written under a key is not there any more, or hidden by now."""

    code = ErrorCode.NOT_FOUND


@dataclass(frozen=True, slots=True)
class _Part(Generic[P]):
    """A part to write on an issue once; `given` is all that the caller says of it.

    `arguments` are the inputs behind what Jira names in a refusal.
    """

    kind: WriteKind
    noun: str
    key: str
    id_or_key: str
    given: object
    prepare: Callable[[], Awaitable[Send[P]]]
    read: Callable[[JiraSession, NumericId, NumericId], Awaitable[P]]
    arguments: Mapping[str, str]


async def add_comment_once(
    context: Context,
    connection: LinkedConnection,
    id_or_key: str,
    body: RichTextSource,
    *,
    key: str | None,
) -> Comment:
    """A new comment; with a key, the one that the first call with the key wrote.

    Raises:
        KeyReusedError: the key was used with another input.
        OutcomePendingError: with a key: it is not known yet whether there is a comment.
        PartGoneError: it was written, and is not there any more.
        Exception: what `add_comment` raises.
    """
    if key is None:
        return await add_comment(context, connection, id_or_key, body)

    async def prepare() -> Send[Comment]:
        prepared = await prepare_comment(context, connection, id_or_key, body)
        return lambda session, marker: comments.create_comment(
            session, prepared.issue, prepared.body, marker=marker
        )

    part = _Part(
        WriteKind.COMMENT, "comment", key, id_or_key, body, prepare, comments.get_comment,
        COMMENT_ARGUMENTS,
    )  # fmt: skip
    return await _add(context, connection, part)


async def add_worklog_once(
    context: Context,
    connection: LinkedConnection,
    id_or_key: str,
    source: WorkSource,
    *,
    key: str | None,
) -> Worklog:
    """Work logged; with a key, the worklog that the first call with the key wrote.

    Raises:
        KeyReusedError: the key was used with another input.
        OutcomePendingError: with a key: it is not known yet whether there is a worklog.
        PartGoneError: it was written, and is not there any more.
        Exception: what `add_worklog` raises.
    """
    if key is None:
        return await add_worklog(context, connection, id_or_key, source)

    async def prepare() -> Send[Worklog]:
        prepared = await prepare_worklog(context, connection, id_or_key, source)
        work = prepared.begun(context.now)
        return lambda session, marker: worklogs.create_worklog(
            session, prepared.issue, work, marker=marker
        )

    part = _Part(
        WriteKind.WORKLOG, "worklog", key, id_or_key, source, prepare, worklogs.get_worklog,
        WORKLOG_ARGUMENTS,
    )  # fmt: skip
    return await _add(context, connection, part)


async def _add(context: Context, connection: LinkedConnection, part: _Part[P]) -> P:
    context.viewer.require(Right.WRITE_GRAPH)
    issue = parse_issue(connection.origin, part.id_or_key, argument=ISSUE)
    call = _write(context, connection, part, issue)
    change = written(context, connection.origin, call, arguments=part.arguments)
    return await of_known_issue(issue, change)


async def _write(
    context: Context, connection: LinkedConnection, part: _Part[P], issue: NumericId | IssueKey
) -> P:
    """The part as Jira answered, or as it is now where another call wrote it."""
    answered: list[P] = []

    async def prepare() -> Prepared:
        send = await part.prepare()

        async def make(session: JiraSession, marker: str, _numbers: Sequence[int]) -> Results:
            answered.append(await send(session, mark(marker).as_json()))
            return {0: Made(answered[0].node_id)}

        return Prepared(make)

    given = [issue, part.given]
    once = Write(part.key, part.kind, given=given, place=issue, prepare=prepare)
    result = (await write_once(context, connection, once))[0]
    if isinstance(result, Exception):
        raise result
    return answered[0] if answered else await _read_again(context, connection, part, result)


async def _read_again(
    context: Context, connection: LinkedConnection, part: _Part[P], made: Made
) -> P:
    named = find_part_id(made.jira_id)
    assert named is not None, "a row keeps the ids that Jira gave"
    try:
        session = context.session_of(connection.origin)
        return await part.read(session, named.issue_id, named.number)
    except NotFoundError:
        raise PartGoneError(
            f"The {part.noun} was written as {named.number}, but Jira does not show it any more."
        ) from None
