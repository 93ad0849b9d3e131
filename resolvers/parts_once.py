"""Comments and worklogs written once under a key, whatever becomes of Jira's answer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from jira_api import comments, worklogs
from jira_api.client import JiraSession
from jira_api.comments import Comment
from jira_api.errors import NotFoundError
from jira_api.issue_parts import PartId
from jira_api.json_values import JsonValue
from jira_api.paths import IssueKey, NumericId
from jira_api.worklogs import Worklog
from resolvers.comment_writes import COMMENT_ARGUMENTS, add_comment, prepare_comment
from resolvers.connections import LinkedConnection
from resolvers.context import Context
from resolvers.documents import RichTextSource
from resolvers.errors import ErrorCode, ProblemError
from resolvers.idempotency import Write, write_once
from resolvers.made_writes import mark
from resolvers.part_writes import ISSUE, of_known_issue, written
from resolvers.references import parse_issue
from resolvers.viewer import Right
from resolvers.worklog_writes import WORKLOG_ARGUMENTS, WorkSource, add_worklog, prepare_worklog
from resolvers.write_attempts import Prepared
from resolvers.write_flights import Results
from storage.idempotency import Made, WriteKind

P = TypeVar("P", Comment, Worklog)
Send = Callable[[JiraSession, JsonValue], Awaitable[P]]
"""Writes a part, with a marker."""


class PartGoneError(ProblemError):
    """What was written under a key is not there any more, or hidden by now."""

    code = ErrorCode.NOT_FOUND


@dataclass(frozen=True, slots=True)
class _Part(Generic[P]):
    """A part to write on an issue once; `given` is all that the caller says of it."""

    kind: WriteKind
    noun: str
    key: str
    issue: NumericId | IssueKey
    given: object
    prepare: Callable[[], Awaitable[Send[P]]]
    read: Callable[[JiraSession, NumericId, NumericId], Awaitable[P]]


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
    context.viewer.require(Right.WRITE_GRAPH)
    issue = parse_issue(connection.origin, id_or_key, argument=ISSUE)

    async def prepare() -> Send[Comment]:
        document = (await prepare_comment(context, connection, id_or_key, body)).body
        return lambda session, marker: comments.create_comment(
            session, issue, document, marker=marker
        )

    part = _Part(
        WriteKind.COMMENT, "comment", key, issue, [issue, body], prepare, comments.get_comment
    )
    call = _write(context, connection, part)
    change = written(context, connection.origin, call, arguments=COMMENT_ARGUMENTS)
    return await of_known_issue(issue, change)


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
    context.viewer.require(Right.WRITE_GRAPH)
    issue = parse_issue(connection.origin, id_or_key, argument=ISSUE)

    async def prepare() -> Send[Worklog]:
        prepared = await prepare_worklog(context, connection, id_or_key, source)
        work = prepared.begun(context.now)
        return lambda session, marker: worklogs.create_worklog(session, issue, work, marker=marker)

    part = _Part(
        WriteKind.WORKLOG, "worklog", key, issue, [issue, source], prepare, worklogs.get_worklog
    )
    call = _write(context, connection, part)
    change = written(context, connection.origin, call, arguments=WORKLOG_ARGUMENTS)
    return await of_known_issue(issue, change)


async def _write(context: Context, connection: LinkedConnection, part: _Part[P]) -> P:
    """The part as Jira answered, or as it is now where another call wrote it."""
    answered: list[P] = []

    async def prepare() -> Prepared:
        send = await part.prepare()

        async def make(session: JiraSession, marker: str, _numbers: Sequence[int]) -> Results:
            answered.append(await send(session, mark(marker).as_json()))
            return {0: Made(answered[0].node_id)}

        return Prepared(make)

    once = Write(part.key, part.kind, given=part.given, place=part.issue, prepare=prepare)
    result = (await write_once(context, connection, once))[0]
    if isinstance(result, Exception):
        raise result
    return answered[0] if answered else await _read_again(context, connection, part, result)


async def _read_again(
    context: Context, connection: LinkedConnection, part: _Part[P], made: Made
) -> P:
    named = _parse(made)
    try:
        session = context.session_of(connection.origin)
        return await part.read(session, named.issue_id, named.number)
    except NotFoundError:
        raise PartGoneError(
            f"The {part.noun} was written as {named.number}, but Jira does not show it any more."
        ) from None


_APART: Final = "."


def _parse(made: Made) -> PartId:
    issue_id, _, number = made.jira_id.partition(_APART)
    return PartId(NumericId(issue_id), NumericId(number))
