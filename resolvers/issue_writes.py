"""Issues made, changed and taken away, and read again at once."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from jira_api import issue_writes
from jira_api.errors import JiraApiError, NotFoundError, RejectedError
from jira_api.paths import IssueKey, NumericId, ProjectKey, is_project_key
from jira_api.records import Issue, Origin
from oauth.errors import OAuthError
from resolvers.connections import LinkedConnection, ProjectReference
from resolvers.context import Context
from resolvers.errors import BadUserInputError, ErrorCode, Failure, ProblemError, describe
from resolvers.global_ids import GlobalId
from resolvers.issue_values import IssueValues, write_fields
from resolvers.issues import Projection, load_issue
from resolvers.references import parse_issue, parse_project_id
from resolvers.refusals import explain_refusal
from resolvers.viewer import Right

_WITHIN_NEW = "issue."
_SELF = "issue"
T = TypeVar("T")


class NoProjectSelectedError(ProblemError):
    """An issue was to be made, and nothing says where."""

    code = ErrorCode.NO_PROJECT_SELECTED


class IssueUnknownError(ProblemError):
    """No issue of that id or key."""

    code = ErrorCode.NOT_FOUND


class SubtasksInTheWayError(ProblemError):
    """The issue has sub-tasks, which would go with it."""

    code = ErrorCode.JIRA_VALIDATION


class ReadBackError(ProblemError):
    """The issue was made or changed, but could not be read; `written` says which it is."""

    def __init__(self, written: "WrittenIssue", cause: Exception | None) -> None:
        failure = describe(cause) if cause else _HIDDEN
        done = f"{written.key} was created" if written.is_new else "The issue was changed"
        super().__init__(f"{done}, but reading it failed: {failure.message}")
        self.code = failure.code
        self.cause = failure
        self.written = written

    def as_failure(self) -> Failure:
        """The error in a caller's terms, with the id and key of an issue that is new."""
        issue = self.written
        if not issue.is_new:
            return replace(self.cause, message=self.message)
        named = str(GlobalId("Issue", issue.origin.label, issue.reference))
        details = {"createdIssueId": named, "createdIssueKey": issue.key or ""}
        return replace(self.cause, message=self.message, details=details)


_HIDDEN = Failure(ErrorCode.NOT_FOUND, "Jira hides it from the connected person.")


@dataclass(frozen=True, slots=True)
class WrittenIssue:
    """An issue that was just made (`is_new`), changed, or left as it is (not `is_changed`)."""

    origin: Origin
    reference: NumericId | IssueKey
    key: str | None = None
    is_new: bool = False
    is_changed: bool = True


async def create_issue(
    context: Context,
    connection: LinkedConnection,
    project: ProjectReference | None,
    values: IssueValues,
) -> WrittenIssue:
    """A new issue in the named project, or else in the selected one.

    Raises:
        BadUserInputError: a value has another form.
        NoProjectSelectedError: no project is named, and none selected.
        RefusedError: Jira refuses a field.
        OutcomeUnknownError: Jira's answer was lost; there may be an issue.
        JiraApiError: the call failed.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    origin = connection.origin
    place = _write_project(connection, project)
    fields = await write_fields(context, origin, values, within=_WITHIN_NEW)
    made = issue_writes.create_issue(
        context.session_of(origin), {"project": place, **fields.values}
    )
    arguments = {**fields.arguments, "project": f"{_WITHIN_NEW}project"}
    notes = {} if project else {"project": "It is the one that the connection has selected."}
    created = await _written(context, origin, made, arguments, notes)
    return WrittenIssue(origin, created.issue_id, created.key, is_new=True)


async def update_issue(
    context: Context,
    connection: LinkedConnection,
    id_or_key: str,
    values: IssueValues,
    *,
    notify_users: bool,
) -> WrittenIssue:
    """Change what is given of an issue; where nothing is given, it is only looked for.

    Raises:
        BadUserInputError: a value has another form.
        IssueUnknownError: absent or hidden.
        RefusedError: Jira refuses a field, or somebody else changed the issue meanwhile.
        JiraApiError: the call failed.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    origin = connection.origin
    reference = parse_issue(origin, id_or_key, argument=_SELF)
    fields = await write_fields(context, origin, values, within="")
    if not fields.values:
        if await load_issue(context, origin, reference, Projection()) is None:
            raise _unknown(reference)
        return WrittenIssue(origin, reference, is_changed=False)
    session = context.session_of(origin)
    edited = issue_writes.edit_issue(session, reference, fields.values, notify_users=notify_users)
    await _of_known_issue(reference, _written(context, origin, edited, fields.arguments))
    return WrittenIssue(origin, reference)


async def delete_issue(
    context: Context, connection: LinkedConnection, id_or_key: str, *, with_subtasks: bool
) -> str:
    """Take an issue away; the global id that it had.

    Raises:
        BadUserInputError: the id or key has another form.
        IssueUnknownError: absent or hidden.
        SubtasksInTheWayError: it has sub-tasks, and they were not to be taken along.
        JiraApiError: the call failed.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    origin = connection.origin
    reference = parse_issue(origin, id_or_key, argument=_SELF)
    session = context.session_of(origin)
    family = await _of_known_issue(reference, issue_writes.get_family(session, reference))
    if family.subtask_keys and not with_subtasks:
        raise SubtasksInTheWayError(
            f"{reference} has sub-tasks that would go with it ({', '.join(family.subtask_keys)}): "
            "say `deleteSubtasks: true` to take them along.",
            argument="deleteSubtasks",
        )
    deleted = issue_writes.delete_issue(session, family.issue_id, with_subtasks=with_subtasks)
    await _of_known_issue(reference, _written(context, origin, deleted))
    return str(GlobalId("Issue", origin.label, family.issue_id))


async def load_written(
    context: Context, written: WrittenIssue, projection: Projection
) -> Issue | None:
    """The issue as Jira keeps it now: by its id or key, never from the search, which lags behind.

    Of a new one, id and key are known without a call.

    Raises:
        ReadBackError: what was made or changed could not be read, or is hidden.
        JiraApiError: the call failed, and nothing was changed.
    """
    if written.key is not None and projection == Projection():
        return Issue(written.origin, written.reference, written.key)
    try:
        found = await load_issue(context, written.origin, written.reference, projection)
    except (JiraApiError, OAuthError) as error:
        if not written.is_changed:
            raise
        raise ReadBackError(written, error) from None
    if found is None and written.is_changed:
        raise ReadBackError(written, None)
    return found


def _write_project(
    connection: LinkedConnection, project: ProjectReference | None
) -> Mapping[str, str]:
    if project is None:
        if connection.selected_project_id is None:
            raise NoProjectSelectedError(
                "Name a `project`, or select one for the connection with `selectProject`.",
                argument="issue.project",
            )
        return {"id": connection.selected_project_id}
    if project.project_id is not None:
        place = "issue.project.id"
        return {"id": parse_project_id(connection.origin, project.project_id, argument=place)}
    if not is_project_key(project.key or ""):
        raise BadUserInputError(
            "`issue.project.key` is not a project's key such as PROJ.", argument="issue.project.key"
        )
    return {"key": ProjectKey(project.key or "")}


async def _written(
    context: Context,
    origin: Origin,
    call: Awaitable[T],
    arguments: Mapping[str, str] = MappingProxyType({}),
    notes: Mapping[str, str] = MappingProxyType({}),
) -> T:
    """What a change answers; whatever became of it, what was read before is old now."""
    try:
        return await call
    except RejectedError as error:
        raise await explain_refusal(
            context, origin, error, arguments=arguments, notes=notes
        ) from None
    finally:
        context.forget_reads(origin)


async def _of_known_issue(reference: str, call: Awaitable[T]) -> T:
    try:
        return await call
    except NotFoundError:
        raise _unknown(reference) from None


def _unknown(reference: str) -> IssueUnknownError:
    return IssueUnknownError(
        f"Jira knows no issue {reference}, or hides it from the connected person.", argument=_SELF
    )
