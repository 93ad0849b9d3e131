"""What writing comments and writing worklogs have in common."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from jira_api.client import JiraSession
from jira_api.errors import NotFoundError, RejectedError
from jira_api.issue_parts import PartId
from jira_api.paths import IssueKey, NumericId, is_numeric_id
from jira_api.records import Origin
from resolvers.access.viewer import Right
from resolvers.changes.issue_writes import IssueUnknownError
from resolvers.changes.refusals import explain_refusal
from resolvers.context import Context
from resolvers.errors import ErrorCode, ProblemError
from resolvers.global_ids import GlobalId
from resolvers.issues import Projection, load_issue
from resolvers.linking.connections import LinkedConnection
from resolvers.part_references import parse_part
from resolvers.references import parse_issue

T = TypeVar("T")
ISSUE = "issue"
"""The input that names the issue."""


class PartUnknownError(ProblemError):
    """No comment or worklog of that number, or no such issue."""

    code = ErrorCode.NOT_FOUND


@dataclass(frozen=True, slots=True)
class PartReference:
    """A part that exists already, as the caller named it; `type_name` is its type in the graph."""

    origin: Origin
    issue: NumericId | IssueKey
    number: NumericId
    type_name: str


Delete = Callable[[JiraSession, NumericId, NumericId], Awaitable[None]]
"""Takes a part away, by the id of its issue and its own number."""


def parse_reference(
    context: Context, connection: LinkedConnection, id_or_key: str, part_id: str, type_name: str
) -> PartReference:
    """The part that somebody wants to change.

    Raises:
        ForbiddenError: the caller may not change the graph.
        BadUserInputError: an argument has another form.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    origin = connection.origin
    issue = parse_issue(origin, id_or_key, argument=ISSUE)
    argument = _argument(type_name)
    number = parse_part(origin, issue, part_id, type_name, argument=argument)
    return PartReference(origin, issue, number, type_name)


async def delete_part(
    context: Context, part: PartReference, delete: Delete, *, arguments: Mapping[str, str]
) -> str:
    """Take a part away; the global id that it had.

    Raises:
        IssueUnknownError: absent or hidden.
        PartUnknownError: the part is.
        JiraApiError: a call failed.
    """
    named = await _name_part(context, part)
    deleted = delete(context.session_of(part.origin), named.issue_id, named.number)
    change = written(context, part.origin, deleted, arguments=arguments)
    await of_known_part(part, change)
    return str(GlobalId(part.type_name, part.origin.label, str(named)))


async def written(
    context: Context, origin: Origin, call: Awaitable[T], *, arguments: Mapping[str, str]
) -> T:
    """What a change answers; whatever became of it, what was read before is old now.

    `arguments` are the inputs behind what Jira names in a refusal.

    Raises:
        RefusedError: Jira refuses a part of it.
        JiraApiError: the call failed.
    """
    try:
        return await call
    except RejectedError as error:
        raise await explain_refusal(context, origin, error, arguments=arguments, notes={}) from None
    finally:
        context.forget_reads(origin)


async def of_known_issue(issue: NumericId | IssueKey, call: Awaitable[T]) -> T:
    """What a call answers that needs its issue alone.

    Raises:
        IssueUnknownError: absent or hidden.
    """
    try:
        return await call
    except NotFoundError:
        raise issue_unknown(issue) from None


async def of_known_part(part: PartReference, call: Awaitable[T]) -> T:
    """What a call answers that needs a part of an issue.

    Raises:
        PartUnknownError: it is absent or hidden, or its issue is.
    """
    try:
        return await call
    except NotFoundError:
        raise PartUnknownError(
            f"Jira knows no {part.type_name.lower()} {part.number} of the issue {part.issue}, or "
            "hides it from the connected person.",
            argument=_argument(part.type_name),
        ) from None


def issue_unknown(issue: NumericId | IssueKey) -> IssueUnknownError:
    """The error of an issue that Jira does not show."""
    return IssueUnknownError(
        f"Jira knows no issue {issue}, or hides it from the connected person.", argument=ISSUE
    )


async def _name_part(context: Context, part: PartReference) -> PartId:
    """What names a part for good; an issue's key costs a call."""
    if is_numeric_id(part.issue):
        return PartId(NumericId(part.issue), part.number)
    found = await load_issue(context, part.origin, part.issue, Projection())
    if found is None:
        raise issue_unknown(part.issue)
    return PartId(NumericId(found.issue_id), part.number)


def _argument(type_name: str) -> str:
    return f"{type_name.lower()}Id"
