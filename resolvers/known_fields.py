"""The fields of a site that hold sprints, ranks, epics, teams and story points."""

from collections.abc import Sequence

from jira_api import known_fields
from jira_api.records import Field, Origin
from resolvers.context import Context
from resolvers.custom_fields import load_fields


async def find_sprint_field(context: Context, origin: Origin) -> Field | None:
    """The field that holds an issue's sprints; None where the site has none.

    Raises:
        JiraApiError: the site's fields could not be read.
    """
    return await _find(context, origin, known_fields.SPRINT)


async def find_rank_field(context: Context, origin: Origin) -> Field | None:
    """The field that orders backlogs; None where the site has none.

    Raises:
        JiraApiError: the site's fields could not be read.
    """
    return await _find(context, origin, known_fields.RANK)


async def list_story_point_fields(context: Context, origin: Origin) -> Sequence[Field]:
    """The fields that story points may lie in, of which the first with a value counts.

    Most sites have two: the estimate of team-managed projects, and the number field called "Story
    Points" of company-managed ones.

    Raises:
        JiraApiError: the site's fields could not be read.
    """
    return known_fields.list_story_points(await load_fields(context, origin))


async def _find(context: Context, origin: Origin, types: Sequence[str]) -> Field | None:
    """The field of one of the types; of several, the one that the site has had for longest."""
    return next(iter(known_fields.list_of_type(await load_fields(context, origin), types)), None)
