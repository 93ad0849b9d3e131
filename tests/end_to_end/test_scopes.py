"""What the tables say of calls and scopes is what happens."""

import re
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jira_api.scopes import NEEDED_SCOPES, OFFLINE_ACCESS
from resolvers.global_ids import GlobalId
from sandbox.builders import SiteBuilder
from sandbox.field_builder import ESTIMATE
from sandbox.world import STORY_POINTS_FIELD, Issue, Project, Sprint
from schema.needed_calls import NEEDED_CALLS, group_lacking
from server.settings import DEFAULT_SCOPES
from storage.migrate import migrate
from tests.end_to_end.scope_samples import Sample
from tests.end_to_end.scope_samples_of_changes import CHANGING
from tests.end_to_end.scope_samples_of_reads import READING
from tests.end_to_end.worlds import a_site
from tests.support.gateway import Answer, Gateway, open_gateway

# Ways that other tests cover are gone once for each of many values: tracing would double the time.
pytestmark = pytest.mark.untraced
SAMPLES = {**READING, **CHANGING}
_LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


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
    site.add_field("Story point estimate", *ESTIMATE)
    site.add_transition(project, "Again", to="Done", screen=(STORY_POINTS_FIELD,))
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
    one, two, *_ = site.data.list_issues()
    for issue in (one, one, two):
        site.add_comment(issue, "Hello")
        site.add_worklog(issue, 60)
    # What waits in the backlog.
    site.add_issue(project)
    _tie(site, project, sprint)


def _tie(site: SiteBuilder, project: Project, sprint: Sprint) -> None:
    """Two issues of the sprint, older than its others, with a parent, a child, a link, a past."""
    epics = [site.add_issue(project, issue_type="Epic") for _ in range(2)]
    tied = [
        site.add_issue(project, parent=epic, sprints=[sprint], created_at=_LONG_AGO)
        for epic in epics
    ]
    for issue, epic in zip(tied, epics, strict=True):
        site.add_issue(project, issue_type="Sub-task", parent=issue)
        site.add_link(issue, epic)
        site.add_history(issue, ("priority", "Low", "High"))
        site.add_attachment(issue, "plan.txt", b"A plan")


async def ask(gateway: Gateway, sample: Sample) -> Answer:
    gateway.forget_calls()
    operation = sample.operation
    for name, global_id in (await _global_ids(gateway)).items():
        operation = operation.replace(f"<{name}>", global_id)
    return await gateway.ask(operation)


async def _global_ids(gateway: Gateway) -> dict[str, str]:
    data = gateway.sandbox.world.data[gateway.sandbox_cloud_id]
    issue, other, tied = (data.find_issue(key) for key in ("TEST-1", "TEST-2", "TEST-7"))
    assert issue is not None
    assert other is not None
    assert tied is not None
    connection_id = await gateway.services.database.fetch_val("SELECT id FROM connection")
    jira_ids = _jira_ids(issue) | _ids_of_ties(tied)
    ids = {name: str(GlobalId(name, connection_id, id_)) for name, id_ in jira_ids.items()}
    others = {
        "Issue": str(other.id),
        "Comment": f"{other.id}.10002",
        "Worklog": f"{other.id}.10002",
    }
    others_updated = {"OtherUpdated": other.fields["updated"]}
    return (
        ids
        | others_updated
        | {
            f"Other{'' if name == 'Issue' else name}": str(GlobalId(name, connection_id, id_))
            for name, id_ in others.items()
        }
    )


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
        "Transition": f"{issue.id}.51",
        "Comment": f"{issue.id}.10000",
        "Worklog": f"{issue.id}.10000",
    }


def _ids_of_ties(issue: Issue) -> dict[str, str]:
    return {
        "Attachment": "10000",
        "IssueLink": f"{issue.id}.10000",
        "IssueLinkType": "10000",
        "Change": f"{issue.id}.10000",
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
                (_last_name([name]), error["code"], ", ".join(error.get("scopes", ())))
                for part in (payload, *payload.get("results", ()))
                for error in part.get("errors", ())
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
