import gzip
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sandbox.adf import build_document, read_text
from sandbox.archive import build_archive_world, load_files
from sandbox.errors import ArchiveError
from sandbox.generator import MAIN_CLOUD_ID, OTHER_CLOUD_ID
from sandbox.issues import describe_board_issue, read_fields
from sandbox.world import EPIC_LINK_FIELD, RANK_FIELD, SiteData, World
from tests.contract.check import check_answer
from tests.contract.documents import load_documents
from tests.contract.exchanges import read_answer
from tests.sandbox.visitors import Guest, a_site, a_visitor, find_shared

TIMOB = "tidev-TIMOB.jsonl.gz"
ARROW = "apache-ARROW.jsonl.gz"
EVERYTHING = read_fields(["*all"], default="")
# What Cloud words differently, or the sandbox makes up.
MADE_UP = frozenset(
    {"self", "avatarUrls", "accountId", "accountType", "hierarchyLevel", "iconUrl", "content"}
    | {"simplified", "projectTypeKey"}
)


INVENTED = 900_000_000


def an_issue(**fields: Any) -> dict[str, Any]:
    """One line of an export, as small as can be."""
    status = {"id": "1", "name": "Open", "statusCategory": {"id": 2, "key": "new", "name": "New"}}
    return {
        "id": "10",
        "key": "OLD-1",
        "fields": {
            "summary": "One",
            "project": {"id": "7", "key": "OLD", "name": "Old"},
            "issuetype": {"id": "1", "name": "Bug", "subtask": False},
            "status": status,
        }
        | fields,
    }


def load(tmp_path: Path, *issues: dict[str, Any]) -> SiteData:
    path = tmp_path / "issues.jsonl"
    path.write_text("\n".join(json.dumps(issue) for issue in issues))
    _, site = a_site()
    load_files(site.data, [path])
    return site.data


def read_raw(name: str) -> list[dict[str, Any]]:
    with gzip.open(find_shared("jira-data", "issues", name), "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@cache
def load_archives() -> World:
    folder = find_shared("jira-data", "issues")
    return build_archive_world([folder / TIMOB, folder / ARROW])


def load_main_site() -> SiteData:
    return load_archives().data[MAIN_CLOUD_ID]


def list_differences(raw: Any, shown: Any, path: str) -> list[str]:
    """Where an issue shown differs from its raw line, made-up keys and known changes aside."""
    if isinstance(raw, dict) and "displayName" in raw:
        kept = ("displayName", "active", "timeZone")
        return [f"{path}.{name}" for name in kept if raw.get(name) != shown.get(name)]
    if isinstance(raw, dict):
        return [
            fault
            for name, value in raw.items()
            if name not in MADE_UP and not (name == "id" and int(shown[name]) > INVENTED)
            for fault in list_differences(value, shown.get(name), f"{path}.{name}")
        ]
    if isinstance(raw, list):
        if len(raw) != len(shown):
            return [f"{path} has {len(shown)} entries"]
        pairs = enumerate(zip(raw, shown, strict=True))
        return [
            f for n, (left, right) in pairs for f in list_differences(left, right, f"{path}[{n}]")
        ]
    if isinstance(raw, str) and isinstance(shown, dict):
        return [] if read_text(shown) == raw.replace("\r\n", "\n") else [path]
    return [] if raw == shown else [f"{path}: {raw!r} is {shown!r}"]


@pytest.mark.untraced
@pytest.mark.parametrize("name", [TIMOB, ARROW])
def test_every_issue_keeps_every_value_of_its_line(name: str) -> None:
    site = load_main_site()

    faults = []
    for raw in read_raw(name):
        issue = site.find_issue(raw["key"])
        assert issue is not None
        shown = describe_board_issue(site, issue, EVERYTHING)
        faults += list_differences(raw["fields"], shown["fields"], raw["key"])

    assert faults[:5] == []


def test_both_archives_stand_on_the_main_site_beside_the_third() -> None:
    world = load_archives()
    main = world.data[MAIN_CLOUD_ID]

    assert [(p.key, len(main.project_issues(p.id))) for p in main.projects.values()] == [
        ("TIMOB", 2189),
        ("ARROW", 1784),
    ]
    assert [project.key for project in world.data[OTHER_CLOUD_ID].projects.values()] == ["GLX"]


def test_boards_follow_the_origins_of_sprints() -> None:
    site = load_main_site()
    kinds = [(board.kind, site.projects[board.project_id].key) for board in site.boards.values()]

    assert kinds == [
        *[("scrum", "TIMOB")] * 10,
        ("kanban", "TIMOB"),
        ("simple", "TIMOB"),
        ("kanban", "ARROW"),
    ]
    assert list(site.boards) == sorted(site.boards)
    assert len(site.sprints) == 188
    states = [sprint.state for sprint in site.sprints.values()]
    assert (states.count("active"), states.count("future")) == (1, 1)
    assert sum(len(site.list_sprints(board_id)) for board_id in site.boards) == 188


def test_every_status_and_person_of_an_issue_is_in_the_catalogues() -> None:
    site = load_main_site()

    for issue in site.list_issues():
        assert issue.fields["status"]["id"] in site.statuses
        assert issue.fields["reporter"]["accountId"] in site.users
        assert "name" not in issue.fields["reporter"]


@pytest.mark.parametrize(("name", "key"), [(TIMOB, "TIMOB"), (ARROW, "ARROW")])
def test_the_lead_has_most_of_the_work(name: str, key: str) -> None:
    assignees = Counter(
        raw["fields"]["assignee"]["displayName"]
        for raw in read_raw(name)
        if raw["fields"]["assignee"] is not None
    )

    project = load_main_site().find_project(key)

    assert project is not None
    assert project.lead is not None
    assert project.lead.display_name == assignees.most_common(1)[0][0]


@pytest.mark.parametrize(
    "path",
    [
        "/rest/api/3/issue/TIMOB-15327",
        "/rest/api/3/field",
        "/rest/api/3/project/ARROW",
        "/rest/api/3/status",
        "/rest/api/3/issuetype",
        "/rest/api/3/resolution",
        "/rest/agile/1.0/board",
    ],
)
async def test_answers_over_an_archive_have_the_declared_shape(path: str) -> None:
    builder, site = a_site()
    builder.world.data[site.data.site.cloud_id] = load_main_site()
    guest = Guest(a_visitor(builder.world), site)
    await guest.visitor.enter(site.data.site.cloud_id)

    response = await guest.get(path)

    assert response.status_code == 200, response.text
    assert check_answer(load_documents(), read_answer(response)) == []


def test_a_plain_file_loads_like_a_gzipped_one(tmp_path: Path) -> None:
    packed = tmp_path / "issues.jsonl.gz"
    packed.write_bytes(gzip.compress(json.dumps(an_issue()).encode()))
    _, site = a_site()

    load_files(site.data, [packed])

    assert site.data.issues == load(tmp_path, an_issue()).issues


def test_texts_become_documents(tmp_path: Path) -> None:
    comments = [{"id": "1", "body": "Hi"}, {"id": "2"}]
    site = load(
        tmp_path,
        an_issue(
            description="a\n\nb",
            environment="",
            comment={"comments": comments, "total": 2},
            worklog={"worklogs": [{"id": "3", "comment": "did it"}, {"id": "4"}]},
        ),
    )

    fields = site.issues[10].fields
    assert fields["description"] == build_document("a\n\nb")
    assert fields["environment"] == build_document("")
    bodies = [comment["body"] for comment in fields["comment"]["comments"]]
    assert bodies == [build_document("Hi"), build_document("")]
    assert fields["worklog"]["worklogs"][0]["comment"] == build_document("did it")


def test_people_get_one_account_id_whatever_they_do(tmp_path: Path) -> None:
    person = {"key": "kim", "name": "kim", "displayName": "Kim", "active": False}
    site = load(
        tmp_path,
        an_issue(
            assignee=person,
            reporter=person,
            attachment=[{"id": "5", "filename": "a.png", "author": person}],
        ),
    )

    fields = site.issues[10].fields
    account_id = fields["assignee"]["accountId"]
    assert fields["reporter"]["accountId"] == account_id
    assert fields["attachment"][0]["author"]["accountId"] == account_id
    assert fields["attachment"][0]["content"].startswith("https://acme.atlassian.example/")
    assert site.users[account_id].is_active is False


def test_an_epic_in_the_file_becomes_the_parent_and_one_outside_does_not(tmp_path: Path) -> None:
    epic_type = {"id": "6", "name": "Epic", "subtask": False}
    known = {"id": 11, "key": "OLD-2", "name": "Big", "summary": "Big", "done": False}
    site = load(
        tmp_path,
        an_issue(epic=known),
        an_issue(issuetype=epic_type) | {"id": "11", "key": "OLD-2"},
        an_issue(epic=known | {"id": 99, "key": "OUT-1"}) | {"id": "12", "key": "OLD-3"},
    )

    child, epic, orphan = site.list_issues()
    assert child.fields["parent"]["key"] == "OLD-2"
    assert child.fields[EPIC_LINK_FIELD] == "OLD-2"
    assert epic.fields["issuetype"]["hierarchyLevel"] == 1
    assert "parent" not in orphan.fields
    assert orphan.fields[EPIC_LINK_FIELD] == "OUT-1"


def test_links_move_to_the_site(tmp_path: Path) -> None:
    old = "https://old.example/jira/rest/api/2"
    link = {
        "id": "8",
        "self": f"{old}/issueLink/8",
        "type": {"id": "1", "name": "Blocks"},
        "inwardIssue": {"id": "99", "key": "OUT-1", "fields": {"summary": "Far", "priority": None}},
    }
    site = load(
        tmp_path, an_issue(issuelinks=[link], votes={"self": f"{old}/issue/10/votes", "votes": 1})
    )

    fields = site.issues[10].fields
    root = "https://acme.atlassian.example/rest/api/3"
    assert fields["votes"]["self"] == f"{root}/issue/10/votes"
    assert fields["issuelinks"][0]["inwardIssue"]["self"] == f"{root}/issue/99"
    assert fields["issuelinks"][0]["inwardIssue"]["fields"]["priority"] is None


@pytest.mark.parametrize(
    ("value", "custom", "type_"),
    [
        (1.5, "float", "number"),
        ([{"value": "A", "id": "1"}], "multiselect", "array"),
        (["a"], "labels", "array"),
        ({"value": "A", "id": "1"}, "select", "option"),
        ("https://example.com/x", "url", "string"),
        ("Ref: https://example.com/x", "textfield", "string"),
        (None, "textfield", "string"),
    ],
    ids=["number", "options", "words", "option", "url", "text", "null"],
)
def test_a_custom_field_is_guessed_from_a_value(
    tmp_path: Path, value: object, custom: str, type_: str
) -> None:
    site = load(tmp_path, an_issue(customfield_12345=value))

    schema = site.field_catalogue["customfield_12345"]["schema"]
    assert (schema["custom"].rpartition(":")[2], schema["type"]) == (custom, type_)
    assert schema["customId"] == 12345


def test_ranks_come_from_the_file_or_else_from_the_numbers(tmp_path: Path) -> None:
    site = load(
        tmp_path,
        an_issue(customfield_1="0|hzzzz:"),
        an_issue() | {"id": "11", "key": "OLD-2"},
    )

    ranks = [issue.fields[RANK_FIELD] for issue in site.list_issues()]
    assert ranks == ["0|hzzzz:", "0|i0000002:"]


def test_a_project_without_sprints_gets_a_kanban_board_alone(tmp_path: Path) -> None:
    site = load(tmp_path, an_issue())

    assert [(board.id, board.kind) for board in site.boards.values()] == [(1, "kanban")]
    assert site.projects[7].lead is None


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "1", "key": "A-1"}'])
def test_a_line_that_is_no_issue_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(f"{json.dumps(an_issue())}\n\n{line}\n")
    _, site = a_site()

    with pytest.raises(ArchiveError) as caught:
        load_files(site.data, [path])

    assert (caught.value.path, caught.value.line) == (str(path), 3)
