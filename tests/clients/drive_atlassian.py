"""Drives a Jira with `atlassian-python-api`: a task on standard input, a report on standard output.

Runs in an environment of its own, with that client's packages and nothing of ours.
"""

import json
import sys
from typing import Any

from atlassian import Jira
from requests import HTTPError

Json = dict[str, Any]


def main() -> None:
    task = json.load(sys.stdin)
    client = open_client(task, task["token"])
    report = {
        "refusal": tell_status(open_client(task, "wrong").myself),
        "cloud": client.get_server_info()["deploymentType"],
        "projects": [project["key"] for project in client.projects()],
        "boards": list_boards(client),
        "search": search(client, task["project"]),
        "count": client.approximate_issue_count(f"project = {task['project']}")["count"],
        "linkTypes": [kind["name"] for kind in client.get_issue_link_types()],
        "priorities": [priority["name"] for priority in client.get_all_priorities()],
        "permissions": client.get_permissions(
            "EDIT_ISSUES,ADMINISTER", project_key=task["project"]
        )["permissions"],
        **write(client, task),
    }
    json.dump(report, sys.stdout)


def open_client(task: Json, token: str) -> Jira:
    return Jira(
        url=task["url"],
        username=task["email"],
        password=token,
        cloud=True,
        api_version="3",
        timeout=20,
    )


def list_boards(client: Jira) -> list[str]:
    names: list[str] = []
    while True:
        page = client.get_all_agile_boards(start=len(names))
        names += [board["name"] for board in page["values"]]
        if page["isLast"]:
            return names


def search(client: Jira, project: str) -> list[str]:
    """All of a project, with all fields, over as many pages as it takes."""
    jql = f"project = {project} ORDER BY key ASC"
    return [issue["key"] for issue in client.enhanced_jql_get_list_of_tickets(jql)]


def write(client: Jira, task: Json) -> Json:
    created = client.create_issue(
        {
            "project": {"key": task["project"]},
            "issuetype": {"name": "Task"},
            "summary": task["summary"],
            "description": task["document"],
            "labels": ["stranger"],
        }
    )
    key = created["key"]
    types = client.issue_createmeta_issuetypes(task["project"])["issueTypes"]
    found = client.enhanced_jql(f"project = {task['project']} AND labels = stranger")
    report = {
        "creatable": [kind["name"] for kind in types],
        "created": {"id": created["id"], "key": key},
        "found": [[issue["key"] for issue in found["issues"]]],
        "description": client.issue(key)["fields"]["description"],
    }
    client.update_issue_field(key, {"summary": task["newSummary"]}, notify_users=False)
    client.edit_issue(key, {"labels": [{"add": "edited"}]}, notify_users=False)
    edited = client.get_issue(key, fields=["summary", "labels"])["fields"]
    report["edited"] = [edited["summary"], *edited["labels"]]
    client.issue_transition(key, task["transition"])
    report["status"] = client.get_issue_status(key)
    report["comments"] = comment(client, key, task)
    report["deletion"] = delete(client, task["project"])
    return report


def delete(client: Jira, project: str) -> list[int]:
    """How an issue with a sub-task refuses to go alone, and what reading both then gives."""
    fields = {"project": {"key": project}, "issuetype": {"name": "Bug"}, "summary": "Soon gone"}
    doomed = client.create_issue(fields)["key"]
    below = {"issuetype": {"name": "Sub-task"}, "parent": {"key": doomed}}
    child = client.create_issue(fields | below)["key"]
    refusal = tell_status(lambda: client.delete_issue(doomed, delete_subtasks=False))
    client.delete_issue(doomed)
    gone = [tell_status(lambda key=key: client.issue(key)) for key in (doomed, child)]
    return [refusal, *gone]


def comment(client: Jira, key: str, task: Json) -> list[Json]:
    """The bodies of the comments after one was written and changed."""
    written = client.issue_add_comment(key, task["document"])
    client.issue_edit_comment(key, written["id"], task["newDocument"])
    return [entry["body"] for entry in client.issue_get_comments(key)["comments"]]


def tell_status(ask: Any) -> int:
    try:
        ask()
    except HTTPError as error:
        return int(error.response.status_code)
    return 200


if __name__ == "__main__":
    main()
