"""What the tables say of calls and scopes is what happens.

Each sample leads through fields of the table, in the order in which they are resolved.
"""

import re
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from jira_api.scopes import NEEDED_SCOPES, OFFLINE_ACCESS, missing_scopes
from resolvers.global_ids import GlobalId
from sandbox.builders import SiteBuilder
from sandbox.world import Issue
from schema.needed_calls import NEEDED_CALLS, group_lacking
from server.settings import DEFAULT_SCOPES
from storage.migrate import migrate
from tests.end_to_end.worlds import a_site
from tests.support.gateway import Answer, Gateway, open_gateway

GET_PROJECT = "GET /rest/api/3/project/{}"
GET_ISSUE = "GET /rest/api/3/issue/{}"
GET_FIELDS = "GET /rest/api/3/field"
GET_SPRINT = "GET /rest/agile/1.0/sprint/{}"
LIST_BOARDS = "GET /rest/agile/1.0/board"
LIST_SPRINTS = "GET /rest/agile/1.0/board/{}/sprint"
LIST_SPRINT_ISSUES = "GET /rest/software/1.0/sprint/{}/issue"
FETCH_ISSUES = "POST /rest/api/3/issue/bulkfetch"
SEARCH = "POST /rest/api/3/search/jql"
Calls = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Sample:
    """An operation, and the calls that it makes by the field of the table that makes them.

    Words in angle brackets stand for global ids; aliases are a field's name with a digit behind.
    """

    operation: str
    calls: Calls

    def predict(self, granted: Collection[str]) -> set[tuple[str, str, str]]:
        """The failure of the first field that lacks scopes, as `list_failures` tells it."""
        for field, calls in self.calls.items():
            for call in calls:
                lacking = _lacking(call, granted)
                if lacking:
                    return {(field.partition(".")[2], "MISSING_SCOPE", ", ".join(lacking))}
        return set()

    def list_needed(self) -> set[str]:
        return {
            scope for calls in self.calls.values() for call in calls for scope in _lacking(call, ())
        }


def _lacking(call: str, granted: Collection[str]) -> tuple[str, ...]:
    method, _, path = call.partition(" ")
    return missing_scopes(method, path, granted)


def below(selection: str, **calls: str | tuple[str, ...]) -> Sample:
    """Fields below the connection."""
    named = {name.replace("__", "."): each for name, each in calls.items()}
    return Sample(
        f'{{ connection(externalId: "acme") {{ {selection} }} }}',
        {name: (each,) if isinstance(each, str) else each for name, each in named.items()},
    )


def in_project(selection: str, **calls: str | tuple[str, ...]) -> Sample:
    """Fields of a project that a board brought, so that none of the platform's scopes is used."""
    found = f"boards(first: 1) {{ nodes {{ project {{ {selection} }} }} }}"
    return below(found, Connection__boards=LIST_BOARDS, **calls)


def in_sprint(selection: str, **calls: str | tuple[str, ...]) -> Sample:
    return below(f"sprint(sprintId: 1) {{ {selection} }}", Connection__sprint=GET_SPRINT, **calls)


def in_issue(selection: str, **calls: str | tuple[str, ...]) -> Sample:
    """Fields of an issue that a sprint brought."""
    found = f"issues(first: 1) {{ nodes {{ {selection} }} }}"
    return in_sprint(found, Sprint__issues=LIST_SPRINT_ISSUES, **calls)


def of_node(name: str, call: str) -> dict[str, Sample]:
    selection = "{ __typename id }"
    return {
        f"node of {name}": Sample(
            f'{{ node(id: "<{name}>") {selection} }}', {"Query.node": (call,)}
        ),
        f"nodes of {name}": Sample(
            f'{{ nodes(ids: ["<{name}>"]) {selection} }}', {"Query.nodes": (call,)}
        ),
    }


def changing(field: str, change: str, *calls: str, **more: str) -> Sample:
    """A change of the connection, with what is asked of its payload."""
    given, _, payload = change.partition(" -> ")
    operation = (
        f'mutation {{ {field}(input: {{ connection: {{ externalId: "acme" }} {given} }}) '
        f"{{ {payload} errors {{ code ... on MissingScopeError {{ scopes }} }} }} }}"
    )
    named = {name.replace("__", "."): (each,) for name, each in more.items()}
    return Sample(operation, {f"Mutation.{field}": calls, **named})


NEW = 'project: { key: "TEST" } issueType: { name: "Task" } summary: "New"'
POINTS = 'customFields: [{ field: "Story Points", value: 3 }]'
LONG = ", ".join(f'"{"x" * 60}{number}"' for number in range(80))

SAMPLES: dict[str, Sample] = {
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
    "issues": below("issues { nodes { key } }", Connection__issues=SEARCH),
    "fields": below("fields { fieldId }", Connection__fields=GET_FIELDS),
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
    "a sprint's board": in_sprint("board { name }", Sprint__board="GET /rest/agile/1.0/board/{}"),
    "a sprint's issues": in_issue("key"),
    "a sprint's issues by a long filter": in_sprint(
        f"issues(filter: {{ labels: [{LONG}] }}) {{ nodes {{ key }} }}", Sprint__issues=SEARCH
    ),
    "a custom field": in_issue(
        'customField(idOrName: "Story Points") { field { name } }', Issue__customField=GET_FIELDS
    ),
    "custom fields": in_issue("customFields { field { name } }", Issue__customFields=GET_FIELDS),
    "a count": in_sprint(
        "issues { approximateCount }",
        Sprint__issues=LIST_SPRINT_ISSUES,
        IssueConnection__approximateCount="POST /rest/api/3/search/approximate-count",
    ),
    "a component's lead": in_issue(
        "components { lead { accountId } }", Component__lead="GET /rest/api/3/component/{}"
    ),
    "selecting": changing("selectProject", 'project: { key: "TEST" } -> ', GET_PROJECT),
    "making": changing("createIssue", f"issue: {{ {NEW} }} -> ", "POST /rest/api/3/issue"),
    "making with a custom field": changing(
        "createIssue", f"issue: {{ {NEW} {POINTS} }} -> ", GET_FIELDS, "POST /rest/api/3/issue"
    ),
    "making and reading": changing(
        "createIssue",
        f"issue: {{ {NEW} }} -> issue {{ summary }}",
        "POST /rest/api/3/issue",
        IssuePayload__issue=GET_ISSUE,
    ),
    "changing": changing(
        "updateIssue", 'issue: "TEST-1" summary: "Changed" -> ', "PUT /rest/api/3/issue/{}"
    ),
    "changing a custom field": changing(
        "updateIssue", f'issue: "TEST-1" {POINTS} -> ', GET_FIELDS, "PUT /rest/api/3/issue/{}"
    ),
    "taking away": changing(
        "deleteIssue", 'issue: "TEST-3" -> ', GET_ISSUE, "DELETE /rest/api/3/issue/{}"
    ),
}


@asynccontextmanager
async def open_with(scopes: Collection[str], folder: Path) -> AsyncIterator[Gateway]:
    """A gateway whose one connection was granted these scopes."""
    world, site = a_site()
    _fill(site)
    url = f"sqlite:///{folder / 'juncture.db'}"
    migrate(url)
    async with open_gateway(world, database_url=url, jira_scopes=",".join(scopes)) as gateway:
        await gateway.connect()
        await gateway.services.database.execute(
            "UPDATE jira_connection SET selected_project_id = '10000'"
        )
        yield gateway


def _fill(site: SiteBuilder) -> None:
    project = site.add_project("TEST", category="Products")
    sprint = site.add_sprint(site.add_board(project), state="active")
    for _ in range(3):
        site.add_issue(
            project,
            components=["UI"],
            fix_versions=["1.0"],
            status="Done",
            resolution="Done",
            sprints=[sprint],
        )


async def ask(gateway: Gateway, sample: Sample) -> Answer:
    gateway.forget_calls()
    operation = sample.operation
    for name, global_id in (await _global_ids(gateway)).items():
        operation = operation.replace(f"<{name}>", global_id)
    return await gateway.ask(operation)


async def _global_ids(gateway: Gateway) -> dict[str, str]:
    data = gateway.sandbox.world.data[gateway.sandbox_cloud_id]
    issue, other = (data.find_issue(key) for key in ("TEST-1", "TEST-2"))
    assert issue is not None
    assert other is not None
    connection_id = await gateway.services.database.fetch_val("SELECT id FROM connection")
    ids = {name: str(GlobalId(name, connection_id, id_)) for name, id_ in _jira_ids(issue).items()}
    return ids | {"Other": str(GlobalId("Issue", connection_id, str(other.id)))}


def _jira_ids(issue: Issue) -> dict[str, str]:
    fields = issue.fields
    return {
        "Project": str(issue.project_id),
        "Board": "1",
        "Sprint": "1",
        "Issue": str(issue.id),
        "IssueType": fields["issuetype"]["id"],
        "Status": fields["status"]["id"],
        "Priority": fields["priority"]["id"],
        "Resolution": fields["resolution"]["id"],
        "Component": fields["components"][0]["id"],
        "Version": fields["fixVersions"][0]["id"],
        "User": fields["reporter"]["accountId"],
        "Field": "summary",
    }


def list_failures(answer: Answer) -> set[tuple[str, str, str]]:
    """Field, code and named scopes of every error, those of payloads included."""
    failures = {
        (_last_name(error["path"]), error["extensions"]["code"], _named_scopes(error["message"]))
        for error in answer.body.get("errors", ())
    }
    for name, payload in (answer.body["data"] or {}).items():
        if isinstance(payload, dict):
            failures |= {
                (name, error["code"], ", ".join(error.get("scopes", ())))
                for error in payload.get("errors", ())
            }
    return failures


def _named_scopes(message: str) -> str:
    named = re.search(r"a scope that this needs \((.+?)\)", message)
    return named[1] if named else ""


def _last_name(path: list[str | int]) -> str:
    return re.sub(r"\d$", "", [str(step) for step in path if isinstance(step, str)][-1])


def templates_of(calls: Collection[str]) -> set[str]:
    """Calls with gaps in the place of ids, as the table writes them."""
    return {next(filter(lambda row: _fits(row, call), _ROWS)) for call in calls}


def _fits(row: str, call: str) -> bool:
    return re.fullmatch(re.escape(row).replace(r"\{\}", "[^/]+"), call) is not None


_ROWS = [" ".join(row) for row in NEEDED_SCOPES]


def test_every_call_of_the_table_has_a_sample() -> None:
    sampled: dict[str, set[str]] = {}
    for sample in SAMPLES.values():
        for field, calls in sample.calls.items():
            sampled.setdefault(field, set()).update(calls)

    assert sampled == {
        field: {f"{call.method} {call.template}" for call in calls}
        for field, calls in NEEDED_CALLS.items()
    }


@pytest.mark.parametrize("name", SAMPLES)
async def test_with_exactly_its_scopes_a_field_answers_by_exactly_its_calls(
    name: str, tmp_path: Path
) -> None:
    sample = SAMPLES[name]
    async with open_with([OFFLINE_ACCESS, *sorted(sample.list_needed())], tmp_path) as gateway:
        answer = await ask(gateway, sample)

        assert list_failures(answer) == set()
        made = {call for calls in sample.calls.values() for call in calls}
        assert templates_of(gateway.calls()) == made


def opens_nothing(scope: str) -> bool:
    return group_lacking([other for other in DEFAULT_SCOPES if other != scope]) == {}


LACKING = {scope: {scope} for scope in DEFAULT_SCOPES if not opens_nothing(scope)} | {
    "all that open nothing": {scope for scope in DEFAULT_SCOPES if opens_nothing(scope)}
}


@pytest.mark.parametrize("lacking", LACKING.values(), ids=LACKING)
async def test_without_a_scope_exactly_the_fields_that_need_it_fail(
    lacking: set[str], tmp_path: Path
) -> None:
    granted = [scope for scope in DEFAULT_SCOPES if scope not in lacking - {OFFLINE_ACCESS}]
    predicted = {name: sample.predict(granted) for name, sample in SAMPLES.items()}
    async with open_with(granted, tmp_path) as gateway:
        failures = {name: list_failures(await ask(gateway, each)) for name, each in SAMPLES.items()}

    assert failures == predicted


async def test_granular_scopes_alone_open_every_field(tmp_path: Path) -> None:
    granular = {scope for needed in NEEDED_SCOPES.values() for scope in needed.granular}
    async with open_with([OFFLINE_ACCESS, *sorted(granular)], tmp_path) as gateway:
        failures = {name: list_failures(await ask(gateway, each)) for name, each in SAMPLES.items()}

    assert {name: found for name, found in failures.items() if found} == {}
