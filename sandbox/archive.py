"""Loads real issues from JSON Lines, as an export of a Jira Server gives them, onto a Cloud site.

What an export leaves out is made up to fit: boards from the sprints' origins, a project lead from
the assignees, catalogues from what the issues use. Where two exports give one id to different
catalogue entries, components or versions, those of the later one get ids of their own.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TextIO

from sandbox.archive_fields import FieldConverter, guess_custom_field
from sandbox.errors import ArchiveError
from sandbox.formats import parse_instant
from sandbox.generator import build_sites, fill_other_site
from sandbox.shapes import describe_issue_stub
from sandbox.world import (
    EPIC_LINK_FIELD,
    RANK_FIELD,
    Board,
    Issue,
    JsonObject,
    Project,
    SiteData,
    Sprint,
    World,
)

_RANK_START: Final = "0|"


def build_archive_world(paths: Sequence[Path]) -> World:
    """The four sites of the generated world, the main one holding the files' projects instead.

    Raises:
        ArchiveError: a line is no issue.
        OSError: a file cannot be read.
    """
    world, main, other = build_sites()
    fill_other_site(other)
    load_files(main.data, paths)
    return world.world


def load_files(data: SiteData, paths: Sequence[Path]) -> None:
    """Put the issues of every file on a site that has none of its own.

    Raises:
        ArchiveError: a line is no issue.
        OSError: a file cannot be read.
    """
    for catalogue in (data.issue_types, data.statuses, data.priorities, data.resolutions):
        catalogue.clear()
    data.link_types.clear()
    original_ids: dict[str, str] = {}
    for path in paths:
        original_ids |= _load_file(data, path)
    _sort_priorities(data, original_ids)
    for issue in data.list_issues():
        _strip_stubs(data, issue)


def _load_file(data: SiteData, path: Path) -> dict[str, str]:
    raw_issues = list(_read_lines(path))
    for field_id, field in _guess_fields(raw_issues).items():
        data.field_catalogue.setdefault(field_id, field)
    converter = FieldConverter(data)
    issues = [_convert_issue(converter, raw) for raw in raw_issues]
    for raw in raw_issues:
        for sprint in _list_raw_sprints(raw["fields"]):
            if sprint["id"] not in data.sprints:
                data.put_sprint(_read_sprint(sprint))
    for issue in issues:
        data.put_issue(issue)
    project_ids = sorted({issue.project_id for issue in issues})
    for project_id in project_ids:
        data.projects[project_id] = _read_project(converter, project_id)
        data.reserve_id("project", project_id)
        _add_boards(data, data.projects[project_id])
    for issue in issues:
        _complete(data, issue)
    return converter.list_original_ids("priority")


def _read_lines(path: Path) -> Iterator[JsonObject]:
    with _open(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                raw = json.loads(line)
            except ValueError:
                raise ArchiveError(str(path), number) from None
            if not isinstance(raw, dict) or not {"id", "key", "fields"} <= raw.keys():
                raise ArchiveError(str(path), number)
            yield raw


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _guess_fields(raw_issues: Sequence[JsonObject]) -> dict[str, JsonObject]:
    samples: dict[str, Any] = {}
    for raw in raw_issues:
        for name, value in raw["fields"].items():
            if name.startswith("customfield_") and samples.get(name) is None:
                samples[name] = value
    return {name: guess_custom_field(name, samples[name]) for name in sorted(samples)}


def _convert_issue(converter: FieldConverter, raw: JsonObject) -> Issue:
    fields = raw["fields"]
    number = int(raw["key"].rpartition("-")[2])
    rank = _find_rank(fields) or f"0|i{number:07d}:"
    epic = fields.get("epic")
    converted = converter.convert(int(raw["id"]), fields)
    converted[RANK_FIELD] = rank
    converted[EPIC_LINK_FIELD] = None if epic is None else epic["key"]
    return Issue(
        id=int(raw["id"]),
        key=raw["key"],
        project_id=int(fields["project"]["id"]),
        fields=converted,
        rank=rank,
        sprint_ids=tuple(dict.fromkeys(sprint["id"] for sprint in _list_raw_sprints(fields))),
        epic=None if epic is None else converter.convert_epic(epic),
        is_flagged=bool(fields.get("flagged")),
    )


def _find_rank(fields: JsonObject) -> str | None:
    return next(
        (
            value
            for name, value in fields.items()
            if name.startswith("customfield_")
            and isinstance(value, str)
            and value.startswith(_RANK_START)
        ),
        None,
    )


def _list_raw_sprints(fields: JsonObject) -> list[JsonObject]:
    current = fields.get("sprint")
    return [*fields.get("closedSprints", ()), *([current] if current else ())]


def _read_sprint(raw: JsonObject) -> Sprint:
    dates = {
        name: parse_instant(raw[key]) if key in raw else None
        for name, key in (
            ("start_at", "startDate"),
            ("end_at", "endDate"),
            ("complete_at", "completeDate"),
        )
    }
    return Sprint(
        id=raw["id"],
        name=raw["name"],
        state=raw["state"],
        origin_board_id=raw["originBoardId"],
        goal=raw.get("goal"),
        **dates,
    )


def _read_project(converter: FieldConverter, project_id: int) -> Project:
    data = converter.data
    issues = data.project_issues(project_id)
    brief: JsonObject = issues[0].fields["project"]
    assignees = Counter(
        issue.fields["assignee"]["accountId"] for issue in issues if issue.fields.get("assignee")
    )
    leads = assignees.most_common(1)
    return Project(
        id=project_id,
        key=brief["key"],
        name=brief["name"],
        lead=data.users[leads[0][0]] if leads else None,
        type_key=brief["projectTypeKey"],
        category=brief.get("projectCategory"),
        issue_types=_list_used(issues, "issuetype"),
        statuses=_list_used(issues, "status"),
    )


def _list_used(issues: Sequence[Issue], name: str) -> tuple[JsonObject, ...]:
    used = {issue.fields[name]["id"]: issue.fields[name] for issue in issues}
    return tuple(used[id_] for id_ in sorted(used, key=int))


def _add_boards(data: SiteData, project: Project) -> None:
    sprint_ids = {i for issue in data.project_issues(project.id) for i in issue.sprint_ids}
    for board_id in sorted({data.sprints[i].origin_board_id for i in sprint_ids}):
        name = f"{project.key} scrum {board_id}"
        data.boards[board_id] = Board(board_id, name, "scrum", project.id, has_sprints=True)
        data.reserve_id("board", board_id)
    following = data.take_id("board", 1)
    name = f"{project.key} kanban"
    data.boards[following] = Board(following, name, "kanban", project.id, has_sprints=False)
    if sprint_ids:
        name = f"{project.key} team"
        simple = Board(data.take_id("board", 1), name, "simple", project.id, has_sprints=False)
        data.boards[simple.id] = simple


def _complete(data: SiteData, issue: Issue) -> None:
    # Cloud shows an epic as the parent; the export names it in the epic alone.
    epic = None if issue.epic is None else data.issues.get(int(issue.epic["id"]))
    if epic is not None and "parent" not in issue.fields:
        parent = describe_issue_stub(data.site, epic)
        data.put_issue(replace(issue, fields={**issue.fields, "parent": parent}))


def _sort_priorities(data: SiteData, original_ids: dict[str, str]) -> None:
    # Priorities rank by their place in the list, which renumbering must not change.
    ranked = sorted(
        data.priorities.items(), key=lambda item: int(original_ids.get(item[0], item[0]))
    )
    data.priorities.clear()
    data.priorities.update(ranked)


def _strip_stubs(data: SiteData, issue: Issue) -> None:
    # Sub-tasks that the site holds are found by their parent.
    stubs = issue.fields.get("subtasks") or []
    foreign = [stub for stub in stubs if int(stub["id"]) not in data.issues]
    if len(foreign) < len(stubs):
        data.put_issue(replace(issue, fields={**issue.fields, "subtasks": foreign}))
