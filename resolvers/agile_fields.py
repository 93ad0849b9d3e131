"""An issue's sprints and story points, read from the custom fields that hold them on its site."""

from collections.abc import Sequence

from jira_api.json_values import JsonValue
from jira_api.records import Issue, Sprint, SprintState
from jira_api.sprint_values import read_sprints
from resolvers.context import Context
from resolvers.known_fields import find_sprint_field, list_story_point_fields


async def list_sprints(context: Context, issue: Issue) -> list[Sprint]:
    """Every sprint that the issue is or was in, in Jira's order; empty where the site has none.

    Raises:
        JiraApiError: the site's fields could not be read.
    """
    field = await find_sprint_field(context, issue.origin)
    raw = (issue.custom_values or {}).get(field.field_id) if field else None
    return read_sprints(context.session_of(issue.origin).decode, raw)


async def find_current_sprint(context: Context, issue: Issue) -> Sprint | None:
    """The sprint that the issue is planned for: the active one, else the next; None in the backlog.

    An issue is in one sprint at most that is not closed, which is what Jira's boards show as its
    sprint. Where there are several all the same, the last of them counts.

    Raises:
        JiraApiError: the site's fields could not be read.
    """
    sprints = await list_sprints(context, issue)
    return _last(sprints, SprintState.ACTIVE) or _last(sprints, SprintState.FUTURE)


async def find_story_points(context: Context, issue: Issue) -> float | None:
    """How much work the issue is: of the fields that may tell it, the first with a number counts.

    Raises:
        JiraApiError: the site's fields could not be read.
    """
    values = issue.custom_values or {}
    for field in await list_story_point_fields(context, issue.origin):
        points = _read_number(values.get(field.field_id))
        if points is not None:
            return points
    return None


def _last(sprints: Sequence[Sprint], state: SprintState) -> Sprint | None:
    return next((each for each in reversed(sprints) if each.state is state), None)


def _read_number(raw: JsonValue) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    try:
        return float(raw)
    except OverflowError:
        return None
