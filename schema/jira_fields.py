"""Which of Jira's fields each field of `Issue` needs, and where they lie in Jira's JSON.

Projection reads it: a request asks for the union of what was selected and no more.
`customField`, `customFields`, `sprint`, `sprints` and `storyPoints` are not here, since what they
need depends on the site.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JiraField:
    """Jira's field id, None for what every issue carries, and the path below the issue."""

    field_id: str | None
    path: tuple[str, ...]


def _field(field_id: str) -> JiraField:
    return JiraField(field_id, ("fields", field_id))


ISSUE_FIELDS: Mapping[str, JiraField] = {
    "id": JiraField(None, ("id",)),
    "issueId": JiraField(None, ("id",)),
    "key": JiraField(None, ("key",)),
    "url": JiraField(None, ("key",)),
    "summary": _field("summary"),
    "description": _field("description"),
    "environment": _field("environment"),
    "issueType": _field("issuetype"),
    "status": _field("status"),
    "priority": _field("priority"),
    "resolution": _field("resolution"),
    "project": _field("project"),
    "labels": _field("labels"),
    "components": _field("components"),
    "fixVersions": _field("fixVersions"),
    "affectedVersions": _field("versions"),
    "assignee": _field("assignee"),
    "reporter": _field("reporter"),
    "creator": _field("creator"),
    "created": _field("created"),
    "updated": _field("updated"),
    "resolved": _field("resolutiondate"),
    "dueDate": _field("duedate"),
    "timeTracking": _field("timetracking"),
    "watchCount": JiraField("watches", ("fields", "watches", "watchCount")),
    "attachments": _field("attachment"),
    "voteCount": JiraField("votes", ("fields", "votes", "votes")),
    "parent": _field("parent"),
    "subtasks": _field("subtasks"),
    "links": _field("issuelinks"),
}
