"""What an issue shows of others: its parent, sub-tasks, linked issues and epic, as they are now.

Stored stubs stand for issues that the site does not hold, as archives name them.
"""

from typing import Final

from sandbox.shapes import describe_issue_stub
from sandbox.world import EPIC_LINK_FIELD, Issue, JsonObject, SiteData

_EPIC_LEVEL: Final = 1


def describe_relatives(data: SiteData, issue: Issue) -> JsonObject:
    """The fields that show other issues; those the issue does not have are left out."""
    fields = issue.fields
    described: JsonObject = {}
    if "parent" in fields:
        described["parent"] = fields["parent"] and _refresh(data, fields["parent"])
    epic = find_epic(data, issue)
    if epic is not None:
        described[EPIC_LINK_FIELD] = epic.key
    if "subtasks" in fields:
        described["subtasks"] = _list_subtasks(data, issue)
    if fields.get("issuelinks"):
        described["issuelinks"] = [_refresh_link(data, link) for link in fields["issuelinks"]]
    return described


def is_epic(issue: Issue) -> bool:
    """Whether an issue stands right above the standard types."""
    return bool(issue.fields["issuetype"]["hierarchyLevel"] == _EPIC_LEVEL)


def find_epic(data: SiteData, issue: Issue) -> Issue | None:
    """The epic above an issue, where the site holds it; a sub-task never has one."""
    if issue.parent_id is None or issue.fields["issuetype"]["subtask"]:
        return None
    parent = data.issues.get(issue.parent_id)
    return parent if parent is not None and is_epic(parent) else None


def describe_epic(data: SiteData, issue: Issue) -> JsonObject | None:
    """The epic as the agile API shows it; an archive's keeps the name and colour it came with."""
    epic = find_epic(data, issue)
    if epic is None:
        return issue.epic
    present = {"key": epic.key, "summary": epic.fields["summary"]}
    if issue.epic is not None:
        return issue.epic | present
    return {
        "id": epic.id,
        "self": f"{data.site.url}/rest/agile/1.0/epic/{epic.id}",
        "name": epic.fields["summary"],
        "color": {"key": f"color_{epic.id % 9 + 1}"},
        "done": epic.fields["status"]["statusCategory"]["key"] == "done",
        **present,
    }


def list_subtasks(data: SiteData, issue: Issue) -> list[Issue]:
    """The sub-tasks of an issue that the site holds."""
    return [child for child in data.list_children(issue.id) if child.fields["issuetype"]["subtask"]]


def _list_subtasks(data: SiteData, issue: Issue) -> list[JsonObject]:
    own = [describe_issue_stub(data.site, child) for child in list_subtasks(data, issue)]
    foreign = issue.fields["subtasks"]
    return sorted([*own, *foreign], key=lambda stub: int(stub["id"])) if foreign else own


def _refresh(data: SiteData, stub: JsonObject) -> JsonObject:
    present = data.issues.get(int(stub["id"]))
    return stub if present is None else describe_issue_stub(data.site, present)


def _refresh_link(data: SiteData, link: JsonObject) -> JsonObject:
    ends = ("inwardIssue", "outwardIssue")
    return link | {end: _refresh(data, link[end]) for end in ends if end in link}
