"""Ids of what archives bring: told apart where two clash, and counted on from."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.archive import load_files
from sandbox.jql.evaluator import find_issues
from tests.sandbox.visitors import a_site

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def write_archive(path: Path, *issues: dict[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(issue) for issue in issues))
    return path


def an_issue_of(project: dict[str, str], number: int, **fields: Any) -> dict[str, Any]:
    """One line of an export, as small as can be."""
    status = {"id": "1", "name": "Open", "statusCategory": {"id": 2, "key": "new", "name": "New"}}
    usual = {"summary": "One", "project": project, "status": status}
    usual["issuetype"] = {"id": "1", "name": "Bug", "subtask": False}
    return {
        "id": f"{project['id']}{number}",
        "key": f"{project['key']}-{number}",
        "fields": usual | fields,
    }


def test_one_id_for_two_things_is_told_apart(tmp_path: Path) -> None:
    _, site = a_site()
    first, second = ({"id": id_, "key": key, "name": key} for id_, key in (("7", "A"), ("8", "B")))
    files = [
        write_archive(
            tmp_path / "a",
            an_issue_of(first, 1, components=[{"id": "5", "name": "API"}], labels=["same"]),
        ),
        write_archive(
            tmp_path / "b",
            an_issue_of(second, 1, components=[{"id": "5", "name": "API"}]),
            an_issue_of(second, 2, components=[{"id": "5", "name": "API"}]),
            an_issue_of(second, 3, components=[{"id": "6", "name": "Web"}]),
        ),
    ]

    load_files(site.data, files)

    def search(jql: str) -> list[str]:
        return [issue.key for issue in find_issues(site.data, jql, now=NOW)]

    assert search("component = 5") == ["A-1"]
    (own,) = {issue.fields["components"][0]["id"] for issue in site.data.project_issues(8)[:2]}
    assert search(f"component = {own}") == ["B-1", "B-2"]
    assert search("component = 6") == ["B-3"]
    assert site.data.components[own]["self"].endswith(f"/component/{own}")
    assert site.data.components[own]["project"] == "B"


def test_one_thing_in_two_archives_keeps_its_id(tmp_path: Path) -> None:
    _, site = a_site()
    first, second = ({"id": id_, "key": key, "name": key} for id_, key in (("7", "A"), ("8", "B")))

    load_files(
        site.data,
        [
            write_archive(tmp_path / "a", an_issue_of(first, 1)),
            write_archive(tmp_path / "b", an_issue_of(second, 1)),
        ],
    )

    assert list(site.data.issue_types) == ["1"]
    assert list(site.data.statuses) == ["1"]


def test_renumbered_priorities_keep_their_rank(tmp_path: Path) -> None:
    _, site = a_site()
    first, second = ({"id": id_, "key": key, "name": key} for id_, key in (("7", "A"), ("8", "B")))

    def rank(project: dict[str, str], names: str) -> list[dict[str, Any]]:
        return [
            an_issue_of(project, number, priority={"id": str(number), "name": name})
            for number, name in enumerate(names.split(), start=1)
        ]

    load_files(
        site.data,
        [
            write_archive(tmp_path / "a", *rank(first, "Critical High Trivial")),
            write_archive(tmp_path / "b", *rank(second, "Blocker Major Trivial")),
        ],
    )

    found = find_issues(site.data, "project = B ORDER BY priority DESC", now=NOW)
    assert [issue.fields["priority"]["name"] for issue in found] == ["Blocker", "Major", "Trivial"]
    assert [i.key for i in find_issues(site.data, "project = B AND priority = 1", now=NOW)] == []


def test_what_is_made_on_an_archives_site_gets_ids_of_its_own(tmp_path: Path) -> None:
    _, site = a_site()
    project = {"id": "70000", "key": "OLD", "name": "Old"}
    component = {"id": "60000", "name": "API"}
    path = write_archive(tmp_path / "a", an_issue_of(project, 9, components=[component]))
    load_files(site.data, [path])

    loaded = site.data.projects[70000]
    boards = set(site.data.boards)
    issue = site.add_issue(loaded, components=["API", "New"])

    assert (issue.id, issue.key) == (700010, "OLD-10")
    assert [entry["id"] for entry in issue.fields["components"]] == ["60000", "60001"]
    assert site.add_project("NEXT").id == 70001
    assert site.add_board(loaded).id not in boards


def test_one_id_for_two_kinds_of_links_is_told_apart(tmp_path: Path) -> None:
    _, site = a_site()
    first, second = ({"id": id_, "key": key, "name": key} for id_, key in (("7", "A"), ("8", "B")))
    files = []
    for project, name in ((first, "Cloners"), (second, "Depends")):
        kind = {"id": "5", "name": name, "inward": "in", "outward": "out"}
        stub = {"id": "99", "key": "OUT-1", "fields": {"summary": "Far"}}
        link = {"id": f"{project['id']}1", "type": kind, "outwardIssue": stub}
        issue = an_issue_of(project, 1, issuelinks=[link])
        files.append(write_archive(tmp_path / name, issue))

    load_files(site.data, files)

    kinds = [issue.fields["issuelinks"][0]["type"] for issue in site.data.list_issues()]
    assert [kind["name"] for kind in kinds] == ["Cloners", "Depends"]
    assert kinds[0]["id"] == "5" != kinds[1]["id"]
    assert list(site.data.link_types.values()) == kinds
    assert kinds[1]["self"].endswith(f"/issueLinkType/{kinds[1]['id']}")
