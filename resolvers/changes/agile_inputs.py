"""Story points and sprints as callers give them, for the custom fields of the site."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jira_api.errors import NotFoundError, RejectedError
from jira_api.field_metadata import FieldMetadata
from jira_api.json_values import JsonValue
from jira_api.paths import NumericId
from jira_api.records import Field, Origin
from resolvers.changes.custom_inputs import WrittenFields
from resolvers.context import Context
from resolvers.errors import BadUserInputError
from resolvers.known_fields import find_sprint_field, list_story_point_fields
from resolvers.references import parse_sprint

_SPRINT_ID = "sprintId"
_STORY_POINTS = "storyPoints"

LoadForm = Callable[[Mapping[str, JsonValue]], Awaitable[Sequence[FieldMetadata]]]
"""The form that an issue is made or edited by; it is given what was written so far."""


@dataclass(frozen=True, slots=True)
class AgileInputs:
    """What is given of sprint and story points, and where; None for an argument that is not."""

    sprint_argument: str | None
    sprint_id: NumericId | None
    points_argument: str | None
    points: float | None

    @classmethod
    def of(cls, origin: Origin, values: Mapping[str, Any], within: str) -> "AgileInputs":
        """The inputs `sprint_id` and `story_points` among an issue's values.

        Raises:
            BadUserInputError: the sprint is neither a number nor a sprint's global id.
        """
        place, given = f"{within}{_SPRINT_ID}", values.get("sprint_id")
        return cls(
            place if "sprint_id" in values else None,
            None if given is None else parse_sprint(origin, given, argument=place),
            f"{within}{_STORY_POINTS}" if "story_points" in values else None,
            values.get("story_points"),
        )

    async def write(
        self, context: Context, origin: Origin, written: WrittenFields, load_form: LoadForm
    ) -> None:
        """Add them to what is written.

        Raises:
            BadUserInputError: the site has no such field.
            JiraApiError: the site's fields or the form could not be read.
        """
        if (place := self.sprint_argument) is not None:
            field = await _find_sprint_field(context, origin, place)
            number = None if self.sprint_id is None else int(self.sprint_id)
            written.add(field.field_id, number, argument=place, name=_SPRINT_ID)
        if (place := self.points_argument) is not None:
            field = await _find_points_field(
                context, origin, place, lambda: load_form(written.values)
            )
            written.add(field.field_id, self.points, argument=place, name=_STORY_POINTS)


async def _find_sprint_field(context: Context, origin: Origin, argument: str) -> Field:
    found = await find_sprint_field(context, origin)
    if found is None:
        raise BadUserInputError(
            f"`{argument}`: the site has no field for sprints.", argument=argument
        )
    return found


async def _find_points_field(
    context: Context,
    origin: Origin,
    argument: str,
    load_form: Callable[[], Awaitable[Sequence[FieldMetadata]]],
) -> Field:
    """The field that story points are written to.

    A site has two of them as a rule, for team-managed projects and for company-managed ones, so
    that the form has to tell which of them stands on it.
    """
    known = await list_story_point_fields(context, origin)
    if not known:
        raise BadUserInputError(
            f"`{argument}`: the site has no field for story points.", argument=argument
        )
    if len(known) == 1:
        return known[0]
    try:
        shown = {each.field_id for each in await load_form()}
    except (RejectedError, NotFoundError):
        # Jira says of the issue itself what is wrong with it, field by field.
        shown = set()
    return next((each for each in known if each.field_id in shown), known[0])
