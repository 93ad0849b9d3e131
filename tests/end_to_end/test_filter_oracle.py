"""Filters made at random find what plain Python finds over the same issues."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.world import PERSON_ACCOUNT_ID, STORY_POINTS_FIELD, Issue, SiteData
from tests.support.gateway import Gateway

PROJECT = "DO"
FIND = """query($f: IssueFilter) { connection(externalId: "acme") { project(idOrKey: "DO") {
  issues(filter: $f, first: 1000) { nodes { issueId } } } } }"""
FILTERS = 24
MAY = datetime(2026, 5, 1, tzinfo=UTC)
Rule = Callable[[Issue], Any]
Leaf = tuple[dict[str, Any], Rule]


def labels(issue: Issue) -> set[str]:
    return set(issue.fields["labels"])


def name(issue: Issue, field: str) -> str | None:
    value = issue.fields[field]
    return None if value is None else str(value["name"])


def person(issue: Issue, field: str) -> str | None:
    value = issue.fields[field]
    return None if value is None else str(value["accountId"])


def category(issue: Issue) -> str:
    return str(issue.fields["status"]["statusCategory"]["key"])


def created(issue: Issue) -> datetime:
    return datetime.fromisoformat(issue.fields["created"])


def parent(issue: Issue) -> str | None:
    return (issue.fields.get("parent") or {}).get("key")


def list_leaves(site: SiteData) -> list[Leaf]:
    """Filters of one part, and the same in Python."""
    opened = {sprint.id for sprint in site.sprints.values() if sprint.state == "active"}
    return [
        ({"labels": ["urgent"]}, lambda i: "urgent" in i.fields["labels"]),
        ({"excludedLabels": ["urgent", "größe"]}, lambda i: not {"urgent", "größe"} & labels(i)),
        ({"priorityNames": ["High", "Low"]}, lambda i: name(i, "priority") in ("High", "Low")),
        ({"issueTypeNames": ["Bug"]}, lambda i: name(i, "issuetype") == "Bug"),
        ({"statusCategories": ["DONE"]}, lambda i: category(i) == "done"),
        ({"assignee": {"isMe": True}}, lambda i: person(i, "assignee") == PERSON_ACCOUNT_ID),
        ({"assignee": {"isMe": False}}, lambda i: person(i, "assignee") != PERSON_ACCOUNT_ID),
        ({"assignee": {"isEmpty": True}}, lambda i: person(i, "assignee") is None),
        ({"isResolved": True}, lambda i: i.fields["resolution"] is not None),
        ({"isInOpenSprint": True}, lambda i: opened & set(i.sprint_ids)),
        ({"isInOpenSprint": False}, lambda i: not opened & set(i.sprint_ids)),
        (
            {"componentNames": ["API"]},
            lambda i: "API" in {e["name"] for e in i.fields["components"]},
        ),
        (
            {"fixVersionNames": ["2.0"]},
            lambda i: "2.0" in {e["name"] for e in i.fields["fixVersions"]},
        ),
        ({"dueAfter": "2026-04-01"}, lambda i: (i.fields["duedate"] or "") >= "2026-04-01"),
        ({"createdBefore": MAY.isoformat()}, lambda i: created(i) < MAY),
        ({"parentIdsOrKeys": ["DO-1"]}, lambda i: parent(i) == "DO-1"),
        (
            {"customFields": [{"field": STORY_POINTS_FIELD, "greaterThan": "2"}]},
            lambda i: (i.fields[STORY_POINTS_FIELD] or 0) > 2,
        ),
        (
            {"customFields": [{"field": "Story Points", "isEmpty": True}]},
            lambda i: i.fields[STORY_POINTS_FIELD] is None,
        ),
    ]


def make(dice: random.Random, leaves: Sequence[Leaf], depth: int) -> Leaf:
    """A filter, and the same in Python."""
    if depth == 1 or dice.random() < 0.2:
        return dice.choice(leaves)
    condition, rules = dict[str, Any](), list[Rule]()
    for word in dice.sample(["and", "or", "not", "leaf"], dice.randrange(1, 4)):
        if word == "leaf":
            leaf, rule = dice.choice(leaves)
            condition |= leaf
            rules.append(rule)
        elif word == "not":
            condition["not"], inner = make(dice, leaves, depth - 1)
            rules.append(denied(inner))
        else:
            made = [make(dice, leaves, depth - 1) for _ in range(dice.randrange(1, 4))]
            condition[word] = [each for each, _ in made]
            rules.append(joined(word, [rule for _, rule in made]))
    return condition, joined("and", rules)


def denied(rule: Rule) -> Rule:
    return lambda issue: not rule(issue)


def joined(word: str, rules: list[Rule]) -> Rule:
    join = all if word == "and" else any
    return lambda issue: join(rule(issue) for rule in rules)


async def find_ids(gateway: Gateway, condition: dict[str, Any]) -> list[str]:
    answer = await gateway.ask(FIND, {"f": condition})
    nodes = answer.data["connection"]["project"]["issues"]["nodes"]
    return [node["issueId"] for node in nodes]


async def test_and_or_and_not_mean_what_they_mean_in_python(gateway_once: Gateway) -> None:
    dice, sizes = random.Random(11), set()
    site = gateway_once.sandbox.world.data[gateway_once.sandbox_cloud_id]
    issues = [each for each in site.issues.values() if each.key.startswith(f"{PROJECT}-")]
    leaves = list_leaves(site)

    for number in range(FILTERS):
        condition, rule = make(dice, leaves, 4)
        expected = {str(issue.id) for issue in issues if rule(issue)}

        found = await find_ids(gateway_once, condition)

        assert set(found) == expected, (number, condition)
        assert len(found) == len(expected)
        sizes.add(len(expected))
    assert len(sizes) > FILTERS / 3
