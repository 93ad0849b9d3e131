"""Work logged on an issue: all of it in its `worklog` field, the oldest first.

What was spent and what remains stands in the issue's time fields and is kept in step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sandbox.durations import write_duration
from sandbox.formats import format_instant
from sandbox.world import Issue, JsonObject, Site

FIRST_WORKLOG_ID: Final = 10000


@dataclass(frozen=True, slots=True)
class Work:
    """How long somebody worked from when on, and a document on what was done."""

    seconds: int
    started_at: datetime
    comment: JsonObject | None = None


def build_worklog(
    site: Site, issue: Issue, worklog_id: int, work: Work, *, author: JsonObject, at: datetime
) -> JsonObject:
    """A new worklog."""
    written_at = format_instant(at)
    worklog: JsonObject = {
        "self": f"{site.url}/rest/api/3/issue/{issue.id}/worklog/{worklog_id}",
        "author": author,
        "updateAuthor": author,
        "created": written_at,
        "updated": written_at,
        "started": format_instant(work.started_at),
        "timeSpent": write_duration(work.seconds),
        "timeSpentSeconds": work.seconds,
        "id": str(worklog_id),
        "issueId": str(issue.id),
    }
    return worklog if work.comment is None else worklog | {"comment": work.comment}


def list_worklogs(issue: Issue) -> list[JsonObject]:
    """The worklogs of an issue, the oldest first."""
    page: JsonObject | None = issue.fields.get("worklog")
    worklogs: list[Any] = [] if page is None else page["worklogs"]
    return worklogs


def with_worklogs(issue: Issue, worklogs: Sequence[JsonObject]) -> Issue:
    """The issue with these worklogs instead of its own."""
    count = len(worklogs)
    page = {"startAt": 0, "maxResults": count, "total": count, "worklogs": list(worklogs)}
    return replace(issue, fields={**issue.fields, "worklog": page})


def read_remaining(issue: Issue) -> int:
    """The seconds that are still to be worked, by the issue's estimate; 0 without one."""
    tracked = issue.fields.get("timetracking") or {}
    return int(tracked.get("remainingEstimateSeconds") or 0)


def track_time(issue: Issue, *, added: int, remaining: int) -> Issue:
    """The issue with so many seconds more (or less) spent on it, and a new estimate."""
    tracked: JsonObject = issue.fields.get("timetracking") or {}
    spent = max(0, int(tracked.get("timeSpentSeconds") or 0) + added)
    remaining = max(0, remaining)
    written = {
        "timetracking": tracked
        | {
            "remainingEstimate": write_duration(remaining),
            "timeSpent": write_duration(spent),
            "remainingEstimateSeconds": remaining,
            "timeSpentSeconds": spent,
        },
        "timespent": spent,
        "timeestimate": remaining,
    }
    return replace(issue, fields={**issue.fields, **written})


def log_work(issue: Issue, worklog: JsonObject) -> Issue:
    """The issue with one worklog more, and its estimate that much lower."""
    seconds: int = worklog["timeSpentSeconds"]
    logged = with_worklogs(issue, [*list_worklogs(issue), worklog])
    return track_time(logged, added=seconds, remaining=read_remaining(issue) - seconds)
