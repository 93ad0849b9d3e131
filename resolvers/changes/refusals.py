"""What Jira says against single fields, in the words that its people know the fields by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jira_api.errors import ConflictError, JiraApiError, RejectedError
from jira_api.records import Origin
from oauth.errors import OAuthError
from resolvers.context import Context
from resolvers.custom_fields import load_fields
from resolvers.errors import ErrorCode, ProblemError

_OTHER_IDS = {"parentId": "parent", "timeLogged": "timespent"}
"""Jira refuses some fields by another id than it takes them by."""


@dataclass(frozen=True, slots=True)
class FieldRefusal:
    """What Jira says against one field; `argument` is the input behind it."""

    field_id: str
    field_name: str | None
    message: str
    argument: str | None


class RefusedError(ProblemError):
    """Jira understood a change and refused it.

    `general` is what it says against the change as a whole, `refusals` what against single fields.
    """

    def __init__(
        self, error: RejectedError, refusals: Sequence[FieldRefusal] = (), *, code: ErrorCode
    ) -> None:
        super().__init__(error.message)
        self.code = code
        self.refusals = tuple(refusals)
        self.general = error.general if refusals else (error.message,)


async def explain_refusal(
    context: Context,
    origin: Origin,
    error: RejectedError,
    *,
    arguments: Mapping[str, str],
    notes: Mapping[str, str],
) -> RefusedError:
    """A refusal with the fields' names, and by field id the inputs behind them and what to add."""
    code = ErrorCode.CONFLICT if isinstance(error, ConflictError) else ErrorCode.JIRA_VALIDATION
    names = await _load_names(context, origin) if error.field_errors else {}
    refusals = []
    for told_id, message in error.field_errors.items():
        field_id = _OTHER_IDS.get(told_id, told_id)
        name, argument = names.get(field_id), arguments.get(field_id)
        told = f"{message} {notes[field_id]}" if field_id in notes else message
        refusals.append(FieldRefusal(field_id, name, told, argument))
    return RefusedError(error, refusals, code=code)


async def _load_names(context: Context, origin: Origin) -> Mapping[str, str]:
    """Names by field id; none where they cannot be had, for Jira's words are told anyway."""
    try:
        known = await load_fields(context, origin)
    except (JiraApiError, OAuthError):
        return {}
    return {each.field_id: each.name for each in known}
