"""What Jira says against single fields, in the words that its people know the fields by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jira_api.errors import ConflictError, JiraApiError, RejectedError
from jira_api.records import Origin
from oauth.errors import OAuthError
from resolvers.context import Context
from resolvers.custom_fields import load_fields
from resolvers.errors import ErrorCode, ProblemError
from resolvers.issue_values import find_argument


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
    context: Context, origin: Origin, error: RejectedError, *, within: str
) -> RefusedError:
    """A refusal with the fields' names; `within` is where the inputs lie, such as `issue.`."""
    code = ErrorCode.CONFLICT if isinstance(error, ConflictError) else ErrorCode.JIRA_VALIDATION
    names = await _load_names(context, origin) if error.field_errors else {}
    refusals = [
        FieldRefusal(
            field_id=field_id,
            field_name=names.get(field_id),
            message=message,
            argument=None if (named := find_argument(field_id)) is None else within + named,
        )
        for field_id, message in error.field_errors.items()
    ]
    return RefusedError(error, refusals, code=code)


async def _load_names(context: Context, origin: Origin) -> Mapping[str, str]:
    """Names by field id; none where they cannot be had, for Jira's words are told anyway."""
    try:
        known = await load_fields(context, origin)
    except (JiraApiError, OAuthError):
        return {}
    return {each.field_id: each.name for each in known}
