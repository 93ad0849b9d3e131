"""Drives a Jira with the client `jira`: the task on standard input, the report on standard output.

Runs in an environment of its own, with that client's packages and nothing of ours.
"""

import json
import sys
from typing import Any

from jira import JIRA, JIRAError

Json = dict[str, Any]


def main() -> None:
    task = json.load(sys.stdin)
    client = JIRA(
        server=task["url"],
        basic_auth=(task["email"], task["token"]),
        options={"rest_api_version": "3"},
        max_retries=0,
        timeout=20,
    )
    report = {
        "refusal": ask_with_a_wrong_token(task),
        "projects": list_projects(client),
        "boards": [board.name for board in client.boards(maxResults=False)],
        "search": search(client, task["project"]),
        "count": client.approximate_issue_count(f"project = {task['project']}"),
        "linkTypes": [link_type.name for link_type in client.issue_link_types()],
        "priorities": [priority.name for priority in client.priorities()],
        "categories": [category.key for category in client.statuscategories()],
        "permissions": client.my_permissions(
            projectKey=task["project"], permissions="EDIT_ISSUES,ADMINISTER"
        )["permissions"],
        **write(client, task),
    }
    json.dump(report, sys.stdout)


def ask_with_a_wrong_token(task: Json) -> int:
    stranger = JIRA(
        server=task["url"],
        basic_auth=(task["email"], "wrong"),
        options={"rest_api_version": "3"},
        max_retries=0,
        get_server_info=False,
    )
    return tell_status(stranger.myself)


def list_projects(client: JIRA) -> list[list[str]]:
    """The keys of the whole list, then those of each page."""
    pages = [[project.key for project in client.projects()]]
    start = 0
    while True:
        address = f"project/search?startAt={start}&maxResults=50"
        page = client.find(address, ids="").raw
        pages.append([project["key"] for project in page["values"]])
        start += len(page["values"])
        if page["isLast"]:
            return pages


def search(client: JIRA, project: str) -> list[str]:
    """All of a project, over as many pages as it takes."""
    jql = f"project = {project} ORDER BY key ASC"
    return [issue.key for issue in client.search_issues(jql, maxResults=False, fields="summary")]


def write(client: JIRA, task: Json) -> Json:
    meta = client.createmeta(projectKeys=task["project"], expand="projects.issuetypes.fields")
    issue = client.create_issue(
        project=task["project"],
        issuetype="Task",
        summary=task["summary"],
        description=task["document"],
        labels=["stranger"],
    )
    report = {
        "creatable": [kind["name"] for kind in meta["projects"][0]["issuetypes"]],
        "created": {"id": issue.id, "key": issue.key},
        "found": find_again(client, issue, task["project"]),
        "description": client.issue(issue.key).raw["fields"]["description"],
    }
    issue.update(
        fields={"summary": task["newSummary"]}, update={"labels": [{"add": "edited"}]}, notify=False
    )
    report["edited"] = [issue.fields.summary, *issue.fields.labels]
    client.transition_issue(issue, task["transition"])
    report["status"] = client.issue(issue.key, fields="status").fields.status.name
    report["comments"] = comment(client, issue.key, task)
    report["deletion"] = delete(client, task["project"])
    return report


def delete(client: JIRA, project: str) -> list[int]:
    """How an issue with a sub-task refuses to go alone, and what reading both then gives."""
    fields = {"project": {"key": project}, "issuetype": {"name": "Bug"}, "summary": "Soon gone"}
    doomed = client.create_issue(fields=fields)
    below = {"issuetype": {"name": "Sub-task"}, "parent": {"key": doomed.key}}
    child = client.create_issue(fields=fields | below)
    refusal = tell_status(doomed.delete)
    doomed.delete(deleteSubtasks=True)
    return [refusal, tell_status(client.issue, doomed.key), tell_status(client.issue, child.key)]


def find_again(client: JIRA, issue: Any, project: str) -> list[list[str]]:
    """What a search finds right after, left to itself and told to catch up."""
    jql = f"project = {project} AND labels = stranger"
    left_alone = client.enhanced_search_issues(jql)
    told = client.enhanced_search_issues(jql, reconcileIssues=[int(issue.id)], use_post=True)
    return [[found.key for found in left_alone], [found.key for found in told]]


def comment(client: JIRA, key: str, task: Json) -> list[Json]:
    """The bodies of the comments after one was written, changed, and a second one removed."""
    first = client.add_comment(key, task["document"])
    client.comment(key, first.id).update(body=task["newDocument"])
    client.add_comment(key, task["document"]).delete()
    return [entry.raw["body"] for entry in client.comments(key)]


def tell_status(ask: Any, *arguments: str) -> int:
    try:
        ask(*arguments)
    except JIRAError as error:
        return int(error.status_code)
    return 200


if __name__ == "__main__":
    main()
