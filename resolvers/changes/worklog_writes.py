"""Work logged, changed and taken away.

Logging it is two steps: everything that can be wrong with it is found before anything is sent.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from jira_api import worklogs
from jira_api.paths import IssueKey, NumericId
from jira_api.records import Origin
from jira_api.worklogs import Work, Worklog
from resolvers.access.viewer import Right
from resolvers.arguments import check_instant
from resolvers.changes.part_writes import (
    ISSUE,
    delete_part,
    of_known_issue,
    of_known_part,
    parse_reference,
    written,
)
from resolvers.context import Context
from resolvers.documents import RichTextSource, write_document
from resolvers.errors import BadUserInputError
from resolvers.linking.connections import LinkedConnection
from resolvers.references import parse_issue

_TYPE = "Worklog"
_SECONDS, _STARTED, _COMMENT = "timeSpentSeconds", "started", "comment"
WORKLOG_ARGUMENTS = {
    "timespent": _SECONDS,
    "timeSpentSeconds": _SECONDS,
    "started": _STARTED,
    "comment": _COMMENT,
}
"""By what Jira calls them."""


@dataclass(frozen=True, slots=True)
class WorkSource:
    """What a caller gives of a worklog; None for what was left out."""

    seconds: int | None = None
    started_at: datetime | None = None
    comment: RichTextSource | None = None


@dataclass(frozen=True, slots=True)
class PreparedWorklog:
    """A worklog that can be sent; without a start, it starts when it is sent."""

    origin: Origin
    issue: NumericId | IssueKey
    work: Work

    def begun(self, now: datetime) -> Work:
        """What is sent of it at an instant."""
        return replace(self.work, started_at=self.work.started_at or now)


async def prepare_worklog(
    context: Context, connection: LinkedConnection, id_or_key: str, source: WorkSource
) -> PreparedWorklog:
    """What a new worklog sends; nothing is changed yet.

    Raises:
        ForbiddenError: the caller may not change the graph.
        BadUserInputError: an argument has another form.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    origin = connection.origin
    issue = parse_issue(origin, id_or_key, argument=ISSUE)
    return PreparedWorklog(origin, issue, await _write(context, origin, source))


async def add_worklog(
    context: Context,
    connection: LinkedConnection,
    id_or_key: str,
    source: WorkSource,
) -> Worklog:
    """Work logged on an issue by the connected person.

    Raises:
        ForbiddenError: the caller may not change the graph.
        BadUserInputError: an argument has another form.
        IssueUnknownError: absent or hidden, or the site does not track time.
        RefusedError: Jira refuses a part of it.
        OutcomeUnknownError: Jira's answer was lost; there may be a worklog.
        JiraApiError: the call failed.
    """
    prepared = await prepare_worklog(context, connection, id_or_key, source)
    session, issue = context.session_of(prepared.origin), prepared.issue
    work = prepared.begun(context.now)
    made = worklogs.create_worklog(session, issue, work)
    change = written(context, prepared.origin, made, arguments=WORKLOG_ARGUMENTS)
    return await of_known_issue(issue, change)


async def update_worklog(
    context: Context,
    connection: LinkedConnection,
    id_or_key: str,
    worklog_id: str,
    source: WorkSource,
) -> Worklog:
    """Change what is given of a worklog; where nothing is given, it is only read.

    Raises:
        ForbiddenError: the caller may not change the graph.
        BadUserInputError: an argument has another form.
        PartUnknownError: the issue or the worklog is absent or hidden.
        RefusedError: Jira refuses a part of it.
        JiraApiError: the call failed.
    """
    part = parse_reference(context, connection, id_or_key, worklog_id, _TYPE)
    work = await _write(context, part.origin, source)
    session = context.session_of(part.origin)
    if work == Work():
        return await of_known_part(part, worklogs.get_worklog(session, part.issue, part.number))
    edited = worklogs.edit_worklog(session, part.issue, part.number, work)
    change = written(context, part.origin, edited, arguments=WORKLOG_ARGUMENTS)
    return await of_known_part(part, change)


async def delete_worklog(
    context: Context, connection: LinkedConnection, id_or_key: str, worklog_id: str
) -> str:
    """Take a worklog away; the global id that it had.

    Raises:
        ForbiddenError: the caller may not change the graph.
        BadUserInputError: an argument has another form.
        IssueUnknownError: absent or hidden.
        PartUnknownError: the worklog is.
        JiraApiError: the call failed.
    """
    part = parse_reference(context, connection, id_or_key, worklog_id, _TYPE)
    return await delete_part(context, part, worklogs.delete_worklog, arguments=WORKLOG_ARGUMENTS)


async def _write(context: Context, origin: Origin, source: WorkSource) -> Work:
    if source.seconds is not None and source.seconds < 1:
        raise BadUserInputError(
            f"`{_SECONDS}` takes a whole number above 0, not {source.seconds}.", argument=_SECONDS
        )
    started_at = source.started_at and check_instant(source.started_at, argument=_STARTED)
    work = Work(source.seconds, started_at)
    if source.comment is None:
        return work
    comment = await write_document(context, origin, source.comment, argument=_COMMENT)
    return replace(work, comment=comment)
