"""What reads, and the calls to Jira that it makes."""

from collections.abc import Mapping

from tests.end_to_end.scope_samples import (
    CHECK,
    FETCH_COMMENTS,
    FETCH_ISSUES,
    FETCH_WORKLOGS,
    GET_FIELDS,
    GET_ISSUE,
    GET_PROJECT,
    GET_SPRINT,
    LIST_BACKLOG,
    LIST_BOARD_ISSUES,
    LIST_BOARDS,
    LIST_COMMENTS,
    LIST_LINK_TYPES,
    LIST_NEW_TYPES,
    LIST_SPRINT_ISSUES,
    LIST_SPRINTS,
    LIST_WAYS,
    LIST_WORKLOGS,
    SEARCH,
    SETUP,
    Sample,
    below,
    in_board,
    in_issue,
    in_named,
    in_project,
    in_sprint,
    of_node,
)

LONG = ", ".join(f'"{"x" * 60}{number}"' for number in range(80))
# As a part of an address it leaves no room for many fields.
NEARLY_LONG = ", ".join(f'"{letter * 960}"' for letter in "abcd")
MANY = "summary created updated resolved dueDate labels url watchCount voteCount"
WITH_POINTS = 'filter: { customFields: [{ field: "Story Points", isEmpty: false }] }'

READING: Mapping[str, Sample] = {
    **of_node("Project", GET_PROJECT),
    **of_node("Board", "GET /rest/agile/1.0/board/{}"),
    **of_node("Sprint", GET_SPRINT),
    **of_node("Issue", GET_ISSUE),
    **of_node("IssueType", "GET /rest/api/3/issuetype"),
    **of_node("Status", "GET /rest/api/3/status"),
    **of_node("Priority", "GET /rest/api/3/priority"),
    **of_node("Resolution", "GET /rest/api/3/resolution"),
    **of_node("Component", "GET /rest/api/3/component/{}"),
    **of_node("Version", "GET /rest/api/3/version/{}"),
    **of_node("User", "GET /rest/api/3/user/bulk"),
    **of_node("Field", GET_FIELDS),
    **of_node("Transition", LIST_WAYS),
    **of_node("Attachment", "GET /rest/api/3/attachment/{}"),
    **of_node("IssueLink", GET_ISSUE),
    **of_node("IssueLinkType", LIST_LINK_TYPES),
    **of_node("Change", "POST /rest/api/3/issue/{}/changelog/list"),
    **of_node("Comment", f"{LIST_COMMENTS}/{{}}"),
    **of_node("Worklog", f"{LIST_WORKLOGS}/{{}}"),
    "node of several comments": Sample(
        '{ node(id: "<Comment>") { id } node2: node(id: "<OtherComment>") { id } }',
        {"Query.node": (FETCH_COMMENTS,)},
    ),
    "node of several worklogs": Sample(
        '{ node(id: "<Worklog>") { id } node2: node(id: "<OtherWorklog>") { id } }',
        {"Query.node": (FETCH_WORKLOGS,)},
    ),
    "nodes of several comments and their issues": Sample(
        '{ nodes(ids: ["<Comment>", "<OtherComment>"]) { ... on Comment { issue { key } } } }',
        {"Query.nodes": (FETCH_COMMENTS,), "Comment.issue": (FETCH_ISSUES,)},
    ),
    "nodes of several worklogs": Sample(
        '{ nodes(ids: ["<Worklog>", "<OtherWorklog>"]) { id } }', {"Query.nodes": (FETCH_WORKLOGS,)}
    ),
    "a comment's issue": Sample(
        '{ node(id: "<Comment>") { ... on Comment { issue { key } } } }',
        {"Query.node": (f"{LIST_COMMENTS}/{{}}",), "Comment.issue": (GET_ISSUE,)},
    ),
    "comments": in_issue("comments { nodes { body { text } } }", Issue__comments=LIST_COMMENTS),
    "worklogs": in_issue("worklogs { nodes { timeSpent } }", Issue__worklogs=LIST_WORKLOGS),
    "node of several issues": Sample(
        '{ node(id: "<Issue>") { id } node2: node(id: "<Other>") { id } }',
        {"Query.node": (FETCH_ISSUES,)},
    ),
    "nodes of several issues": Sample(
        '{ nodes(ids: ["<Issue>", "<Other>"]) { id } }', {"Query.nodes": (FETCH_ISSUES,)}
    ),
    "myself": below("myself { accountId }", Connection__myself="GET /rest/api/3/myself"),
    "selected project": below("selectedProject { key }", Connection__selectedProject=GET_PROJECT),
    "projects": below(
        "projects { nodes { key } }", Connection__projects="GET /rest/api/3/project/search"
    ),
    "project": below('project(idOrKey: "TEST") { key }', Connection__project=GET_PROJECT),
    "boards": below("boards { nodes { name } }", Connection__boards=LIST_BOARDS),
    "boards of one project": below(
        'boards(projectIdOrKey: "TEST") { nodes { name } }',
        Connection__boards=(GET_PROJECT, LIST_BOARDS),
    ),
    "board": below("board(boardId: 1) { name }", Connection__board="GET /rest/agile/1.0/board/{}"),
    "sprint": in_sprint("name"),
    "issue": below('issue(idOrKey: "TEST-1") { summary }', Connection__issue=GET_ISSUE),
    "several issues": below(
        'issue(idOrKey: "TEST-1") { summary } issue2: issue(idOrKey: "TEST-2") { summary }',
        Connection__issue=FETCH_ISSUES,
    ),
    "one issue of a list": below(
        'issuesByIdOrKey(idsOrKeys: ["TEST-1"]) { key }', Connection__issuesByIdOrKey=GET_ISSUE
    ),
    "several issues of a list": below(
        'issuesByIdOrKey(idsOrKeys: ["TEST-1", "TEST-2"]) { key }',
        Connection__issuesByIdOrKey=FETCH_ISSUES,
    ),
    "issues by a custom field": below(
        f"issues({WITH_POINTS}) {{ nodes {{ key }} }}", Connection__issues=(GET_FIELDS, SEARCH)
    ),
    "a project's issues by a custom field": in_project(
        f"issues({WITH_POINTS}) {{ nodes {{ key }} }}", Project__issues=(GET_FIELDS, SEARCH)
    ),
    "a board's issues by a custom field": in_board(
        f"issues({WITH_POINTS}) {{ nodes {{ key }} }}",
        Board__issues=(GET_FIELDS, LIST_BOARD_ISSUES),
    ),
    "a board's backlog by a custom field": in_board(
        f"backlog({WITH_POINTS}) {{ nodes {{ key }} }}", Board__backlog=(GET_FIELDS, LIST_BACKLOG)
    ),
    "a sprint's issues by a custom field": in_sprint(
        f"issues({WITH_POINTS}) {{ nodes {{ key }} }}",
        Sprint__issues=(GET_FIELDS, LIST_SPRINT_ISSUES),
    ),
    "kinds of links": below("issueLinkTypes { name }", Connection__issueLinkTypes=LIST_LINK_TYPES),
    "a parent": in_named("TEST-7", "parent { labels }", Issue__parent=GET_ISSUE),
    "several parents": in_named("TEST-7 TEST-8", "parent { labels }", Issue__parent=FETCH_ISSUES),
    "a sub-task": in_named("TEST-7", "subtasks { nodes { labels } }", Issue__subtasks=GET_ISSUE),
    "several sub-tasks": in_named(
        "TEST-7 TEST-8", "subtasks { nodes { labels } }", Issue__subtasks=FETCH_ISSUES
    ),
    "a link's other end": in_named(
        "TEST-7", "links { issue { labels } }", IssueLink__issue=GET_ISSUE
    ),
    "several links' other ends": in_named(
        "TEST-7 TEST-8", "links { issue { labels } }", IssueLink__issue=FETCH_ISSUES
    ),
    "a history": in_named(
        "TEST-7",
        "changelog { nodes { id } }",
        Issue__changelog="GET /rest/api/3/issue/{}/changelog",
    ),
    "several histories": in_named(
        "TEST-7 TEST-8",
        "changelog { nodes { id } }",
        Issue__changelog="POST /rest/api/3/changelog/bulkfetch",
    ),
    "issues": below("issues { nodes { key } }", Connection__issues=SEARCH),
    "fields": below("fields { fieldId }", Connection__fields=GET_FIELDS),
    "people": below(
        'users(query: "a") { nodes { accountId } }', Connection__users="GET /rest/api/3/user/search"
    ),
    "a person": below(
        'user(accountId: "a") { accountId }', Connection__user="GET /rest/api/3/user/bulk"
    ),
    "types": below("issueTypes { name }", Connection__issueTypes="GET /rest/api/3/issuetype"),
    "priorities": below("priorities { name }", Connection__priorities="GET /rest/api/3/priority"),
    "statuses": below("statuses { name }", Connection__statuses="GET /rest/api/3/status"),
    "resolutions": below(
        "resolutions { name }", Connection__resolutions="GET /rest/api/3/resolution"
    ),
    "labels": below("labels", Connection__labels="GET /rest/api/3/label"),
    "a project's description": in_project("description", Project__description=GET_PROJECT),
    "a project's category": in_project("category", Project__category=GET_PROJECT),
    "whether a project is private": in_project("isPrivate", Project__isPrivate=GET_PROJECT),
    "whether a project is archived": in_project("isArchived", Project__isArchived=GET_PROJECT),
    "a project's lead": in_project("lead { accountId }", Project__lead=GET_PROJECT),
    "a project's types": in_project("issueTypes { name }", Project__issueTypes=GET_PROJECT),
    "a project's components": in_project("components { name }", Project__components=GET_PROJECT),
    "a project's components with leads": in_project(
        "components { lead { accountId } }",
        Project__components="GET /rest/api/3/project/{}/components",
    ),
    "a project's versions": in_project("versions { name }", Project__versions=GET_PROJECT),
    "a project's boards": in_project("boards { nodes { name } }", Project__boards=LIST_BOARDS),
    "a project's sprints": in_project(
        "sprints { nodes { name } }", Project__sprints=(LIST_BOARDS, LIST_SPRINTS)
    ),
    "a project's active sprints": in_project(
        "activeSprints { name }", Project__activeSprints=(LIST_BOARDS, LIST_SPRINTS)
    ),
    "a project's permissions": in_project("permissions { canBrowse }", Project__permissions=CHECK),
    "who can be assigned": in_project(
        "assignableUsers { nodes { accountId } }",
        Project__assignableUsers="GET /rest/api/3/user/assignable/search",
    ),
    "a project's issues": in_project("issues { nodes { key } }", Project__issues=SEARCH),
    "a board's sprints": below(
        "boards { nodes { sprints { nodes { name } } } }",
        Connection__boards=LIST_BOARDS,
        Board__sprints=LIST_SPRINTS,
    ),
    "a board's active sprints": below(
        "boards { nodes { activeSprints { name } } }",
        Connection__boards=LIST_BOARDS,
        Board__activeSprints=LIST_SPRINTS,
    ),
    "a board's columns": in_board("columns { name }", Board__columns=SETUP),
    "a board's columns with statuses": in_board(
        "columns { statuses { name } }", Board__columns=(SETUP, "GET /rest/api/3/status")
    ),
    "a board's issues": in_board("issues { nodes { key } }", Board__issues=LIST_BOARD_ISSUES),
    "a board's backlog": in_board("backlog { nodes { key } }", Board__backlog=LIST_BACKLOG),
    "many fields of a board's issues": in_board(
        f"issues(filter: {{ excludedLabels: [{NEARLY_LONG}] }}) {{ nodes {{ {MANY} }} }}",
        Board__issues=(LIST_BOARD_ISSUES, FETCH_ISSUES),
    ),
    "many fields of a board's backlog": in_board(
        f"backlog(filter: {{ excludedLabels: [{NEARLY_LONG}] }}) {{ nodes {{ {MANY} }} }}",
        Board__backlog=(LIST_BACKLOG, FETCH_ISSUES),
    ),
    "a count of a board's issues": in_board(
        "issues { approximateCount }",
        Board__issues=LIST_BOARD_ISSUES,
        IssueConnection__approximateCount=f"{LIST_BOARD_ISSUES}/approximate-count",
    ),
    "a count of a board's backlog": in_board(
        "backlog { approximateCount }",
        Board__backlog=LIST_BACKLOG,
        IssueConnection__approximateCount=f"{LIST_BACKLOG}/approximate-count",
    ),
    "a sprint's progress": in_sprint("progress { done }", Sprint__progress=LIST_SPRINT_ISSUES),
    "a sprint's story points": in_sprint(
        "progress { storyPointsTotal }", Sprint__progress=(GET_FIELDS, LIST_SPRINT_ISSUES)
    ),
    "a sprint's board": in_sprint("board { name }", Sprint__board="GET /rest/agile/1.0/board/{}"),
    "a sprint's issues": in_issue("key"),
    "a sprint's issues by a long filter": in_sprint(
        f"issues(filter: {{ labels: [{LONG}] }}) {{ nodes {{ key }} }}", Sprint__issues=SEARCH
    ),
    "a custom field": in_issue(
        'customField(idOrName: "Story Points") { field { name } }', Issue__customField=GET_FIELDS
    ),
    "an issue's sprint": in_issue("sprint { name }", Issue__sprint=GET_FIELDS),
    "an issue's sprints": in_issue("sprints { name }", Issue__sprints=GET_FIELDS),
    "an issue's story points": in_issue("storyPoints", Issue__storyPoints=GET_FIELDS),
    "an issue's transitions": in_issue("transitions { name }", Issue__transitions=LIST_WAYS),
    "an issue's form": in_issue(
        "editFields { name }", Issue__editFields="GET /rest/api/3/issue/{}/editmeta"
    ),
    "a new issue's form": in_project(
        'createFields(issueTypeId: "10002") { name }',
        Project__createFields=f"{LIST_NEW_TYPES}/{{}}",
    ),
    "custom fields": in_issue("customFields { field { name } }", Issue__customFields=GET_FIELDS),
    "an issue's permissions": in_issue("permissions { canEdit }", Issue__permissions=CHECK),
    "a count": in_sprint(
        "issues { approximateCount }",
        Sprint__issues=LIST_SPRINT_ISSUES,
        IssueConnection__approximateCount="POST /rest/api/3/search/approximate-count",
    ),
    "a component's lead": in_issue(
        "components { lead { accountId } }", Component__lead="GET /rest/api/3/component/{}"
    ),
}
"""Fields that read, and what they ask of Jira, by what is read."""
