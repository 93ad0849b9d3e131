"""Which calls to Jira each field of the schema makes, and so which scopes it needs.

A field that is not here answers from what the field above it fetched, or without Jira. A field that
fetches only what the one above it left out is here: one that lacks the scope finds nothing fetched.
`Board.supportsSprints` is not here either: it never fails, since a board that could not be asked
counts as having sprints. Neither are the calls that look for what was written where Jira's answer
was lost: a write whose look fails is as unknown as before.
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
    for field, calls in (*NEEDED_CALLS.items(), *ROUTE_CALLS.items()):
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
_GET_KEYED_ISSUE = NeededCall("GET", "/rest/api/3/issue/{}", "with an issue's key")
_GET_FIELDS = NeededCall("GET", "/rest/api/3/field")
_GET_FIELD_NAMES = NeededCall("GET", "/rest/api/3/field", "with `customFields`")
_POINTS = "with `storyPoints`"
_GET_AGILE_FIELDS = NeededCall("GET", "/rest/api/3/field", "with `storyPoints` or `sprintId`")
_CREATE_FORM = "/rest/api/3/issue/createmeta/{}/issuetypes/{}"
_GET_CREATE_FORM = (
    NeededCall("GET", "/rest/api/3/issue/createmeta/{}/issuetypes", _POINTS),
    NeededCall("GET", _CREATE_FORM, _POINTS),
)
_GET_EDIT_FORM = NeededCall("GET", "/rest/api/3/issue/{}/editmeta", _POINTS)
_REPEATED = "where an `idempotencyKey` is repeated"
_LIST_TRANSITIONS = NeededCall("GET", "/rest/api/3/issue/{}/transitions")
_LIST_BOARDS = NeededCall("GET", "/rest/agile/1.0/board")
_LIST_SPRINTS = NeededCall("GET", "/rest/agile/1.0/board/{}/sprint")
_SEARCH = NeededCall("POST", "/rest/api/3/search/jql")
_FETCH_ISSUES = NeededCall("POST", "/rest/api/3/issue/bulkfetch")
_LIST_LINK_TYPES = NeededCall("GET", "/rest/api/3/issueLinkType")
_GET_WATCHER = NeededCall("GET", "/rest/api/3/myself", "without `accountId`")
_CHECK_PERMISSIONS = NeededCall("POST", "/rest/api/3/permissions/check")
_FETCH_BESIDE = NeededCall(
    "POST", "/rest/api/3/issue/bulkfetch", "with more fields than an address takes"
)

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
    NeededCall("GET", "/rest/api/3/attachment/{}", "of an Attachment"),
    NeededCall("GET", "/rest/api/3/issue/{}", "of an IssueLink"),
    NeededCall("POST", "/rest/api/3/issue/bulkfetch", "of an IssueLink"),
    NeededCall("GET", "/rest/api/3/issueLinkType", "of an IssueLinkType"),
    NeededCall("POST", "/rest/api/3/issue/{}/changelog/list", "of a Change"),
    NeededCall("GET", "/rest/api/3/issue/{}/comment/{}", "of a Comment"),
    NeededCall("POST", "/rest/api/3/comment/list", "of several Comments"),
    NeededCall("GET", "/rest/api/3/issue/{}/worklog/{}", "of a Worklog"),
    NeededCall("POST", "/rest/api/3/worklog/list", "of several Worklogs"),
    NeededCall("GET", "/rest/api/3/issue/{}/transitions", "of a Transition"),
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
    "Connection.issues": (_SEARCH, _GET_FIELD_NAMES),
    "Connection.fields": (_GET_FIELDS,),
    "Connection.issuesByIdOrKey": (_GET_ISSUE, _FETCH_ISSUES),
    "Connection.issueLinkTypes": (_LIST_LINK_TYPES,),
    "Connection.users": (NeededCall("GET", "/rest/api/3/user/search"),),
    "Connection.user": (NeededCall("GET", "/rest/api/3/user/bulk"),),
    "Connection.issueTypes": (NeededCall("GET", "/rest/api/3/issuetype"),),
    "Connection.priorities": (NeededCall("GET", "/rest/api/3/priority"),),
    "Connection.statuses": (NeededCall("GET", "/rest/api/3/status"),),
    "Connection.resolutions": (NeededCall("GET", "/rest/api/3/resolution"),),
    "Connection.labels": (NeededCall("GET", "/rest/api/3/label"),),
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
    "Project.issues": (_SEARCH, _GET_FIELD_NAMES),
    "Project.permissions": (_CHECK_PERMISSIONS,),
    "Project.assignableUsers": (NeededCall("GET", "/rest/api/3/user/assignable/search"),),
    "Board.sprints": (_LIST_SPRINTS,),
    "Board.activeSprints": (_LIST_SPRINTS,),
    "Board.columns": (
        NeededCall("GET", "/rest/agile/1.0/board/{}/configuration"),
        NeededCall("GET", "/rest/api/3/status", "with `statuses`"),
    ),
    "Board.backlog": (
        NeededCall("GET", "/rest/software/1.0/board/{}/backlog"),
        _FETCH_BESIDE,
        _GET_FIELD_NAMES,
    ),
    "Board.issues": (
        NeededCall("GET", "/rest/software/1.0/board/{}/issue"),
        _FETCH_BESIDE,
        _GET_FIELD_NAMES,
    ),
    "Sprint.board": (_GET_BOARD,),
    "Sprint.issues": (
        NeededCall("GET", "/rest/software/1.0/sprint/{}/issue"),
        NeededCall("POST", "/rest/api/3/search/jql", "with a filter too long for an address"),
        _GET_FIELD_NAMES,
    ),
    "Sprint.progress": (
        NeededCall("GET", "/rest/api/3/field", "with story points"),
        NeededCall("GET", "/rest/software/1.0/sprint/{}/issue"),
    ),
    "Issue.customField": (_GET_FIELDS,),
    "Issue.customFields": (_GET_FIELDS,),
    "Issue.sprint": (_GET_FIELDS,),
    "Issue.sprints": (_GET_FIELDS,),
    "Issue.storyPoints": (_GET_FIELDS,),
    "Issue.transitions": (_LIST_TRANSITIONS,),
    "Issue.editFields": (NeededCall("GET", "/rest/api/3/issue/{}/editmeta"),),
    "Project.createFields": (NeededCall("GET", _CREATE_FORM),),
    "Issue.permissions": (_CHECK_PERMISSIONS,),
    "Issue.parent": (_GET_ISSUE, _FETCH_ISSUES),
    "Issue.subtasks": (_GET_ISSUE, _FETCH_ISSUES),
    "Issue.changelog": (
        NeededCall("GET", "/rest/api/3/issue/{}/changelog"),
        NeededCall("POST", "/rest/api/3/changelog/bulkfetch"),
    ),
    "IssueLink.issue": (_GET_ISSUE, _FETCH_ISSUES),
    "IssueConnection.approximateCount": (
        NeededCall("POST", "/rest/api/3/search/approximate-count"),
        NeededCall("GET", "/rest/software/1.0/board/{}/issue/approximate-count", "of a board"),
        NeededCall("GET", "/rest/software/1.0/board/{}/backlog/approximate-count", "of a board"),
    ),
    "Component.lead": (NeededCall("GET", "/rest/api/3/component/{}"),),
    "Issue.comments": (NeededCall("GET", "/rest/api/3/issue/{}/comment"),),
    "Issue.worklogs": (NeededCall("GET", "/rest/api/3/issue/{}/worklog"),),
    "Comment.issue": (
        _GET_ISSUE,
        NeededCall("POST", "/rest/api/3/issue/bulkfetch"),
    ),
    "Mutation.addComment": (
        NeededCall("POST", "/rest/api/3/issue/{}/comment"),
        NeededCall("GET", "/rest/api/3/issue/{}/comment/{}", _REPEATED),
    ),
    "Mutation.updateComment": (NeededCall("PUT", "/rest/api/3/issue/{}/comment/{}"),),
    "Mutation.deleteComment": (
        NeededCall("DELETE", "/rest/api/3/issue/{}/comment/{}"),
        _GET_KEYED_ISSUE,
    ),
    "Mutation.addWorklog": (
        NeededCall("POST", "/rest/api/3/issue/{}/worklog"),
        NeededCall("GET", "/rest/api/3/issue/{}/worklog/{}", _REPEATED),
    ),
    "Mutation.updateWorklog": (
        NeededCall("PUT", "/rest/api/3/issue/{}/worklog/{}"),
        NeededCall("GET", "/rest/api/3/issue/{}/worklog/{}", "where nothing is to change"),
    ),
    "Mutation.deleteWorklog": (
        NeededCall("DELETE", "/rest/api/3/issue/{}/worklog/{}"),
        _GET_KEYED_ISSUE,
    ),
    "Mutation.selectProject": (NeededCall("GET", "/rest/api/3/project/{}", "by key"),),
    "Mutation.createIssue": (
        NeededCall("POST", "/rest/api/3/issue"),
        _GET_FIELD_NAMES,
        _GET_AGILE_FIELDS,
        *_GET_CREATE_FORM,
    ),
    "Mutation.createIssues": (
        NeededCall("POST", "/rest/api/3/issue/bulk"),
        _GET_FIELD_NAMES,
        _GET_AGILE_FIELDS,
        *_GET_CREATE_FORM,
    ),
    "Mutation.updateIssue": (
        NeededCall("PUT", "/rest/api/3/issue/{}"),
        NeededCall("GET", "/rest/api/3/issue/{}", "with `expectedUpdated`"),
        _GET_FIELD_NAMES,
        _GET_AGILE_FIELDS,
        _GET_EDIT_FORM,
    ),
    "Mutation.deleteIssue": (_GET_ISSUE, NeededCall("DELETE", "/rest/api/3/issue/{}")),
    "Mutation.transitionIssue": (
        _LIST_TRANSITIONS,
        NeededCall("POST", "/rest/api/3/issue/{}/transitions"),
        _GET_FIELD_NAMES,
        NeededCall("GET", "/rest/api/3/issue/{}", "by a global id"),
    ),
    "Mutation.assignIssue": (NeededCall("PUT", "/rest/api/3/issue/{}/assignee"),),
    "Mutation.linkIssues": (
        NeededCall("POST", "/rest/api/3/issueLink"),
        NeededCall("GET", "/rest/api/3/issueLinkType", "by name"),
    ),
    "Mutation.unlinkIssues": (
        NeededCall("GET", "/rest/api/3/issueLink/{}"),
        NeededCall("DELETE", "/rest/api/3/issueLink/{}"),
    ),
    "Mutation.watchIssue": (NeededCall("POST", "/rest/api/3/issue/{}/watchers"), _GET_WATCHER),
    "Mutation.unwatchIssue": (NeededCall("DELETE", "/rest/api/3/issue/{}/watchers"), _GET_WATCHER),
    "IssuePayload.issue": (_GET_ISSUE,),
    "CreateIssueResult.issue": (_GET_ISSUE, _FETCH_ISSUES),
    "Mutation.deleteAttachment": (NeededCall("DELETE", "/rest/api/3/attachment/{}"),),
}
"""By type and field."""

ROUTE_CALLS: Mapping[str, tuple[NeededCall, ...]] = {
    "Route.`GET /attachments/…`": (
        NeededCall("GET", "/rest/api/3/attachment/{}"),
        NeededCall("GET", "/rest/api/3/attachment/content/{}"),
    ),
    "Route.`GET /connections/…/attachments`": (NeededCall("GET", "/rest/api/3/attachment/meta"),),
    "Route.`POST /connections/…/attachments`": (
        NeededCall("GET", "/rest/api/3/attachment/meta"),
        NeededCall("POST", "/rest/api/3/issue/{}/attachments"),
    ),
}
"""By route, written as a field of a type is, for those that stand beside the graph."""
