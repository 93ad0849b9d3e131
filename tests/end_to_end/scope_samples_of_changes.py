"""What changes something, and the calls to Jira that it makes."""

from collections.abc import Mapping

from tests.end_to_end.scope_samples import (
    BULK,
    FETCH_ISSUES,
    GET_FIELDS,
    GET_ISSUE,
    GET_PROJECT,
    LIST_COMMENTS,
    LIST_LINK_TYPES,
    LIST_NEW_TYPES,
    LIST_WAYS,
    LIST_WORKLOGS,
    TAKE_WAY,
    Sample,
    changing,
    repeating,
)

NEW = 'project: { key: "TEST" } issueType: { name: "Task" } summary: "New"'
RESULTS = "results { errors { code ... on MissingScopeError { scopes } } }"
POINTS = 'customFields: [{ field: "Story Points", value: 3 }]'

CHANGING: Mapping[str, Sample] = {
    "selecting": changing("selectProject", 'project: { key: "TEST" } -> ', GET_PROJECT),
    "making": changing("createIssue", f"issue: {{ {NEW} }} -> ", "POST /rest/api/3/issue"),
    "making with a custom field": changing(
        "createIssue", f"issue: {{ {NEW} {POINTS} }} -> ", GET_FIELDS, "POST /rest/api/3/issue"
    ),
    "making with story points": changing(
        "createIssue",
        f"issue: {{ {NEW} storyPoints: 3 }} -> ",
        GET_FIELDS,
        LIST_NEW_TYPES,
        f"{LIST_NEW_TYPES}/{{}}",
        "POST /rest/api/3/issue",
    ),
    "making and reading": changing(
        "createIssue",
        f"issue: {{ {NEW} }} -> issue {{ summary }}",
        "POST /rest/api/3/issue",
        IssuePayload__issue=GET_ISSUE,
    ),
    "making several": changing("createIssues", f"issues: [{{ {NEW} }}] -> {RESULTS}", BULK),
    "making several with a custom field": changing(
        "createIssues", f"issues: [{{ {NEW} {POINTS} }}] -> {RESULTS}", GET_FIELDS, BULK
    ),
    "making several with story points": changing(
        "createIssues",
        f"issues: [{{ {NEW} storyPoints: 3 }}] -> {RESULTS}",
        GET_FIELDS,
        LIST_NEW_TYPES,
        f"{LIST_NEW_TYPES}/{{}}",
        BULK,
    ),
    "making several and reading one": changing(
        "createIssues",
        f"issues: [{{ {NEW} }}] -> {RESULTS} results {{ issue {{ summary }} }}",
        BULK,
        CreateIssueResult__issue=GET_ISSUE,
    ),
    "making several and reading them": changing(
        "createIssues",
        f"issues: [{{ {NEW} }}, {{ {NEW} }}] -> {RESULTS} results {{ issue {{ summary }} }}",
        BULK,
        CreateIssueResult__issue=FETCH_ISSUES,
    ),
    "changing what was read": changing(
        "updateIssue",
        'issue: "TEST-2" addLabels: ["a"] expectedUpdated: "<OtherUpdated>" -> ',
        GET_ISSUE,
        "PUT /rest/api/3/issue/{}",
    ),
    "changing": changing(
        "updateIssue", 'issue: "TEST-1" summary: "Changed" -> ', "PUT /rest/api/3/issue/{}"
    ),
    "changing a custom field": changing(
        "updateIssue", f'issue: "TEST-1" {POINTS} -> ', GET_FIELDS, "PUT /rest/api/3/issue/{}"
    ),
    "commenting": changing(
        "addComment",
        'issue: "TEST-1" body: { text: "Hello" } -> ',
        "POST /rest/api/3/issue/{}/comment",
    ),
    "commenting twice under a key": repeating(
        "addComment",
        'issue: "TEST-1" body: { text: "Hello" }',
        "POST /rest/api/3/issue/{}/comment",
        f"{LIST_COMMENTS}/{{}}",
    ),
    "changing a comment": changing(
        "updateComment",
        'issue: "TEST-1" commentId: 10000 body: { text: "Hello" } -> ',
        "PUT /rest/api/3/issue/{}/comment/{}",
    ),
    "taking a comment away": changing(
        "deleteComment",
        'issue: "TEST-1" commentId: 10001 -> ',
        GET_ISSUE,
        "DELETE /rest/api/3/issue/{}/comment/{}",
    ),
    "logging work": changing(
        "addWorklog",
        'issue: "TEST-1" timeSpentSeconds: 60 -> ',
        "POST /rest/api/3/issue/{}/worklog",
    ),
    "logging work twice under a key": repeating(
        "addWorklog",
        'issue: "TEST-1" timeSpentSeconds: 60',
        "POST /rest/api/3/issue/{}/worklog",
        f"{LIST_WORKLOGS}/{{}}",
    ),
    "changing a worklog": changing(
        "updateWorklog",
        'issue: "TEST-1" worklogId: 10000 timeSpentSeconds: 60 -> ',
        "PUT /rest/api/3/issue/{}/worklog/{}",
    ),
    "changing nothing of a worklog": changing(
        "updateWorklog", 'issue: "TEST-1" worklogId: 10000 -> ', f"{LIST_WORKLOGS}/{{}}"
    ),
    "taking a worklog away": changing(
        "deleteWorklog",
        'issue: "TEST-1" worklogId: 10001 -> ',
        GET_ISSUE,
        "DELETE /rest/api/3/issue/{}/worklog/{}",
    ),
    "changing story points": changing(
        "updateIssue",
        'issue: "TEST-1" storyPoints: 3 -> ',
        GET_FIELDS,
        "GET /rest/api/3/issue/{}/editmeta",
        "PUT /rest/api/3/issue/{}",
    ),
    "moving": changing(
        "transitionIssue", 'issue: "TEST-1" transition: { name: "Again" } -> ', LIST_WAYS, TAKE_WAY
    ),
    "moving by a global id": changing(
        "transitionIssue",
        'issue: "TEST-1" transition: { id: "<Transition>" } -> ',
        GET_ISSUE,
        LIST_WAYS,
        TAKE_WAY,
    ),
    "moving with a custom field": changing(
        "transitionIssue",
        f'issue: "TEST-1" transition: {{ name: "Again" }} {POINTS} -> ',
        LIST_WAYS,
        GET_FIELDS,
        TAKE_WAY,
    ),
    "assigning": changing(
        "assignIssue",
        'issue: "TEST-1" accountId: null -> ',
        "PUT /rest/api/3/issue/{}/assignee",
    ),
    "linking": changing(
        "linkIssues",
        'from: "TEST-1" to: "TEST-2" type: { id: "10000" } -> ',
        "POST /rest/api/3/issueLink",
    ),
    "linking by a name": changing(
        "linkIssues",
        'from: "TEST-1" to: "TEST-2" type: { name: "Blocks" } -> ',
        LIST_LINK_TYPES,
        "POST /rest/api/3/issueLink",
    ),
    "taking a link away": changing(
        "unlinkIssues",
        "linkId: 10000 -> ",
        "GET /rest/api/3/issueLink/{}",
        "DELETE /rest/api/3/issueLink/{}",
    ),
    "watching": changing(
        "watchIssue",
        'issue: "TEST-1" -> ',
        "GET /rest/api/3/myself",
        "POST /rest/api/3/issue/{}/watchers",
    ),
    "letting somebody watch": changing(
        "watchIssue",
        'issue: "TEST-1" accountId: "<User>" -> ',
        "POST /rest/api/3/issue/{}/watchers",
    ),
    "watching no more": changing(
        "unwatchIssue",
        'issue: "TEST-1" -> ',
        "GET /rest/api/3/myself",
        "DELETE /rest/api/3/issue/{}/watchers",
    ),
    "taking an attachment away": changing(
        "deleteAttachment",
        "attachmentId: 10000 -> ",
        "DELETE /rest/api/3/attachment/{}",
    ),
    "taking away": changing(
        "deleteIssue", 'issue: "TEST-3" -> ', GET_ISSUE, "DELETE /rest/api/3/issue/{}"
    ),
}
"""Changes, and what they ask of Jira, by what is done."""
