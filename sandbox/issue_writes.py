"""Creating, changing, assigning and deleting issues on the platform API.

Source: the project's notes on the Jira API, sections 4 and 8, and Atlassian's OpenAPI document.
"""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.entity_properties import keep_properties, read_properties
from sandbox.errors import FieldValueError, JiraError
from sandbox.field_values import (
    MISPLACED_PARENT,
    MISSING_SUMMARY,
    Target,
    find_issue_type,
    read_assignee,
)
from sandbox.formats import format_instant
from sandbox.gateway import Answer, Call, endpoint, scopes
from sandbox.issue_changes import INVALID_BODY, Changes, Screen, read_changes, read_part
from sandbox.issue_edits import delete_issue, describe_person, save_changes
from sandbox.issue_fields import build_blank_fields
from sandbox.issue_paths import get_issue
from sandbox.issue_properties import own
from sandbox.issues import describe_issue, read_fields
from sandbox.relatives import list_subtasks
from sandbox.world import FIRST_ISSUE_ID, RANK_FIELD, Issue, JsonObject, Project

_BULK_CAP: Final = 50
_PLACE: Final = frozenset({"project", "issuetype"})
_ORPHAN: Final = "Issue type is a sub-task but parent issue key or id not specified."


def create_issue(call: Call) -> Answer:
    """Answer POST issue."""
    return Answer(201, _create(call, call.read_object()))


def create_issues(call: Call) -> Answer:
    """Answer POST issue/bulk: 201 as soon as one was created, 400 where none was."""
    asked = call.read_object().get("issueUpdates")
    if not isinstance(asked, list):
        raise JiraError(400, [INVALID_BODY])
    if not 1 <= len(asked) <= _BULK_CAP:
        raise JiraError(400, [f"Between 1 and {_BULK_CAP} issues can be created at once."])
    created: list[JsonObject] = []
    errors: list[JsonObject] = []
    for number, body in enumerate(asked):
        try:
            created.append(_create(call, body))
        except JiraError as error:
            errors.append(_describe_failure(error, number))
    return Answer(201 if created else 400, {"issues": created, "errors": errors})


def edit_issue(call: Call) -> Answer:
    """Answer PUT issue/{idOrKey}: with the issue where `returnIssue` asks for it."""
    data, issue = call.data, get_issue(call)
    project = data.projects[issue.project_id]
    screen = Screen(data, project, issue.fields["issuetype"], issue)
    properties = read_properties(call.read_object())
    changes = read_changes(screen, call.read_object())
    _check_parent(changes, issue.fields)
    changes.check()
    saved = save_changes(data, issue, changes, at=call.now)
    keep_properties(data, own(saved), properties)
    if not _is_told(call, "returnIssue"):
        return Answer(204)
    return Answer(200, describe_issue(data, saved, read_fields([], default="*all")))


def assign_issue(call: Call) -> Answer:
    """Answer PUT issue/{idOrKey}/assignee: null unassigns, -1 gives it to the project's lead."""
    data, issue, body = call.data, get_issue(call), call.read_object()
    if "accountId" not in body:
        raise JiraError(400, ["One of 'name', 'key' or 'accountId' must be given."])
    project = data.projects[issue.project_id]
    field = data.field_catalogue["assignee"]
    target = Target(data, project, issue.fields["issuetype"], field, issue)
    try:
        assignee = read_assignee(target, {"accountId": body["accountId"]})
    except FieldValueError as error:
        raise JiraError(400, errors={"assignee": error.message}) from None
    save_changes(data, issue, Changes({"assignee": assignee}), at=call.now)
    return Answer(204)


def remove_issue(call: Call) -> Answer:
    """Answer DELETE issue/{idOrKey}: sub-tasks go along only where `deleteSubtasks` says so."""
    issue = get_issue(call)
    if list_subtasks(call.data, issue) and not _is_told(call, "deleteSubtasks"):
        reason = (
            f"The issue '{issue.key}' has subtasks.  You must specify the 'deleteSubtasks' "
            "parameter to delete this issue and all its subtasks."
        )
        raise JiraError(400, [reason])
    delete_issue(call.data, issue, at=call.now)
    return Answer(204)


def _is_told(call: Call, name: str) -> bool:
    # In any case, as Java reads it: clients in Python write `True`.
    return call.query.get(name, "").lower() == "true"


def _create(call: Call, body: Any) -> JsonObject:
    if not isinstance(body, dict):
        raise JiraError(400, [INVALID_BODY])
    fields, properties = read_part(body, "fields"), read_properties(body)
    project = _get_project(call, fields.get("project"))
    issue_type = find_issue_type(project, fields.get("issuetype"))
    if issue_type is None:
        raise JiraError(400, errors={"issuetype": "Specify a valid issue type"})
    screen = Screen(call.data, project, issue_type)
    changes = read_changes(screen, body, skip=_PLACE)
    changes.values["issuetype"] = issue_type
    _check_parent(changes, {})
    if "summary" not in changes.values:
        changes.errors.setdefault("summary", MISSING_SUMMARY)
    changes.check()
    issue = save_changes(call.data, _begin(call, project), changes, at=call.now)
    keep_properties(call.data, own(issue), properties)
    self_url = f"{call.api_url}/issue/{issue.id}"
    return {"id": str(issue.id), "key": issue.key, "self": self_url}


def _begin(call: Call, project: Project) -> Issue:
    data, person = call.data, describe_person(call.data)
    issue_id = data.take_id("issue", FIRST_ISSUE_ID)
    # Builders and Jira rank from "0|i" on; what is newest stands last.
    rank = f"0|z{issue_id:010d}:"
    fields = build_blank_fields(data, project) | {
        "reporter": person,
        "creator": person,
        "created": format_instant(call.now),
        RANK_FIELD: rank,
    }
    return Issue(issue_id, data.take_key(project), project.id, fields, rank)


def _get_project(call: Call, value: Any) -> Project:
    named = value if isinstance(value, dict) else {}
    project = call.data.find_project(str(named.get("id") or named.get("key") or ""))
    if project is None:
        raise JiraError(400, errors={"project": "Specify a valid project ID or key"})
    return project


def _check_parent(changes: Changes, before: Mapping[str, Any]) -> None:
    # What stands as it stood is not looked at: archives bend these rules.
    if not {"issuetype", "parent"} & changes.values.keys() or "parentId" in changes.errors:
        return
    after = {**before, **changes.values}
    if after.get("parent") is not None:
        if not _fits_under(after):
            changes.errors["parentId"] = MISPLACED_PARENT
    elif after["issuetype"]["subtask"] and "parent" not in changes.errors:
        changes.errors.setdefault("issuetype", _ORPHAN)


def _fits_under(fields: JsonObject) -> bool:
    above = fields["parent"]["fields"]["issuetype"]["hierarchyLevel"]
    return bool(above == fields["issuetype"]["hierarchyLevel"] + 1)


def _describe_failure(error: JiraError, number: int) -> JsonObject:
    details = {"errorMessages": list(error.messages), "errors": error.errors}
    return {"status": error.status, "elementErrors": details, "failedElementNumber": number}


_CREATE: Final = scopes(
    "write:jira-work",
    "write:issue:jira write:comment:jira write:comment.property:jira write:attachment:jira "
    "read:issue:jira",
)
_EDIT: Final = scopes("write:jira-work", "write:issue:jira")
_DELETE: Final = scopes("write:jira-work", "delete:issue:jira")

_ROOT: Final = "/rest/api/3/issue"
ENDPOINTS: Final = (
    endpoint("POST", _ROOT, _CREATE, create_issue),
    endpoint("POST", f"{_ROOT}/bulk", _CREATE, create_issues),
    endpoint("PUT", f"{_ROOT}/{{id_or_key}}", _EDIT, edit_issue),
    endpoint("PUT", f"{_ROOT}/{{id_or_key}}/assignee", _EDIT, assign_issue),
    endpoint("DELETE", f"{_ROOT}/{{id_or_key}}", _DELETE, remove_issue),
)
