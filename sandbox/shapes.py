"""Records as Jira's JSON: users, projects, versions, boards, sprints.

Source: Atlassian's OpenAPI documents of the platform and the software API, 2026-05.
"""

from collections.abc import Collection
from datetime import datetime

from sandbox.avatars import build_avatar_urls
from sandbox.formats import format_agile_instant
from sandbox.world import Board, Issue, JsonObject, Project, Site, SiteData, Sprint, User


def describe_user(site: Site, user: User) -> JsonObject:
    """A user as issues and the user calls show it; what privacy hides is absent."""
    described: JsonObject = {
        "self": f"{site.url}/rest/api/3/user?accountId={user.account_id}",
        "accountId": user.account_id,
        "accountType": user.account_type,
        "avatarUrls": build_avatar_urls("user", user.account_id),
        "displayName": user.display_name,
        "active": user.is_active,
    }
    if user.time_zone is not None:
        described["timeZone"] = user.time_zone
    if user.email is not None:
        described["emailAddress"] = user.email
    return described


def describe_project_briefly(site: Site, project: Project) -> JsonObject:
    """A project as it stands inside an issue."""
    described: JsonObject = {
        "self": f"{site.url}/rest/api/3/project/{project.id}",
        "id": str(project.id),
        "key": project.key,
        "name": project.name,
        "projectTypeKey": project.type_key,
        "simplified": project.is_team_managed,
        "avatarUrls": build_avatar_urls("project", str(project.id)),
    }
    if project.category is not None:
        described["projectCategory"] = project.category
    return described


def describe_project(data: SiteData, project: Project, *, expand: Collection[str]) -> JsonObject:
    """A project in a list: its brief form, and what `expand` names."""
    described = describe_project_briefly(data.site, project) | {
        "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
        "style": "next-gen" if project.is_team_managed else "classic",
        "isPrivate": False,
        "properties": {},
    }
    if "description" in expand:
        described["description"] = project.description
    if "lead" in expand and project.lead is not None:
        described["lead"] = describe_user(data.site, project.lead)
    if "issueTypes" in expand:
        described["issueTypes"] = list(project.issue_types)
    if "url" in expand and project.url is not None:
        described["url"] = project.url
    if "permissions" in expand:
        described["permissions"] = {"canEdit": True}
    if "insight" in expand:
        described["insight"] = _describe_insight(data, project)
    return described


def _describe_insight(data: SiteData, project: Project) -> JsonObject:
    issues = data.project_issues(project.id)
    insight: JsonObject = {"totalIssueCount": len(issues)}
    if issues:
        insight["lastIssueUpdateTime"] = max(str(issue.fields["updated"]) for issue in issues)
    return insight


def describe_board(data: SiteData, board: Board) -> JsonObject:
    """A board with the project it stands in."""
    project = data.projects[board.project_id]
    return {
        "id": board.id,
        "self": f"{data.site.url}/rest/agile/1.0/board/{board.id}",
        "name": board.name,
        "type": board.kind,
        "location": {
            "projectId": project.id,
            "displayName": f"{project.name} ({project.key})",
            "projectName": project.name,
            "projectKey": project.key,
            "projectTypeKey": project.type_key,
            "avatarURI": build_avatar_urls("project", str(project.id))["16x16"],
            "name": f"{project.name} ({project.key})",
        },
        "isPrivate": False,
    }


def describe_sprint(site: Site, sprint: Sprint) -> JsonObject:
    """A sprint as the agile API gives it; dates it has not got are absent."""
    described: JsonObject = {
        "id": sprint.id,
        "self": f"{site.url}/rest/agile/1.0/sprint/{sprint.id}",
        "state": sprint.state,
        "name": sprint.name,
        **_describe_dates(sprint),
    }
    if sprint.created_at is not None:
        described["createdDate"] = format_agile_instant(sprint.created_at)
    described["originBoardId"] = sprint.origin_board_id
    if sprint.goal is not None:
        described["goal"] = sprint.goal
    return described


def describe_sprint_value(sprint: Sprint) -> JsonObject:
    """A sprint as the Sprint custom field holds it."""
    return {
        "id": sprint.id,
        "name": sprint.name,
        "state": sprint.state,
        "boardId": sprint.origin_board_id,
        "goal": sprint.goal or "",
        **_describe_dates(sprint),
    }


def _describe_dates(sprint: Sprint) -> JsonObject:
    dates: dict[str, datetime | None] = {
        "startDate": sprint.start_at,
        "endDate": sprint.end_at,
        "completeDate": sprint.complete_at,
    }
    return {name: format_agile_instant(at) for name, at in dates.items() if at is not None}


def describe_issue_stub(site: Site, issue: Issue) -> JsonObject:
    """An issue as parents, sub-tasks and links show it."""
    shown = ("summary", "status", "priority", "issuetype")
    return {
        "id": str(issue.id),
        "key": issue.key,
        "self": f"{site.url}/rest/api/3/issue/{issue.id}",
        "fields": {name: issue.fields[name] for name in shown if name in issue.fields},
    }
