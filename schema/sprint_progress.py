"""How far a sprint has come."""

import strawberry

from jira_api import records
from resolvers import sprint_progress
from schema.info import JunctureInfo
from schema.selection import select_names

_POINTS = {"storyPointsTotal", "storyPointsDone"}


@strawberry.type(
    description="How far a sprint has come: its issues by the stage of their status, counted one "
    "by one, and their story points. Sub-tasks count with what they stand below, as in Jira's own "
    "reports."
)
class SprintProgress:
    """How far a sprint has come."""

    to_do: int = strawberry.field(
        description="How many issues nobody has begun, those of no stage included."
    )
    in_progress: int = strawberry.field(description="How many issues are worked on.")
    done: int = strawberry.field(description="How many issues are done.")
    story_points_total: float | None = strawberry.field(
        description="Of all of them; an issue without points adds none. Null where the site has "
        "no field for story points."
    )
    story_points_done: float | None = strawberry.field(
        description="Of those that are done; null where the site has no field for story points."
    )


@strawberry.type
class ProgressingSprint:
    """A sprint's progress."""

    @strawberry.field(
        graphql_type=SprintProgress | None,
        description="How far it has come; reads all of its issues, a thousand a call.",
    )
    async def progress(
        root: strawberry.Parent[records.Sprint], info: JunctureInfo
    ) -> sprint_progress.SprintProgress:
        """How far it has come."""
        selected = select_names(info, (), type_name="SprintProgress")
        return await sprint_progress.load_sprint_progress(
            info.context, root, has_points=bool(selected & _POINTS)
        )
