"""Custom fields as callers give them, by id or by name, for what Jira takes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from jira_api.errors import InvalidArgumentError
from jira_api.field_values import write_value
from jira_api.json_values import JsonValue
from jira_api.records import Origin
from resolvers.arguments import check_count, check_text
from resolvers.context import Context
from resolvers.custom_fields import resolve_field_to_write
from resolvers.errors import BadUserInputError

CUSTOM_FIELDS = "customFields"
_LONGEST_NAME = 255
_MOST_CHANGES = 100


@dataclass(frozen=True, slots=True)
class CustomFieldChange:
    """A custom field by id or name, and its new value, which has to be given."""

    field: str
    value: JsonValue
    is_given: bool = True


@dataclass(frozen=True, slots=True)
class WrittenFields:
    """Jira's fields by id, and the input that each comes from, such as `issue.summary`."""

    values: dict[str, JsonValue] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)

    def add(self, field_id: str, value: JsonValue, *, argument: str, name: str) -> None:
        """Write one more field, which the caller knows by `name`.

        Raises:
            BadUserInputError: it is written already.
        """
        if field_id in self.values:
            raise BadUserInputError(f"`{argument}`: {name} is given twice.", argument=argument)
        self.values[field_id], self.arguments[field_id] = value, argument


def check_changes(changes: Sequence[CustomFieldChange], argument: str) -> None:
    """Refuse what no site could take.

    Raises:
        BadUserInputError: too many, a blank or too long name, or a value that was left out.
    """
    check_count(changes, argument=argument, most=_MOST_CHANGES)
    for number, change in enumerate(changes):
        place = f"{argument}.{number}"
        check_text(change.field, argument=f"{place}.field", longest=_LONGEST_NAME)
        if not change.is_given:
            raise BadUserInputError(
                f"`{place}.value` has to be given; null clears the field.",
                argument=f"{place}.value",
            )


async def write_changes(
    context: Context,
    origin: Origin,
    changes: Sequence[CustomFieldChange],
    written: WrittenFields,
    *,
    argument: str,
) -> None:
    """Add custom fields to what is written.

    Raises:
        BadUserInputError: one is unknown or ambiguous, is given twice, or cannot hold the value.
        JiraApiError: the site's fields could not be read.
    """
    for number, change in enumerate(changes):
        place = f"{argument}.{number}"
        field_id, value = await _write_change(context, origin, change, place)
        written.add(field_id, value, argument=place, name=change.field)


async def _write_change(
    context: Context, origin: Origin, change: CustomFieldChange, place: str
) -> tuple[str, JsonValue]:
    try:
        found = await resolve_field_to_write(context, origin, change.field)
        if found is not None and found.is_document:
            return found.field_id, await context.read_beside(write_value, found, change.value)
        if found is not None:
            return found.field_id, write_value(found, change.value)
    except (BadUserInputError, InvalidArgumentError) as error:
        raise BadUserInputError(f"`{place}`: {error.message}", argument=place) from None
    raise BadUserInputError(
        f"`{place}`: the site has no custom field {change.field!r}.", argument=place
    )
