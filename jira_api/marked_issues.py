"""Issues that bear a marker, found again by it where Jira's answer to their creation was lost.

JQL cannot search for a property that an OAuth app wrote, so the issues that were created meanwhile
are listed, and their markers compared. Whoever created them is not asked for: another person may
have consented for the connection by now, and a marker is nobody else's.

Source: Jira Cloud platform REST v3, Issues, Issue search, Issue properties, read 2026-11.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from jira_api.client import JiraSession
from jira_api.entity_properties import MARKER
from jira_api.errors import InvalidArgumentError, InvalidResponseError
from jira_api.issue_filter import IssueFilter
from jira_api.issue_writes import CreatedIssue, read_created
from jira_api.jql import NEWEST_FIRST, search_jql
from jira_api.json_values import (
    JsonObject,
    JsonValue,
    as_listing,
    as_object,
    find_boolean,
    find_text,
)
from jira_api.paths import is_numeric_id

_PAGE_SIZE: Final = 1_000
_MOST_PAGES: Final = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells an issue from all others: a text at random, and its number among its siblings."""

    marker: str
    number: int

    def as_json(self) -> JsonValue:
        """The value of the property."""
        return {"id": self.marker, "number": self.number}


@dataclass(frozen=True, slots=True)
class Window:
    """Where and when marked issues were created: in projects by id or key, between instants.

    Without a project they are looked for in all that the connection's person sees.
    """

    projects: frozenset[str]
    since: datetime
    until: datetime

    def as_jql(self) -> str:
        """The newest first: what was written just now is found on the first page.

        Raises:
            InvalidArgumentError: a project is neither id nor key.
        """
        ids = tuple(sorted(each for each in self.projects if is_numeric_id(each)))
        keys = tuple(sorted(self.projects - set(ids)))
        condition = IssueFilter(
            project_ids=ids or None,
            project_keys=keys or None,
            created_after=self.since,
            created_before=self.until,
        )
        return search_jql(condition, NEWEST_FIRST)


async def find_marked_issues(
    session: JiraSession, window: Window, wanted: Collection[Mark]
) -> Mapping[Mark, CreatedIssue]:
    """Those of the marked issues that Jira's search shows by now; it may lag minutes behind.

    Raises:
        InvalidResponseError: the search does not end.
        JiraApiError: a call failed.
    """
    body: dict[str, JsonValue] = {
        "jql": window.as_jql(),
        "fields": ["key"],
        "properties": [MARKER],
        "maxResults": _PAGE_SIZE,
    }
    found: dict[Mark, CreatedIssue] = {}
    for _ in range(_MOST_PAGES):
        raw = as_object(await session.post_query("/rest/api/3/search/jql", body), "issues")
        found.update(_read_page(as_listing(raw.get("issues"), "a list of issues"), wanted))
        token = None if find_boolean(raw, "isLast") else find_text(raw, "nextPageToken") or None
        if token is None or len(found) == len(wanted):
            return found
        if token == body.get("nextPageToken"):
            raise InvalidResponseError("Jira named the page that it just gave as the next one.")
        body["nextPageToken"] = token
    raise InvalidResponseError(f"Jira's search does not end within {_MOST_PAGES} pages.")


def _read_page(
    issues: Sequence[JsonValue], wanted: Collection[Mark]
) -> Mapping[Mark, CreatedIssue]:
    found: dict[Mark, CreatedIssue] = {}
    for item in issues:
        issue = as_object(item, "an issue")
        mark = _find_mark(issue)
        if mark is not None and mark in wanted:
            found[mark] = _read(issue)
    return found


def _find_mark(issue: JsonObject) -> Mark | None:
    """The mark of an issue; None where it has none, or a property that others wrote."""
    properties = issue.get("properties")
    value = properties.get(MARKER) if isinstance(properties, dict) else None
    if not isinstance(value, dict):
        return None
    marker, number = value.get("id"), value.get("number")
    return Mark(marker, number) if isinstance(marker, str) and type(number) is int else None


def _read(issue: JsonObject) -> CreatedIssue:
    try:
        return read_created(issue)
    except InvalidArgumentError:
        raise InvalidResponseError("Jira sent an issue whose id is no number.") from None
