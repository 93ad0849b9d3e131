"""Issues made, changed and taken away, and read again at once."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeVar

from jira_api import issue_writes
from jira_api.calls import Call, let_it_go
from jira_api.client import JiraSession
from jira_api.errors import JiraApiError, NotFoundError, OutcomeUnknownError, RejectedError
from jira_api.issues import get_issue
from jira_api.paths import IssueKey, NumericId
from jira_api.records import Issue, Origin
from oauth.errors import OAuthError
from resolvers.access.viewer import Right
from resolvers.arguments import check_instant
from resolvers.changes.issue_values import IssueValues, write_fields
from resolvers.changes.label_changes import LabelChanges
from resolvers.changes.recent_writes import name_written_issue, note_write
from resolvers.changes.refusals import explain_refusal
from resolvers.context import Context
from resolvers.errors import EXPECTED, ErrorCode, Failure, ProblemError, describe
from resolvers.forms import load_edit_form
from resolvers.global_ids import GlobalId
from resolvers.issues import Projection, load_issue
from resolvers.linking.connections import LinkedConnection
from resolvers.references import parse_issue

_SELF, _EXPECTED = "issue", "expectedUpdated"
T = TypeVar("T")


class IssueUnknownError(ProblemError):
    """No issue of that id or key."""

    code = ErrorCode.NOT_FOUND


class ChangedMeanwhileError(ProblemError):
    """Somebody has changed the issue since the caller read it."""

    code = ErrorCode.CONFLICT

    def __init__(self, issue: Issue, expected: datetime) -> None:
        now = "unknown" if issue.updated_at is None else _write(issue.updated_at)
        super().__init__(
            f"{issue.key} was last changed at {now}, not at {_write(expected)}: read it again, and "
            "decide anew.",
            argument=_EXPECTED,
        )


def _write(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


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


@dataclass(frozen=True, slots=True)
class IssueEdit:
    """What is to become of an issue.

    Where `expected_updated` is given, the issue has to have been changed then for the last time.
    Jira takes no such condition with the change itself: who changes it between our look and our
    change, a moment later, is not noticed. Before the change is sent again, we look again.
    """

    values: IssueValues
    labels: LabelChanges = field(default_factory=LabelChanges)
    expected_updated: datetime | None = None
    notify_users: bool = True


async def update_issue(
    context: Context, connection: LinkedConnection, id_or_key: str, edit: IssueEdit
) -> WrittenIssue:
    """Change what is given of an issue; where nothing is given, it is only looked for.

    Raises:
        BadUserInputError: a value has another form.
        IssueUnknownError: absent or hidden.
        ChangedMeanwhileError: it was changed at another time than expected; nothing is changed.
        OutcomeUnknownError: it was so after an answer was lost: by this change, or another's.
        RefusedError: Jira refuses a field, or somebody else changed the issue meanwhile.
        JiraApiError: the call failed.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    origin = connection.origin
    reference = parse_issue(origin, id_or_key, argument=_SELF)
    expectation = _expect(context, origin, reference, edit.expected_updated)
    update = edit.labels.write(edit.values)
    fields = await write_fields(
        context,
        origin,
        edit.values,
        within="",
        load_form=lambda _: load_edit_form(context, origin, reference),
    )
    if expectation is not None:
        await expectation.check()
    if not fields.values and not update:
        return await _look_for(context, origin, reference)
    edited = issue_writes.edit_issue(
        context.session_of(origin),
        reference,
        fields.values,
        notify_users=edit.notify_users,
        update=update,
        before_again=expectation.check_again if expectation else let_it_go,
    )
    arguments = {"labels": edit.labels.argument, **fields.arguments} if update else fields.arguments
    await _of_known_issue(reference, carry_out(context, origin, edited, arguments))
    return WrittenIssue(origin, reference)


async def _look_for(
    context: Context, origin: Origin, reference: NumericId | IssueKey
) -> WrittenIssue:
    """An issue of which nothing is to be changed."""
    if await load_issue(context, origin, reference, Projection()) is None:
        raise _unknown(reference)
    return WrittenIssue(origin, reference, is_changed=False)


@dataclass(frozen=True, slots=True)
class _Expectation:
    """When an issue has to have been changed for the last time, for it to be changed now."""

    session: JiraSession
    reference: NumericId | IssueKey
    updated_at: datetime

    async def check(self) -> None:
        """Ask Jira itself, past whatever was read before in the same operation."""
        look = get_issue(self.session, self.reference, {"updated"})
        issue = await _of_known_issue(self.reference, look)
        if issue.updated_at != self.updated_at:
            raise ChangedMeanwhileError(issue, self.updated_at)

    async def check_again(self, call: Call) -> None:
        """The same before the change is repeated, which may have been made itself by then."""
        try:
            await self.check()
        except ChangedMeanwhileError as error:
            if not call.has_doubt:
                raise
            raise OutcomeUnknownError(
                f"Jira's answer to the change was lost. {error.message} It was this change, or "
                "somebody else's."
            ) from None
        except EXPECTED as error:
            if not call.has_doubt:
                raise
            raise OutcomeUnknownError(
                "Jira's answer to the change was lost, and it cannot be asked whether the issue "
                f"was changed: {describe(error).message}"
            ) from None


def _expect(
    context: Context, origin: Origin, reference: NumericId | IssueKey, updated_at: datetime | None
) -> _Expectation | None:
    if updated_at is None:
        return None
    updated_at = check_instant(updated_at, argument=_EXPECTED)
    return _Expectation(context.session_of(origin), reference, updated_at)


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
    await _of_known_issue(reference, carry_out(context, origin, deleted))
    await note_write(context, origin, *family.subtask_ids)
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
    if found is not None and written.reference == found.key:
        await name_written_issue(context, written.origin, found.key, found.issue_id)
    return found


async def carry_out(
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
