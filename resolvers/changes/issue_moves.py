"""Issues moved along their workflow, and given to people.

A transition is carried out by a POST, which is never repeated where Jira may have heard it. Where
its answer is lost, the issue itself is asked: an issue that stands where the transition leads has
been moved. Whether it was this call or somebody else who moved it cannot be told, so that this
settles a transition that was to do nothing else: a comment or a field given with it may be lost.
One that leads back to where it begins leaves no trace. The outcome of these stays unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from jira_api import issue_writes
from jira_api.errors import JiraApiError, OutcomeUnknownError
from jira_api.json_values import JsonObject
from jira_api.paths import IssueKey, NumericId, is_numeric_id
from jira_api.records import Origin
from jira_api.transitions import Transition, carry_out
from oauth.errors import OAuthError
from resolvers.access.viewer import Right
from resolvers.changes.custom_inputs import (
    CUSTOM_FIELDS,
    CustomFieldChange,
    WrittenFields,
    check_changes,
    write_changes,
)
from resolvers.changes.issue_values import IdOrName, write_defined
from resolvers.changes.issue_writes import WrittenIssue
from resolvers.changes.part_writes import ISSUE, issue_unknown, of_known_issue, written
from resolvers.changes.transition_choice import WantedTransition, choose
from resolvers.context import Context
from resolvers.documents import RichTextSource, write_document
from resolvers.errors import BadUserInputError
from resolvers.forms import load_transitions
from resolvers.issues import Projection, load_issue
from resolvers.linking.connections import LinkedConnection
from resolvers.references import parse_issue, parse_person

_RESOLUTION = "resolution"
_COMMENT = "comment"
_ACCOUNT_ID = "accountId"
_STATUS = frozenset({"status"})


@dataclass(frozen=True, slots=True)
class Move:
    """A transition as a caller asks for it."""

    transition: IdOrName
    resolution: IdOrName | None = None
    comment: RichTextSource | None = None
    custom_fields: Sequence[CustomFieldChange] = ()


async def transition_issue(
    context: Context, connection: LinkedConnection, id_or_key: str, move: Move
) -> WrittenIssue:
    """Move an issue along its workflow.

    Raises:
        BadUserInputError: an argument has another form, the issue offers no such transition or
            several, or a field does not stand on its screen.
        IssueUnknownError: absent or hidden.
        RefusedError: Jira refuses the transition, or a field of it.
        OutcomeUnknownError: Jira's answer was lost, and the issue does not tell.
        JiraApiError: the call failed.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    origin = connection.origin
    reference = parse_issue(origin, id_or_key, argument=ISSUE)
    wanted = WantedTransition.of(origin, move.transition)
    fields = _write_resolution(origin, move)
    check_changes(move.custom_fields, CUSTOM_FIELDS)
    await _check_place(context, origin, reference, wanted)
    comment = await _write_comment(context, origin, move)
    has_fields = bool(fields.values or move.custom_fields)
    listed = load_transitions(context, origin, reference, with_fields=has_fields)
    chosen = choose(await of_known_issue(reference, listed), wanted, reference)
    await write_changes(context, origin, move.custom_fields, fields, argument=CUSTOM_FIELDS)
    _check_screen(chosen, fields)
    await _carry_out(context, chosen, fields, comment)
    return WrittenIssue(origin, reference)


async def assign_issue(
    context: Context, connection: LinkedConnection, id_or_key: str, account_id: str | None
) -> WrittenIssue:
    """Give an issue to a person, with None to nobody, with `-1` to whom its project names.

    Raises:
        BadUserInputError: an argument has another form.
        IssueUnknownError: absent or hidden.
        RefusedError: Jira does not know the person, or does not let them work there.
        JiraApiError: the call failed.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    origin = connection.origin
    reference = parse_issue(origin, id_or_key, argument=ISSUE)
    person = None if account_id is None else parse_person(origin, account_id, argument=_ACCOUNT_ID)
    assigned = issue_writes.assign_issue(context.session_of(origin), reference, person)
    change = written(context, origin, assigned, arguments={"assignee": _ACCOUNT_ID})
    await of_known_issue(reference, change)
    return WrittenIssue(origin, reference)


def _write_resolution(origin: Origin, move: Move) -> WrittenFields:
    fields = WrittenFields()
    if move.resolution is not None:
        value = write_defined(origin, move.resolution, "Resolution", argument=_RESOLUTION)
        fields.add(_RESOLUTION, value, argument=_RESOLUTION, name=_RESOLUTION)
    return fields


async def _write_comment(context: Context, origin: Origin, move: Move) -> JsonObject | None:
    if move.comment is None:
        return None
    return await write_document(context, origin, move.comment, argument=_COMMENT)


async def _check_place(
    context: Context,
    origin: Origin,
    reference: NumericId | IssueKey,
    wanted: WantedTransition,
) -> None:
    """Refuse a global id of another issue's transition, whose number means something else here."""
    if wanted.issue_id is None:
        return
    issue_id: str = reference
    if not is_numeric_id(reference):
        found = await load_issue(context, origin, reference, Projection())
        if found is None:
            raise issue_unknown(reference)
        issue_id = found.issue_id
    if issue_id != wanted.issue_id:
        raise BadUserInputError(
            f"`{wanted.argument}` is a transition of another issue than {reference}.",
            argument=wanted.argument,
        )


def _check_screen(transition: Transition, fields: WrittenFields) -> None:
    """Refuse fields that Jira cannot take on the way, by the names of those that it takes."""
    shown = {each.field_id: each.name for each in transition.fields or ()}
    for field_id in fields.values:
        if field_id not in shown:
            argument = fields.arguments[field_id]
            names = ", ".join(shown.values()) or "no field at all"
            raise BadUserInputError(
                f"`{argument}` ({field_id}) does not stand on the screen of the transition "
                f"{transition.name!r}, which takes {names}.",
                argument=argument,
            )


async def _carry_out(
    context: Context, transition: Transition, fields: WrittenFields, comment: JsonObject | None
) -> None:
    origin, issue = transition.origin, transition.issue
    moved = carry_out(
        context.session_of(origin),
        issue,
        transition.transition_id,
        fields=fields.values,
        comment=comment,
    )
    arguments = {"comment": _COMMENT, **fields.arguments}
    try:
        await of_known_issue(issue, written(context, origin, moved, arguments=arguments))
    except OutcomeUnknownError:
        if fields.values or comment is not None or not await _stands_there(context, transition):
            raise


async def _stands_there(context: Context, transition: Transition) -> bool:
    """Whether the issue stands where a transition leads and did not before, as far as it tells."""
    if transition.is_looped:
        return False
    try:
        found = await load_issue(
            context, transition.origin, transition.issue, Projection(fields=_STATUS)
        )
    except (JiraApiError, OAuthError):
        return False
    status = found.status if found else None
    return status is not None and status.status_id == transition.to.status_id
