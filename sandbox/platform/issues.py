"""Single issues and batches of them on the platform API.

Source: the project's notes on the Jira API, section 4, and Atlassian's OpenAPI document.
"""

import re
from typing import Any, Final

from sandbox.create_metadata import describe_edit_form
from sandbox.errors import JiraError
from sandbox.field_names import name_fields
from sandbox.gateway import Call, endpoint, scopes
from sandbox.issue_paths import get_issue
from sandbox.issue_properties import (
    add_properties,
    read_listed_keys,
    read_query_keys,
    show_properties,
)
from sandbox.issues import (
    FieldChoice,
    describe_issue,
    describe_listed_issue,
    read_fields,
    read_query_fields,
)
from sandbox.transitions import describe_transitions
from sandbox.world import Issue, JsonObject

_BULK_CAP: Final = 100
_SINGLE_VALUED_CAP: Final = 1000
_HEAVY_EXPANDS: Final = frozenset(
    [
        "changelog",
        "editmeta",
        "operations",
        "renderedFields",
        "transitions",
        "versionedRepresentations",
    ]
)
_BODY_NAMES: Final = frozenset(["expand", "fields", "fieldsByKeys", "issueIdsOrKeys", "properties"])
_ID_OR_KEY: Final = re.compile(r"\d+|[A-Za-z][A-Za-z0-9_]*-\d+")


def show_issue(call: Call) -> JsonObject:
    """Answer GET issue/{idOrKey}; an issue that moved answers under its old key too."""
    choice = read_query_fields(call.query, default="*all")
    described = describe_issue(call.data, get_issue(call), choice)
    described |= show_properties(call.data, described, read_query_keys(call))
    return described | name_fields(call.data, [described], call.query.get("expand"))


def fetch_issues(call: Call) -> JsonObject:
    """Answer POST issue/bulkfetch: in id order, without the issues that are not there."""
    body = call.read_object()
    names = body.get("issueIdsOrKeys")
    fields = body.get("fields") or []
    expand = body.get("expand") or []
    is_known = body.keys() <= _BODY_NAMES
    if not is_known or not all(isinstance(entry, list) for entry in (names, fields, expand)):
        raise JiraError(400, ["Invalid request payload. Refer to the REST API documentation."])
    assert isinstance(names, list)
    choice = read_fields(map(str, fields), default="*navigable")
    cap = _find_cap(choice, expand)
    if not 1 <= len(names) <= cap:
        raise JiraError(400, [f"The number of issues must be between 1 and {cap}."])
    keys = read_listed_keys(body.get("properties"))
    page = add_properties(call.data, _gather(call, [str(name) for name in names], choice), keys)
    issues = [
        issue | name_fields(call.data, [issue], expand) | _describe_forms(call, issue, expand)
        for issue in page["issues"]
    ]
    return page | {"issues": issues}


def _describe_forms(call: Call, described: JsonObject, expand: list[Any]) -> JsonObject:
    """What the expansions of that name add to an issue: its transitions, its edit form."""
    issue, forms = call.data.issues[int(described["id"])], JsonObject()
    if "transitions" in expand:
        forms["transitions"] = describe_transitions(call.data, issue)
    if "editmeta" in expand:
        forms["editmeta"] = describe_edit_form(call.data, issue)
    return forms


def _find_cap(choice: FieldChoice, expand: list[Any]) -> int:
    is_light = choice.is_single_valued and not _HEAVY_EXPANDS & set(map(str, expand))
    return _SINGLE_VALUED_CAP if is_light else _BULK_CAP


def _gather(call: Call, names: list[str], choice: FieldChoice) -> JsonObject:
    found: dict[int, Issue] = {}
    errors: list[JsonObject] = []
    for name in names:
        if not _ID_OR_KEY.fullmatch(name):
            errors.append({"id": name, "errorMessage": f"'{name}' is no issue id or key."})
            continue
        issue = call.data.find_issue(name)
        if issue is not None:
            found[issue.id] = issue
    issues = [describe_listed_issue(call.data, found[id_], choice) for id_ in sorted(found)]
    return {"issues": issues, "issueErrors": errors}


_READ_ISSUE: Final = scopes(
    "read:jira-work",
    "read:issue-meta:jira read:issue-security-level:jira read:issue.vote:jira "
    "read:issue.changelog:jira read:avatar:jira read:issue:jira read:status:jira read:user:jira "
    "read:field-configuration:jira",
)

ENDPOINTS: Final = (
    endpoint("POST", "/rest/api/3/issue/bulkfetch", _READ_ISSUE, fetch_issues),
    endpoint("GET", "/rest/api/3/issue/{id_or_key}", _READ_ISSUE, show_issue),
)
