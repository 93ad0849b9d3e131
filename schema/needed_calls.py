"""Which calls to Jira each field of the schema makes, and so which scopes it needs.

A field that is not here answers from what the field above it fetched, or without Jira. A field that
fetches only what the one above it left out is here: one that lacks the scope finds nothing fetched.
`Board.supportsSprints` is not here either: it never fails, since a board that could not be asked
counts as having sprints.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from jira_api.scopes import NEEDED_SCOPES


@dataclass(frozen=True, slots=True)
class NeededCall:
    """A call that a field may make: as a rule, or in the case that `condition` tells alone."""

    method: str
    template: str
    condition: str = ""


@dataclass(frozen=True, slots=True)
class LackingField:
    """A field such as `Board.sprints` that fails for want of a scope.

    It always does where there are no `conditions`, else in these cases alone.
    """

    field: str
    conditions: tuple[str, ...] = ()


def group_lacking(granted: Collection[str]) -> dict[str, list[LackingField]]:
    """The fields that fail with these scopes, by each scope that they lack.

    A field that lacks several stands under each of them.
    """
    grouped: dict[str, list[LackingField]] = {}
    for field, calls in NEEDED_CALLS.items():
        for scope, conditions in _conditions_by_scope(calls, granted).items():
            told = () if "" in conditions else tuple(conditions)
            grouped.setdefault(scope, []).append(LackingField(field, told))
    return grouped


def name_fields(fields: Iterable[LackingField]) -> str:
    """Fields in words, type by type: `Board: sprints, activeSprints; Query: node (of a Board)`."""
    by_type: dict[str, list[str]] = {}
    for lacking in fields:
        type_name, _, name = lacking.field.partition(".")
        told = f"{name} ({', '.join(lacking.conditions)})" if lacking.conditions else name
        by_type.setdefault(type_name, []).append(told)
    return "; ".join(f"{type_name}: {', '.join(names)}" for type_name, names in by_type.items())


def _conditions_by_scope(
    calls: Iterable[NeededCall], granted: Collection[str]
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for call in calls:
        for scope in NEEDED_SCOPES[call.method, call.template].find_missing(granted):
            conditions = found.setdefault(scope, [])
            if call.condition not in conditions:
                conditions.append(call.condition)
    return found


_GET_PROJECT = NeededCall("GET", "/rest/api/3/project/{}")
_GET_BOARD = NeededCall("GET", "/rest/agile/1.0/board/{}")
_GET_SPRINT = NeededCall("GET", "/rest/agile/1.0/sprint/{}")
_GET_ISSUE = NeededCall("GET", "/rest/api/3/issue/{}")
_GET_FIELDS = NeededCall("GET", "/rest/api/3/field")
_GET_FIELD_NAMES = NeededCall("GET", "/rest/api/3/field", "with `customFields`")
_LIST_BOARDS = NeededCall("GET", "/rest/agile/1.0/board")
_LIST_SPRINTS = NeededCall("GET", "/rest/agile/1.0/board/{}/sprint")
_SEARCH = NeededCall("POST", "/rest/api/3/search/jql")

_NODES = (
    NeededCall("GET", "/rest/api/3/project/{}", "of a Project"),
    NeededCall("GET", "/rest/agile/1.0/board/{}", "of a Board"),
    NeededCall("GET", "/rest/agile/1.0/sprint/{}", "of a Sprint"),
    NeededCall("GET", "/rest/api/3/issue/{}", "of an Issue"),
    NeededCall("POST", "/rest/api/3/issue/bulkfetch", "of an Issue"),
    NeededCall("GET", "/rest/api/3/issuetype", "of an IssueType"),
    NeededCall("GET", "/rest/api/3/status", "of a Status"),
    NeededCall("GET", "/rest/api/3/priority", "of a Priority"),
    NeededCall("GET", "/rest/api/3/resolution", "of a Resolution"),
    NeededCall("GET", "/rest/api/3/component/{}", "of a Component"),
    NeededCall("GET", "/rest/api/3/version/{}", "of a Version"),
    NeededCall("GET", "/rest/api/3/user/bulk", "of a User"),
    NeededCall("GET", "/rest/api/3/field", "of a Field"),
)

NEEDED_CALLS: Mapping[str, tuple[NeededCall, ...]] = {
    "Query.node": _NODES,
    "Query.nodes": _NODES,
    "Connection.myself": (NeededCall("GET", "/rest/api/3/myself"),),
    "Connection.selectedProject": (_GET_PROJECT,),
    "Connection.projects": (NeededCall("GET", "/rest/api/3/project/search"),),
    "Connection.project": (_GET_PROJECT,),
    "Connection.boards": (
        _LIST_BOARDS,
        NeededCall("GET", "/rest/api/3/project/{}", "with `projectIdOrKey`"),
    ),
    "Connection.board": (_GET_BOARD,),
    "Connection.sprint": (_GET_SPRINT,),
    "Connection.issue": (
        _GET_ISSUE,
        NeededCall("POST", "/rest/api/3/issue/bulkfetch"),
    ),
    "Connection.issues": (_SEARCH,),
    "Connection.fields": (_GET_FIELDS,),
    "Project.description": (_GET_PROJECT,),
    "Project.category": (_GET_PROJECT,),
    "Project.isPrivate": (_GET_PROJECT,),
    "Project.isArchived": (_GET_PROJECT,),
    "Project.lead": (_GET_PROJECT,),
    "Project.issueTypes": (_GET_PROJECT,),
    "Project.components": (
        _GET_PROJECT,
        NeededCall("GET", "/rest/api/3/project/{}/components", "with `lead`"),
    ),
    "Project.versions": (_GET_PROJECT,),
    "Project.boards": (_LIST_BOARDS,),
    "Project.sprints": (_LIST_BOARDS, _LIST_SPRINTS),
    "Project.activeSprints": (_LIST_BOARDS, _LIST_SPRINTS),
    "Project.issues": (_SEARCH,),
    "Board.sprints": (_LIST_SPRINTS,),
    "Board.activeSprints": (_LIST_SPRINTS,),
    "Sprint.board": (_GET_BOARD,),
    "Sprint.issues": (
        NeededCall("GET", "/rest/software/1.0/sprint/{}/issue"),
        NeededCall("POST", "/rest/api/3/search/jql", "with a filter too long for an address"),
    ),
    "Issue.customField": (_GET_FIELDS,),
    "Issue.customFields": (_GET_FIELDS,),
    "IssueConnection.approximateCount": (
        NeededCall("POST", "/rest/api/3/search/approximate-count"),
    ),
    "Component.lead": (NeededCall("GET", "/rest/api/3/component/{}"),),
    "Mutation.selectProject": (NeededCall("GET", "/rest/api/3/project/{}", "by key"),),
    "Mutation.createIssue": (NeededCall("POST", "/rest/api/3/issue"), _GET_FIELD_NAMES),
    "Mutation.updateIssue": (NeededCall("PUT", "/rest/api/3/issue/{}"), _GET_FIELD_NAMES),
    "Mutation.deleteIssue": (_GET_ISSUE, NeededCall("DELETE", "/rest/api/3/issue/{}")),
    "IssuePayload.issue": (_GET_ISSUE,),
}
"""By type and field."""
