"""Which scopes each call to Jira needs.

Classic scopes or granular ones open a call of the platform; Jira Software knows granular ones
only. Where a call can be opened either way, the classic scopes are named, as Atlassian recommends.
Source: the operations' scopes in Atlassian's OpenAPI documents of the Jira platform and of Jira
Software; developer.atlassian.com, Scopes for OAuth 2.0 (3LO) and Forge apps, read 2026-11.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

OFFLINE_ACCESS = "offline_access"
"""Opens no call: without it Atlassian hands out no refresh token."""


@dataclass(frozen=True, slots=True)
class NeededScopes:
    """What a call asks of a grant: its classic scopes, or else all of its granular ones.

    `classic` is empty where no classic scope will do.
    """

    classic: tuple[str, ...]
    granular: tuple[str, ...]

    def find_missing(self, granted: Collection[str]) -> tuple[str, ...]:
        """The fewest scopes that would open the call, classic ones if there are; () where open."""
        if all(scope in granted for scope in self.granular):
            return ()
        return tuple(scope for scope in self.classic or self.granular if scope not in granted)


def _needs(classic: str, granular: str) -> NeededScopes:
    return NeededScopes(tuple(classic.split()), tuple(granular.split()))


_READ_USER = _needs(
    "read:jira-user",
    "read:application-role:jira read:group:jira read:user:jira read:avatar:jira",
)
_READ_ISSUE = _needs(
    "read:jira-work",
    "read:issue-meta:jira read:issue-security-level:jira read:issue.vote:jira "
    "read:issue.changelog:jira read:avatar:jira read:issue:jira read:status:jira read:user:jira "
    "read:field-configuration:jira",
)
_READ_CHANGELOG = _needs(
    "read:jira-work", "read:issue-meta:jira read:avatar:jira read:issue.changelog:jira"
)
_SEARCH = _needs(
    "read:jira-work",
    "read:issue-details:jira read:field.default-value:jira read:field.option:jira read:field:jira "
    "read:group:jira",
)
_CREATE_ISSUE = _needs(
    "write:jira-work",
    "write:issue:jira write:comment:jira write:comment.property:jira write:attachment:jira "
    "read:issue:jira",
)
_READ_PROJECT = _needs(
    "read:jira-work",
    "read:issue-type:jira read:project:jira read:project.property:jira read:user:jira "
    "read:application-role:jira read:avatar:jira read:group:jira read:issue-type-hierarchy:jira "
    "read:project-category:jira read:project-version:jira read:project.component:jira",
)
_READ_COMPONENT = _needs(
    "read:jira-work",
    "read:project:jira read:project.component:jira read:user:jira read:application-role:jira "
    "read:avatar:jira read:group:jira",
)
_READ_BOARD = _needs("", "read:board-scope:jira-software read:issue-details:jira")
_READ_CREATE_FORM = _needs(
    "read:jira-work", "read:issue-meta:jira read:avatar:jira read:field-configuration:jira"
)
_SEEN_COMMENT = (
    "read:comment:jira read:comment.property:jira read:group:jira read:project:jira "
    "read:project-role:jira read:user:jira read:avatar:jira"
)
_SEEN_WORKLOG = (
    "read:group:jira read:issue-worklog:jira read:issue-worklog.property:jira "
    "read:project-role:jira read:user:jira read:avatar:jira"
)
_WRITTEN_WORKLOG = "write:issue-worklog:jira write:issue-worklog.property:jira"

NEEDED_SCOPES: Mapping[tuple[str, str], NeededScopes] = {
    ("GET", "/rest/api/3/myself"): _READ_USER,
    ("GET", "/rest/api/3/user/bulk"): _READ_USER,
    ("GET", "/rest/api/3/user/search"): _needs(
        "read:jira-user",
        "read:user:jira read:user.property:jira read:application-role:jira read:avatar:jira "
        "read:group:jira",
    ),
    ("GET", "/rest/api/3/user/assignable/search"): _needs(
        "read:jira-user",
        "read:issue:jira read:project:jira read:user:jira read:application-role:jira "
        "read:avatar:jira read:group:jira",
    ),
    # The document lists no classic scope, and says that this one is needed since June 2024.
    ("POST", "/rest/api/3/permissions/check"): _needs("read:jira-work", "read:permission:jira"),
    ("GET", "/rest/api/3/label"): _needs("read:jira-work", "read:label:jira"),
    ("GET", "/rest/api/3/field"): _needs(
        "read:jira-work",
        "read:field:jira read:avatar:jira read:project-category:jira read:project:jira "
        "read:field-configuration:jira",
    ),
    ("GET", "/rest/api/3/issuetype"): _needs(
        "read:jira-work",
        "read:issue-type:jira read:avatar:jira read:project-category:jira read:project:jira",
    ),
    ("GET", "/rest/api/3/priority"): _needs("read:jira-work", "read:priority:jira"),
    ("GET", "/rest/api/3/status"): _needs("read:jira-work", "read:status:jira"),
    ("GET", "/rest/api/3/resolution"): _needs("read:jira-work", "read:resolution:jira"),
    ("GET", "/rest/api/3/project/search"): _READ_PROJECT,
    ("GET", "/rest/api/3/project/{}"): _READ_PROJECT,
    ("GET", "/rest/api/3/project/{}/components"): _READ_COMPONENT,
    ("GET", "/rest/api/3/component/{}"): _READ_COMPONENT,
    ("GET", "/rest/api/3/version/{}"): _needs("read:jira-work", "read:project-version:jira"),
    ("GET", "/rest/api/3/issue/{}"): _READ_ISSUE,
    ("POST", "/rest/api/3/issue/bulkfetch"): _READ_ISSUE,
    ("GET", "/rest/api/3/issue/{}/transitions"): _needs(
        "read:jira-work",
        "read:issue.transition:jira read:status:jira read:field-configuration:jira",
    ),
    ("GET", "/rest/api/3/issue/{}/editmeta"): _needs(
        "read:jira-work", "read:issue-meta:jira read:field-configuration:jira"
    ),
    ("GET", "/rest/api/3/issue/createmeta/{}/issuetypes"): _READ_CREATE_FORM,
    ("GET", "/rest/api/3/issue/createmeta/{}/issuetypes/{}"): _READ_CREATE_FORM,
    ("POST", "/rest/api/3/search/jql"): _SEARCH,
    ("POST", "/rest/api/3/search/approximate-count"): _SEARCH,
    ("POST", "/rest/api/3/issue"): _CREATE_ISSUE,
    ("POST", "/rest/api/3/issue/bulk"): _CREATE_ISSUE,
    ("GET", "/rest/api/3/issue/{}/comment"): _needs("read:jira-work", _SEEN_COMMENT),
    ("GET", "/rest/api/3/issue/{}/comment/{}"): _needs("read:jira-work", _SEEN_COMMENT),
    # The document asks for the scope that deletes properties, though nothing is deleted.
    ("POST", "/rest/api/3/comment/list"): _needs(
        "read:jira-work", f"{_SEEN_COMMENT} delete:comment.property:jira"
    ),
    ("GET", "/rest/api/3/issue/{}/worklog"): _needs("read:jira-work", _SEEN_WORKLOG),
    ("GET", "/rest/api/3/issue/{}/worklog/{}"): _needs(
        "read:jira-work", f"{_SEEN_WORKLOG} read:comment:jira"
    ),
    ("POST", "/rest/api/3/worklog/list"): _needs(
        "read:jira-work", f"{_SEEN_WORKLOG} read:comment:jira"
    ),
    ("POST", "/rest/api/3/issue/{}/comment"): _needs(
        "write:jira-work", f"{_SEEN_COMMENT} write:comment:jira"
    ),
    ("PUT", "/rest/api/3/issue/{}/comment/{}"): _needs(
        "write:jira-work", f"{_SEEN_COMMENT} write:comment:jira"
    ),
    ("DELETE", "/rest/api/3/issue/{}/comment/{}"): _needs(
        "write:jira-work", "delete:comment:jira delete:comment.property:jira"
    ),
    ("POST", "/rest/api/3/issue/{}/worklog"): _needs(
        "write:jira-work", f"{_SEEN_WORKLOG} {_WRITTEN_WORKLOG}"
    ),
    ("PUT", "/rest/api/3/issue/{}/worklog/{}"): _needs(
        "write:jira-work",
        f"{_SEEN_WORKLOG} {_WRITTEN_WORKLOG} read:comment:jira write:comment:jira",
    ),
    ("DELETE", "/rest/api/3/issue/{}/worklog/{}"): _needs(
        "write:jira-work",
        "delete:issue-worklog:jira delete:issue-worklog.property:jira "
        "write:issue.time-tracking:jira",
    ),
    ("GET", "/rest/api/3/issue/{}/changelog"): _READ_CHANGELOG,
    ("POST", "/rest/api/3/issue/{}/changelog/list"): _READ_CHANGELOG,
    ("POST", "/rest/api/3/changelog/bulkfetch"): _READ_CHANGELOG,
    ("GET", "/rest/api/3/issueLinkType"): _needs("read:jira-work", "read:issue-link-type:jira"),
    ("GET", "/rest/api/3/issueLink/{}"): _needs(
        "read:jira-work",
        "read:field:jira read:issue-link-type:jira read:issue:jira read:issue-type:jira "
        "read:priority:jira read:status:jira read:avatar:jira read:issue.time-tracking:jira "
        "read:project-category:jira read:project:jira read:user:jira",
    ),
    ("POST", "/rest/api/3/issueLink"): _needs(
        "write:jira-work", "write:comment:jira write:issue:jira write:issue-link:jira"
    ),
    ("DELETE", "/rest/api/3/issueLink/{}"): _needs("write:jira-work", "delete:issue-link:jira"),
    ("POST", "/rest/api/3/issue/{}/watchers"): _needs(
        "write:jira-work", "write:issue.watcher:jira"
    ),
    ("DELETE", "/rest/api/3/issue/{}/watchers"): _needs(
        "write:jira-work", "write:issue.watcher:jira"
    ),
    ("PUT", "/rest/api/3/issue/{}"): _needs("write:jira-work", "write:issue:jira"),
    ("POST", "/rest/api/3/issue/{}/transitions"): _needs(
        "write:jira-work", "write:issue:jira write:issue.property:jira"
    ),
    ("PUT", "/rest/api/3/issue/{}/assignee"): _needs("write:jira-work", "write:issue:jira"),
    ("DELETE", "/rest/api/3/issue/{}"): _needs("write:jira-work", "delete:issue:jira"),
    ("GET", "/rest/api/3/attachment/meta"): _needs(
        "read:jira-work", "read:instance-configuration:jira"
    ),
    ("GET", "/rest/api/3/attachment/{}"): _needs(
        "read:jira-work",
        "read:attachment:jira read:user:jira read:application-role:jira read:avatar:jira "
        "read:group:jira",
    ),
    ("GET", "/rest/api/3/attachment/content/{}"): _needs("read:jira-work", "read:attachment:jira"),
    ("DELETE", "/rest/api/3/attachment/{}"): _needs("write:jira-work", "delete:attachment:jira"),
    ("POST", "/rest/api/3/issue/{}/attachments"): _needs(
        "write:jira-work",
        "read:user:jira write:attachment:jira read:attachment:jira read:avatar:jira",
    ),
    ("GET", "/rest/agile/1.0/board"): _needs(
        "", "read:board-scope:jira-software read:project:jira"
    ),
    ("GET", "/rest/agile/1.0/board/{}"): _READ_BOARD,
    ("GET", "/rest/agile/1.0/board/{}/configuration"): _needs(
        "", "read:board-scope.admin:jira-software read:project:jira"
    ),
    ("GET", "/rest/software/1.0/board/{}/issue"): _READ_BOARD,
    ("GET", "/rest/software/1.0/board/{}/issue/approximate-count"): _READ_BOARD,
    ("GET", "/rest/software/1.0/board/{}/backlog"): _READ_BOARD,
    ("GET", "/rest/software/1.0/board/{}/backlog/approximate-count"): _READ_BOARD,
    ("GET", "/rest/agile/1.0/board/{}/sprint"): _needs("", "read:sprint:jira-software"),
    ("GET", "/rest/agile/1.0/sprint/{}"): _needs("", "read:sprint:jira-software"),
    ("GET", "/rest/software/1.0/sprint/{}/issue"): _needs(
        "", "read:sprint:jira-software read:issue-details:jira read:jql:jira"
    ),
}
"""By method and path template, as `join_path` takes it; the first row that fits a path counts."""


def missing_scopes(method: str, path: str, granted: Collection[str]) -> tuple[str, ...]:
    """The scopes that a call lacks, `path` being below the site's root and without a query.

    All that it needs, where nothing or nothing known was granted; none for a call that Juncture
    does not make.
    """
    for (row_method, template), needed in NEEDED_SCOPES.items():
        if row_method == method and _FORMS[template].fullmatch(path):
            return needed.find_missing(granted)
    return ()


_FORMS = {
    template: re.compile(re.escape(template).replace(r"\{\}", "[^/]+"))
    for _, template in NEEDED_SCOPES
}
