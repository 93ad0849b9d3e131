"""Every part of a filter, answered by the sandbox, against plain Python over the same issues."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from typing import Any

import pytest

from jira_api.issue_filter import Direction, IssueFilter, Order, OrderField, PersonFilter
from jira_api.issues import PageRequest, search_issues
from jira_api.jql import NEWEST_FIRST, search_jql
from jira_api.records import StatusCategory
from sandbox.adf import read_text
from sandbox.generator import MAIN_CLOUD_ID, generate_world
from sandbox.world import PERSON_ACCOUNT_ID, Issue, SiteData, World
from tests.jira_api.builders import enter

MARCH = datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=1)))
SPRING = date(2026, 4, 1)
Rule = Callable[[Issue], Any]


@cache
def load_world() -> World:
    return generate_world()


def load_site() -> SiteData:
    return load_world().data[MAIN_CLOUD_ID]


def id_of(name: str) -> Rule:
    return lambda issue: (issue.fields[name] or {}).get("id")


def name_of(name: str) -> Rule:
    return lambda issue: (issue.fields[name] or {}).get("name")


def names_of(name: str) -> Callable[[Issue], set[str]]:
    return lambda issue: {entry["name"] for entry in issue.fields[name]}


def account_of(name: str) -> Rule:
    return lambda issue: (issue.fields[name] or {}).get("accountId")


def category_of(issue: Issue) -> str:
    return str(issue.fields["status"]["statusCategory"]["key"])


def at(name: str) -> Callable[[Issue], datetime]:
    return lambda issue: datetime.fromisoformat(issue.fields[name])


def is_in_open_sprint(issue: Issue) -> bool:
    sprints = load_site().sprints
    return any(sprints[sprint_id].state == "active" for sprint_id in issue.sprint_ids)


def words_of(issue: Issue) -> str:
    comments = [read_text(comment["body"]) for comment in issue.fields["comment"]["comments"]]
    parts = [issue.fields["summary"], read_text(issue.fields["description"]), *comments]
    return "\n".join(parts).lower()


def parent_of(issue: Issue) -> str | None:
    key = issue.fields.get("parent", {}).get("key")
    return None if key is None else str(key)


FIRST_COMPONENT = next(iter(load_site().components.values()))
FIRST_VERSION = next(iter(load_site().versions.values()))
ADA = next(u.account_id for u in load_site().users.values() if u.display_name[:3] == "Ada")
BUGS = IssueFilter(issue_type_names=["Bug"])
HIGH = IssueFilter(priority_names=["High"])
RULES: dict[str, tuple[IssueFilter, Rule]] = {
    "everything": (IssueFilter(), lambda _: True),
    "project id": (IssueFilter(project_ids=["10001"]), lambda i: i.key.startswith("DO-")),
    "project key that is a word of JQL": (
        IssueFilter(project_keys=["DO"]),
        lambda i: i.key.startswith("DO-"),
    ),
    "project ids or keys": (
        IssueFilter(project_ids=["10001"], project_keys=["TEAM"]),
        lambda i: i.key.startswith(("DO-", "TEAM-")),
    ),
    "sprint": (IssueFilter(sprint_ids=["5", "1"]), lambda i: {1, 5} & set(i.sprint_ids)),
    "open sprint": (IssueFilter(is_in_open_sprint=True), is_in_open_sprint),
    "no open sprint": (
        IssueFilter(is_in_open_sprint=False),
        lambda i: not is_in_open_sprint(i),
    ),
    "issues": (
        IssueFilter(ids_or_keys=["10000", "SHOP-7"]),
        lambda i: i.id == 10000 or i.key == "SHOP-7",
    ),
    "parents": (
        IssueFilter(parent_ids_or_keys=["SHOP-1", "10001"]),
        lambda i: parent_of(i) in ("SHOP-1", "SHOP-2"),
    ),
    "type id": (IssueFilter(issue_type_ids=["10003"]), lambda i: id_of("issuetype")(i) == "10003"),
    "type name": (BUGS, lambda i: name_of("issuetype")(i) == "Bug"),
    "status id": (IssueFilter(status_ids=["3"]), lambda i: id_of("status")(i) == "3"),
    "status name": (
        IssueFilter(status_names=["In Review"]),
        lambda i: name_of("status")(i) == "In Review",
    ),
    "status categories": (
        IssueFilter(status_categories=[StatusCategory.TO_DO, StatusCategory.IN_PROGRESS]),
        lambda i: category_of(i) in ("new", "indeterminate"),
    ),
    "done": (
        IssueFilter(status_categories=[StatusCategory.DONE]),
        lambda i: category_of(i) == "done",
    ),
    "priority id": (IssueFilter(priority_ids=["1"]), lambda i: id_of("priority")(i) == "1"),
    "priority name": (HIGH, lambda i: name_of("priority")(i) == "High"),
    "label with quotes": (
        IssueFilter(labels=['said "soon"', "größe"]),
        lambda i: {'said "soon"', "größe"} & set(i.fields["labels"]),
    ),
    "excluded labels": (
        IssueFilter(excluded_labels=["urgent", "don't"]),
        lambda i: not {"urgent", "don't"} & set(i.fields["labels"]),
    ),
    "component id": (
        IssueFilter(component_ids=[FIRST_COMPONENT["id"]]),
        lambda i: FIRST_COMPONENT["id"] in {c["id"] for c in i.fields["components"]},
    ),
    "component name": (
        IssueFilter(component_names=["API", "Docs"]),
        lambda i: {"API", "Docs"} & names_of("components")(i),
    ),
    "version id": (
        IssueFilter(fix_version_ids=[FIRST_VERSION["id"]]),
        lambda i: FIRST_VERSION["id"] in {v["id"] for v in i.fields["fixVersions"]},
    ),
    "version name": (
        IssueFilter(fix_version_names=["2.0"]),
        lambda i: "2.0" in names_of("fixVersions")(i),
    ),
    "assignees": (
        IssueFilter(assignee=PersonFilter(account_ids=[ADA, PERSON_ACCOUNT_ID])),
        lambda i: account_of("assignee")(i) in (ADA, PERSON_ACCOUNT_ID),
    ),
    "mine": (
        IssueFilter(assignee=PersonFilter(is_me=True)),
        lambda i: account_of("assignee")(i) == PERSON_ACCOUNT_ID,
    ),
    "not mine": (
        IssueFilter(assignee=PersonFilter(is_me=False)),
        lambda i: account_of("assignee")(i) != PERSON_ACCOUNT_ID,
    ),
    "nobody's": (
        IssueFilter(assignee=PersonFilter(is_empty=True)),
        lambda i: i.fields["assignee"] is None,
    ),
    "somebody's": (
        IssueFilter(assignee=PersonFilter(is_empty=False)),
        lambda i: i.fields["assignee"] is not None,
    ),
    "reported by others": (
        IssueFilter(reporter=PersonFilter(is_me=False)),
        lambda i: account_of("reporter")(i) != PERSON_ACCOUNT_ID,
    ),
    "text": (IssueFilter(text="webhook"), lambda i: "webhook" in words_of(i)),
    "text with operators": (IssueFilter(text="login AND (page)"), lambda _: False),
    "resolved": (IssueFilter(is_resolved=True), lambda i: i.fields["resolution"] is not None),
    "unresolved": (IssueFilter(is_resolved=False), lambda i: i.fields["resolution"] is None),
    "created after": (IssueFilter(created_after=MARCH), lambda i: at("created")(i) >= MARCH),
    "created before": (IssueFilter(created_before=MARCH), lambda i: at("created")(i) < MARCH),
    "updated after": (IssueFilter(updated_after=MARCH), lambda i: at("updated")(i) >= MARCH),
    "updated before": (IssueFilter(updated_before=MARCH), lambda i: at("updated")(i) < MARCH),
    "due after": (
        IssueFilter(due_after=SPRING),
        lambda i: (i.fields["duedate"] or "") >= "2026-04-01",
    ),
    "due before": (
        IssueFilter(due_before=SPRING),
        lambda i: i.fields["duedate"] and i.fields["duedate"] < "2026-04-01",
    ),
    "both": (
        IssueFilter(all_of=[BUGS, HIGH]),
        lambda i: name_of("issuetype")(i) == "Bug" and name_of("priority")(i) == "High",
    ),
    "either": (
        IssueFilter(is_resolved=False, any_of=[BUGS, HIGH]),
        lambda i: (
            i.fields["resolution"] is None
            and (name_of("issuetype")(i) == "Bug" or name_of("priority")(i) == "High")
        ),
    ),
    "neither": (
        IssueFilter(none_of=IssueFilter(any_of=[BUGS, HIGH])),
        lambda i: name_of("issuetype")(i) != "Bug" and name_of("priority")(i) != "High",
    ),
}


async def find_ids(condition: IssueFilter, *order: Order) -> list[int]:
    session = await enter(load_world(), MAIN_CLOUD_ID)
    jql = search_jql(condition, order or NEWEST_FIRST)
    asked = PageRequest(jql, frozenset(), token=None, size=5_000)
    page = await search_issues(session, asked)
    assert page.next_token is None
    return [int(issue.issue_id) for issue in page.issues]


@pytest.mark.parametrize(("condition", "rule"), RULES.values(), ids=RULES)
async def test_a_filter_finds_exactly_the_issues_that_it_describes(
    condition: IssueFilter, rule: Rule
) -> None:
    expected = {issue.id for issue in load_site().issues.values() if rule(issue)}

    found = await find_ids(condition)

    assert len(found) == len(set(found))
    assert set(found) == expected


FOUND_BY_NONE = {"text with operators"}


@pytest.mark.parametrize("name", RULES.keys() - FOUND_BY_NONE - {"everything"})
def test_each_rule_divides_the_world(name: str) -> None:
    issues = load_site().issues.values()

    assert 0 < sum(1 for issue in issues if RULES[name][1](issue)) < len(issues)


@pytest.mark.parametrize("direction", Direction)
async def test_issues_come_in_the_order_asked_for(direction: Direction) -> None:
    found = await find_ids(BUGS, Order(OrderField.UPDATED, direction))

    instants = [at("updated")(load_site().issues[issue_id]) for issue_id in found]
    assert instants == sorted(instants, reverse=direction is Direction.DESC)
    assert instants[0].astimezone(UTC) != instants[-1].astimezone(UTC)


@pytest.mark.parametrize("field", OrderField)
async def test_every_order_is_one_that_jira_knows(field: OrderField) -> None:
    assert await find_ids(BUGS, Order(field))
