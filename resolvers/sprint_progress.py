"""How far a sprint has come."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from jira_api.errors import InvalidResponseError
from jira_api.issues import PageRequest, list_sprint_issues
from jira_api.json_values import JsonValue
from jira_api.paths import NumericId
from jira_api.records import Field, Issue, Sprint, StatusCategory
from resolvers.changes.recent_writes import list_recent_writes
from resolvers.context import Context
from resolvers.known_fields import list_story_point_fields

_PAGE_SIZE = 1_000
_MOST_PAGES = 100
_MOST_POINTS = 1e12  # beyond it a value is a mistake, and sums would not be exact
_ALWAYS = ("issuetype", "status")


@dataclass(frozen=True, slots=True)
class SprintProgress:
    """How many issues of a sprint stand where, and their story points.

    The points are None where the site has no field for them, or where they were not wanted.
    """

    to_do: int
    in_progress: int
    done: int
    story_points_total: float | None
    story_points_done: float | None


async def load_sprint_progress(
    context: Context, sprint: Sprint, *, has_points: bool
) -> SprintProgress:
    """How far a sprint has come: its issues by the stage of their status, sub-tasks aside.

    Jira's own reports do not count sub-tasks either: they are a part of what they stand below.

    Raises:
        InvalidResponseError: Jira's list of the sprint's issues does not end.
        JiraApiError: a call failed.
    """
    points: Sequence[Field] = ()
    if has_points:
        points = await list_story_point_fields(context, sprint.origin)
    point_ids = tuple(each.field_id for each in points)
    counted = await context.calls.once(
        (sprint.origin.label, "sprint progress", sprint.sprint_id, point_ids),
        lambda: _count(context, sprint, point_ids),
    )
    return counted.as_progress(has_points=bool(point_ids))


@dataclass(slots=True)
class _Counted:
    """The issues of a sprint so far, each once, by the stage of their status."""

    point_ids: tuple[str, ...]
    seen: set[str] = field(default_factory=set)
    issues: Counter[StatusCategory] = field(default_factory=Counter)
    points: dict[StatusCategory, list[float]] = field(default_factory=dict)

    def add(self, issue: Issue) -> None:
        """Count an issue, unless it is a sub-task or was counted already."""
        is_subtask = issue.issue_type is not None and issue.issue_type.is_subtask
        if is_subtask or issue.issue_id in self.seen:
            return
        if issue.status is None:
            raise InvalidResponseError("Jira sent an issue of a sprint without its status.")
        self.seen.add(issue.issue_id)
        self.issues[issue.status.category] += 1
        self.points.setdefault(issue.status.category, []).append(self._points_of(issue))

    def as_progress(self, *, has_points: bool) -> SprintProgress:
        """What was counted; a status that belongs to no stage counts as to do."""
        done = self.issues[StatusCategory.DONE]
        in_progress = self.issues[StatusCategory.IN_PROGRESS]
        every = [points for listed in self.points.values() for points in listed]
        return SprintProgress(
            to_do=self.issues.total() - done - in_progress,
            in_progress=in_progress,
            done=done,
            story_points_total=math.fsum(every) if has_points else None,
            story_points_done=(
                math.fsum(self.points.get(StatusCategory.DONE, ())) if has_points else None
            ),
        )

    def _points_of(self, issue: Issue) -> float:
        """The first of the fields with a number counts; an issue without one has no points."""
        values = issue.custom_values or {}
        estimates = (_estimate(values.get(field_id)) for field_id in self.point_ids)
        return next((each for each in estimates if each is not None), 0.0)


async def _count(context: Context, sprint: Sprint, point_ids: tuple[str, ...]) -> _Counted:
    """All pages of the sprint, one after another: each names the next."""
    session, sprint_id = context.session_of(sprint.origin), NumericId(sprint.sprint_id)
    recent = await list_recent_writes(context, sprint.origin)
    fields = frozenset((*_ALWAYS, *point_ids))
    asked = PageRequest("", fields, token=None, size=_PAGE_SIZE, reconciled=recent)
    counted = _Counted(point_ids)
    for _ in range(_MOST_PAGES):
        page = await list_sprint_issues(session, sprint_id, asked)
        for issue in page.issues:
            counted.add(issue)
        if page.next_token is None:
            return counted
        asked = replace(asked, token=page.next_token)
    raise InvalidResponseError(f"Jira's list of a sprint's issues has over {_MOST_PAGES} pages.")


def _estimate(value: JsonValue) -> float | None:
    """A number of points; None for whatever else stands there."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) <= _MOST_POINTS else None
