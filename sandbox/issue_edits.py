"""Puts what was asked for onto issues: the one way in which the API changes them.

Whoever wrote it, `updated` moves, and searches learn of it when their time has come.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sandbox.catalogue import FLAGGED_FIELD
from sandbox.comment_records import FIRST_COMMENT_ID, build_comment, list_comments, with_comments
from sandbox.entity_properties import forget_properties
from sandbox.formats import format_instant
from sandbox.histories import note_change
from sandbox.issue_changes import Changes
from sandbox.link_records import without_link
from sandbox.relatives import find_epic, list_subtasks
from sandbox.shapes import describe_user
from sandbox.world import (
    EPIC_LINK_FIELD,
    PERSON_ACCOUNT_ID,
    SPRINT_FIELD,
    Issue,
    JsonObject,
    SiteData,
)

_NO_PARENT: Final = ("parent", None)


def describe_person(data: SiteData) -> JsonObject:
    """The person for whom every caller acts."""
    return describe_user(data.site, data.users[PERSON_ACCOUNT_ID])


def save_changes(data: SiteData, issue: Issue, changes: Changes, *, at: datetime) -> Issue:
    """Store an issue with its changes; the issue as it is then."""
    changed = _apply(data, issue, changes.values)
    for body in changes.comments:
        changed = with_comments(
            changed, [*list_comments(changed), _write_comment(data, issue, body, at)]
        )
    return save_issue(data, changed, at=at)


def save_issue(data: SiteData, issue: Issue, *, at: datetime) -> Issue:
    """Store an issue that was changed just now; the issue as it is then."""
    saved = replace(issue, fields={**issue.fields, "updated": format_instant(at)})
    before = data.issues.get(issue.id)
    if before is not None:
        note_change(data, before, saved, at=at)
    data.write_issue(saved, at=at)
    return saved


def delete_issue(data: SiteData, issue: Issue, *, at: datetime) -> None:
    """Delete an issue with its sub-tasks, and every link and parent that names it."""
    for subtask in list_subtasks(data, issue):
        delete_issue(data, subtask, at=at)
    for child in data.list_children(issue.id):
        save_changes(data, child, Changes({"parent": None}), at=at)
    for link in issue.fields.get("issuelinks") or ():
        _unlink(data, issue, link, at)
    forget_properties(data, ("issue", str(issue.id)))
    data.delete_issue(issue.id, at=at)


def _apply(data: SiteData, issue: Issue, values: JsonObject) -> Issue:
    kept = {name: value for name, value in values.items() if name != SPRINT_FIELD}
    changed = replace(issue, fields={**issue.fields, **kept})
    if SPRINT_FIELD in values:
        closed = tuple(i for i in issue.sprint_ids if data.sprints[i].state == "closed")
        planned = () if values[SPRINT_FIELD] is None else (values[SPRINT_FIELD],)
        changed = replace(changed, sprint_ids=closed + planned)
    if FLAGGED_FIELD in values:
        changed = replace(changed, is_flagged=bool(values[FLAGGED_FIELD]))
    return _place_under(data, changed) if "parent" in values else changed


def _place_under(data: SiteData, issue: Issue) -> Issue:
    # An issue without a parent has no such field at all.
    fields = {name: value for name, value in issue.fields.items() if (name, value) != _NO_PARENT}
    epic = find_epic(data, issue)
    fields[EPIC_LINK_FIELD] = None if epic is None else epic.key
    return replace(issue, epic=None, fields=fields)


def _write_comment(data: SiteData, issue: Issue, body: JsonObject, at: datetime) -> JsonObject:
    comment_id = data.take_id("comment", FIRST_COMMENT_ID)
    return build_comment(
        data.site, issue, comment_id, author=describe_person(data), body=body, at=at
    )


def _unlink(data: SiteData, issue: Issue, link: JsonObject, at: datetime) -> None:
    stub = link.get("inwardIssue") or link["outwardIssue"]
    other = data.issues.get(int(stub["id"]))
    if other is None or other.id == issue.id:
        return
    save_issue(data, without_link(other, link["id"]), at=at)
