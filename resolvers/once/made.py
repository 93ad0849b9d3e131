"""Finding again what was made, by the marker that was written with it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from jira_api.client import JiraSession
from jira_api.comments import find_marked_comment
from jira_api.errors import NotFoundError
from jira_api.issue_writes import CreatedIssue
from jira_api.marked_issues import Mark, Window, find_marked_issues
from jira_api.paths import IssueKey, NumericId
from jira_api.worklogs import find_marked_worklog
from resolvers.errors import describe
from storage.idempotency import Claim, Made, WriteKind, WriteState

_PLACES: Final = ","
_CLOCKS_DIFFER: Final = timedelta(minutes=15)
"""By so much, at most, Jira's clock is expected to be off ours; a wide window costs pages alone."""

_ONE_WINDOW: Final = timedelta(hours=1)
_STILL_LATE: Final = timedelta(hours=1)
"""By so much more than expected Jira may be late, and what it made is found by the next look.

It is bounded, or a look after days without a grant would walk all issues of these days.
"""
_LONGEST_PAUSE: Final = timedelta(hours=1)


def pause_asked_by(error: Exception) -> timedelta:
    """For how long Jira wants no look, an hour at most; nothing where it does not say."""
    return min(describe(error).retry_after or timedelta(), _LONGEST_PAUSE)


def write_places(projects: Collection[str]) -> str:
    """Several projects, by id or key, as a row keeps them."""
    return _PLACES.join(sorted(projects))


def mark(marker: str, number: int = 0) -> Mark:
    """What is written to Jira with one of the things to make."""
    return Mark(marker, number)


def list_missing(claim: Claim, made: Mapping[int, Made]) -> Sequence[int]:
    """The numbers of what is not known to be made."""
    return [number for number in range(claim.write.amount) if number not in made]


async def find_made(
    session: JiraSession, claims: Sequence[Claim], *, now: datetime
) -> Mapping[str, Mapping[int, Made]]:
    """What can be found of each of a connection's writes, by their markers.

    Issues are looked for together: a search shows those of all writes, and costs the same. Where
    what is not found counts as not made they are looked for in every project, since somebody may
    have moved them.

    Raises:
        JiraApiError: a call failed.
    """
    issues = [claim for claim in claims if claim.write.kind is WriteKind.ISSUES]
    anywhere = [claim for claim in issues if is_proof(claim, now)]
    at_place = [claim for claim in issues if not is_proof(claim, now)]
    found: dict[str, dict[int, Made]] = {}
    if anywhere:
        found |= await _find_issues(session, anywhere, now, frozenset())
    if at_place:
        places = frozenset(p for claim in at_place for p in claim.write.place.split(_PLACES))
        found |= await _find_issues(session, at_place, now, places)
    for claim in claims:
        if claim.write.kind is not WriteKind.ISSUES:
            found[claim.marker] = await _find_one(session, claim)
    return found


def is_proof(claim: Claim, looked_at: datetime) -> bool:
    """Whether what a look that began then does not find was certainly not made."""
    return claim.state is WriteState.OPEN or looked_at >= claim.certain_at


async def _find_issues(
    session: JiraSession, claims: Sequence[Claim], now: datetime, projects: frozenset[str]
) -> dict[str, dict[int, Made]]:
    found: dict[str, dict[int, Made]] = {}
    for together in _by_time(claims):
        found |= await _find_in_window(session, together, now, projects)
    return found


def _by_time(claims: Sequence[Claim]) -> Iterator[Sequence[Claim]]:
    """Claims that one window holds without holding days in between."""
    together: list[Claim] = []
    for claim in sorted(claims, key=lambda each: each.started_at):
        if together and claim.started_at - together[0].started_at > _ONE_WINDOW:
            yield together
            together = []
        together.append(claim)
    yield together


async def _find_in_window(
    session: JiraSession, claims: Sequence[Claim], now: datetime, projects: frozenset[str]
) -> dict[str, dict[int, Made]]:
    certain_at = max(claim.certain_at for claim in claims)
    window = Window(
        projects=projects,
        since=min(claim.started_at for claim in claims) - _CLOCKS_DIFFER,
        until=max(certain_at, min(now, certain_at + _STILL_LATE)) + _CLOCKS_DIFFER,
    )
    wanted = frozenset(
        mark(claim.marker, number) for claim in claims for number in list_missing(claim, claim.made)
    )
    found: dict[str, dict[int, Made]] = {claim.marker: {} for claim in claims}
    for each, issue in (await find_marked_issues(session, window, wanted)).items():
        found[each.marker][each.number] = made_issue(issue)
    return found


def made_issue(issue: CreatedIssue) -> Made:
    """An issue that was made, as a row keeps it."""
    return Made(issue.issue_id, issue.key)


async def _find_one(session: JiraSession, claim: Claim) -> dict[int, Made]:
    issue = claim.write.place
    reference = NumericId(issue) if issue.isdigit() else IssueKey(issue)
    marker = mark(claim.marker).as_json()
    try:
        if claim.write.kind is WriteKind.COMMENT:
            since = claim.started_at - _CLOCKS_DIFFER
            comment = await find_marked_comment(session, reference, marker=marker, since=since)
            return {} if comment is None else {0: Made(comment.node_id)}
        worklog = await find_marked_worklog(session, reference, marker=marker)
        return {} if worklog is None else {0: Made(worklog.node_id)}
    except NotFoundError:
        return {}  # the issue is gone, and with it whatever was written on it
