"""The oracle can fail: one wrong value anywhere is reported, with its issue and its field."""

import copy
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from tests.end_to_end.real_issues import load_oracle, read_pages
from tests.oracle.comparison import Comparison
from tests.support.gateway import Gateway

# Ways that other tests cover are gone once for each of many values: tracing would double the time.
pytestmark = pytest.mark.untraced
Path = tuple[str | int, ...]
Change = Callable[[Any], Any]


def say_more(text: str) -> str:
    return f"{text}!"


def say_less(text: str) -> str:
    return text[:-1]


def a_minute_later(instant: str) -> str:
    minute = int(instant[14:16])
    return f"{instant[:14]}{(minute + 1) % 60:02}{instant[16:]}"


def one_more(number: int) -> int:
    return number + 1


def no_more(flag: bool) -> bool:  # noqa: FBT001 - a raw value
    return not flag


def nothing(_: Any) -> None:
    return None


def without_the_first(items: list[Any]) -> list[Any]:
    return items[1:]


def another_category(key: str) -> str:
    return "new" if key == "done" else "done"


# What is changed below a raw issue's `fields` (its first item, in a list), how, and where it shows.
CORRUPTIONS: list[tuple[Path, Change, str]] = [
    (("summary",), say_more, "summary"),
    (("description",), say_more, "description.adf"),
    (("description",), say_more, "description.text"),
    (("description",), nothing, "description"),
    (("environment",), say_less, "environment.adf"),
    (("issuetype", "id"), say_more, "issueType.issueTypeId"),
    (("issuetype", "name"), say_more, "issueType.name"),
    (("issuetype", "subtask"), no_more, "issueType.isSubtask"),
    (("issuetype", "iconUrl"), say_more, "issueType.iconUrl"),
    (("status", "id"), say_more, "status.statusId"),
    (("status", "name"), say_more, "status.name"),
    (("status", "statusCategory", "key"), another_category, "status.category"),
    (("priority", "id"), say_more, "priority.priorityId"),
    (("priority", "name"), say_more, "priority.name"),
    (("priority", "iconUrl"), say_more, "priority.iconUrl"),
    (("priority",), nothing, "priority"),
    (("resolution", "id"), say_more, "resolution.resolutionId"),
    (("resolution", "name"), say_more, "resolution.name"),
    (("resolution", "description"), say_less, "resolution.description"),
    (("resolution",), nothing, "resolution"),
    (("project", "id"), say_more, "project.projectId"),
    (("project", "name"), say_more, "project.name"),
    (("project", "projectTypeKey"), say_more, "project.type"),
    (("labels", 0), say_more, "labels"),
    (("labels",), without_the_first, "labels"),
    (("components", 0, "id"), say_more, "components.componentId"),
    (("components", 0, "name"), say_more, "components.name"),
    (("components", 0, "description"), say_less, "components.description"),
    (("fixVersions", 0, "id"), say_more, "fixVersions.versionId"),
    (("fixVersions", 0, "name"), say_more, "fixVersions.name"),
    (("fixVersions", 0, "released"), no_more, "fixVersions.isReleased"),
    (("fixVersions", 0, "archived"), no_more, "fixVersions.isArchived"),
    (("fixVersions", 0, "releaseDate"), say_less, "fixVersions.releaseDate"),
    (("versions", 0, "name"), say_more, "affectedVersions.name"),
    (("versions", 0, "releaseDate"), nothing, "affectedVersions.releaseDate"),
    (("assignee", "key"), say_more, "assignee.accountId"),
    (("assignee", "displayName"), say_more, "assignee.displayName"),
    (("assignee", "active"), no_more, "assignee.isActive"),
    (("assignee", "timeZone"), say_more, "assignee.timeZone"),
    (("assignee",), nothing, "assignee"),
    (("reporter", "key"), say_more, "reporter.accountId"),
    (("reporter", "displayName"), say_more, "reporter.displayName"),
    (("creator", "key"), say_more, "creator.accountId"),
    (("creator", "active"), no_more, "creator.isActive"),
    (("created",), a_minute_later, "created"),
    (("updated",), a_minute_later, "updated"),
    (("resolutiondate",), a_minute_later, "resolved"),
    (("resolutiondate",), nothing, "resolved"),
    (("duedate",), say_less, "dueDate"),
    (("timetracking", "originalEstimate"), say_more, "timeTracking.originalEstimate"),
    (("timetracking", "remainingEstimate"), say_more, "timeTracking.remainingEstimate"),
    (("timetracking", "timeSpent"), say_more, "timeTracking.timeSpent"),
    (
        ("timetracking", "originalEstimateSeconds"),
        one_more,
        "timeTracking.originalEstimateSeconds",
    ),
    (
        ("timetracking", "remainingEstimateSeconds"),
        one_more,
        "timeTracking.remainingEstimateSeconds",
    ),
    (("timetracking", "timeSpentSeconds"), one_more, "timeTracking.timeSpentSeconds"),
    (("watches", "watchCount"), one_more, "watchCount"),
    (("parent", "id"), say_more, "parent.issueId"),
    (("parent",), nothing, "parent"),
    (("subtasks",), without_the_first, "subtasks.nodes"),
    (("issuelinks", 0, "id"), say_more, "links.linkId"),
    (("issuelinks", 0, "type", "id"), say_more, "links.type.linkTypeId"),
    (("issuelinks", 0, "type", "inward"), say_more, "links.type.inward"),
    (("issuelinks", 0, "outwardIssue", "id"), say_more, "links.issue.issueId"),
    (("issuelinks",), without_the_first, "links"),
    (("votes", "votes"), one_more, "voteCount"),
    (("attachment", 0, "id"), say_more, "attachments.attachmentId"),
    (("attachment", 0, "filename"), say_more, "attachments.filename"),
    (("attachment", 0, "mimeType"), say_less, "attachments.mimeType"),
    (("attachment", 0, "size"), one_more, "attachments.sizeBytes"),
    (("attachment", 0, "created"), a_minute_later, "attachments.created"),
    (("attachment", 0, "author", "displayName"), say_more, "attachments.author.displayName"),
    (("attachment",), without_the_first, "attachments"),
    (("customfield_12310250", 0, "id"), say_more, "patchInfo.options.optionId"),
    (("customfield_12310250", 0, "value"), say_more, "customFields.options.value"),
    (("customfield_12311020",), say_more, "externalUrl.text"),
    (("customfield_12314421", 0), say_more, "languages.text"),
    (("customfield_12314421",), nothing, "languages"),
    (("customfield_12312521",), say_less, "customFields.text"),
    (("customfield_12311820",), say_more, "rank.json"),
    (("epic", "key"), say_more, "epicLink.json"),
    (("closedSprints", 0, "id"), one_more, "sprintField.json.id"),
    (("closedSprints", 0, "name"), say_more, "customFields.json.name"),
    (("closedSprints", 0, "name"), say_more, "sprints.name"),
    (("sprint", "state"), say_more, "sprintField.json.state"),
    (("sprint", "state"), say_more, "sprint.state"),
]


@cache
def choose_samples() -> list[dict[str, Any]]:
    """Raw issues that between them show every field that any issue shows, set and not set."""
    oracle = load_oracle()
    samples = []
    shown: set[tuple[str, bool] | Path] = set()
    for raw in [raw for archive in oracle.archives for raw in archive.issues.values()]:
        leaves = iter_leaves(oracle.expect_issue(raw))
        fields = {(name_of(path), value is None) for path, value in leaves}
        having = {path for path, _, _ in CORRUPTIONS if has_value(raw["fields"], path)}
        if not fields | having <= shown:
            shown |= fields | having
            samples.append(raw)
    return samples


def iter_leaves(expected: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Each value that is judged by itself, with its path."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            yield from iter_leaves(value, (*path, name))
    elif isinstance(expected, list) and expected:
        for number, value in enumerate(expected):
            yield from iter_leaves(value, (*path, number))
    else:
        yield path, expected


def name_of(path: Path) -> str:
    return ".".join(part for part in path if isinstance(part, str))


def replace_at(whole: Any, path: Path, change: Change) -> Any:
    """A copy in which one value is changed."""
    if not path:
        return change(whole)
    copied = copy.copy(whole)
    copied[path[0]] = replace_at(whole[path[0]], path[1:], change)
    return copied


def spoil(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return f"{value}!"
    return {"type": "doc", "version": 1, "content": []} if isinstance(value, dict) else "!"


def has_value(whole: Any, path: Path) -> bool:
    """Whether something other than nothing stands there."""
    for part in path:
        try:
            whole = whole[part]
        except (KeyError, IndexError, TypeError):
            return False
    return whole not in (None, [], "")


def get_sample(path: Path) -> dict[str, Any]:
    """The first of the samples that has something at a path below its fields."""
    having = [raw for raw in choose_samples() if has_value(raw["fields"], path)]
    assert having, f"no sample has {path}"
    return having[0]


async def read_samples(gateway: Gateway) -> tuple[dict[str, dict[str, Any]], Comparison]:
    """The samples' answers by key, and a comparison that has met what they name."""
    oracle, comparison = load_oracle(), Comparison()
    keys = [raw["key"] for raw in choose_samples()]
    found = {each["key"]: each for each in await read_pages(gateway, {"idsOrKeys": keys}, size=100)}
    for raw in choose_samples():
        comparison.compare(raw["key"], oracle.expect_issue(raw), found[raw["key"]])
    assert not comparison.mismatches, comparison.report()
    return found, comparison


async def test_each_value_that_is_wrong_in_an_answer_is_reported(real: Gateway) -> None:
    oracle = load_oracle()
    found, known = await read_samples(real)
    unseen = []

    for raw in choose_samples():
        expected = oracle.expect_issue(raw)
        for path, _ in iter_leaves(expected):
            comparison = Comparison(known.ledger)
            comparison.compare(raw["key"], expected, replace_at(found[raw["key"]], path, spoil))
            reported = [(each.key, each.field) for each in comparison.mismatches]
            if reported != [(raw["key"], name_of(path))]:
                unseen.append((raw["key"], path, reported))

    assert unseen == []


async def test_each_value_that_is_wrong_in_the_raw_data_is_reported(real: Gateway) -> None:
    oracle = load_oracle()
    found, known = await read_samples(real)
    unseen = []

    for path, change, field in CORRUPTIONS:
        raw = get_sample(path)
        corrupted = replace_at(raw, ("fields", *path), change)
        comparison = Comparison(known.ledger)
        comparison.compare(raw["key"], oracle.expect_issue(corrupted), found[raw["key"]])
        reported = {each.field for each in comparison.mismatches}
        keys = {each.key for each in comparison.mismatches}
        if field not in reported or keys != {raw["key"]}:
            unseen.append((raw["key"], path, reported))

    assert unseen == []
