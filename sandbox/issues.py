"""Issues as the APIs give them: only the fields asked for, on the platform and on boards.

Source: the `fields` parameter in Atlassian's OpenAPI documents, 2026-05.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import QueryParams

from sandbox.catalogue import HEAVY_FIELDS
from sandbox.embedded_lists import embed_lists, embed_worklogs
from sandbox.relatives import describe_epic, describe_relatives
from sandbox.shapes import describe_sprint, describe_sprint_value
from sandbox.world import SPRINT_FIELD, Issue, JsonObject, SiteData

_EXPAND: Final = (
    "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"
)
_IDENTITY: Final = frozenset({"id", "key", "issuekey"})
_WILDCARDS: Final = frozenset({"*all", "*navigable"})


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """Which fields an answer carries; `names` holds wildcards too."""

    names: frozenset[str]
    excluded: frozenset[str]

    @property
    def names_real_field(self) -> bool:
        """Whether anything beyond an issue's id and key is asked for."""
        return bool(self.names - _IDENTITY)

    @property
    def is_single_valued(self) -> bool:
        """Whether bulk fetches may carry up to a thousand issues with these fields."""
        return (
            1 <= len(self.names) <= 100
            and not self.names & _WILDCARDS
            and not self.names & HEAVY_FIELDS
        )

    def admit(self, name: str) -> bool:
        """Whether a field is part of the answer."""
        if name in self.excluded:
            return False
        if name in self.names or "*all" in self.names:
            return True
        return "*navigable" in self.names and name not in HEAVY_FIELDS


def read_fields(asked: Iterable[str], *, default: str) -> FieldChoice:
    """The choice of repeated or comma-separated names; names after `-` are left out.

    With exclusions alone, they are taken from `default`, which may be "" for no field.
    """
    names = [part.strip() for entry in asked for part in entry.split(",")]
    excluded = frozenset(name[1:] for name in names if name.startswith("-"))
    included = frozenset(name for name in names if name and not name.startswith("-"))
    if not included:
        included = frozenset({default}) - {""}
    return FieldChoice(included, excluded)


def read_query_fields(query: QueryParams, *, default: str) -> FieldChoice:
    """The choice of a call's `fields` parameter."""
    return read_fields(query.getlist("fields"), default=default)


def describe_issue(data: SiteData, issue: Issue, choice: FieldChoice) -> JsonObject:
    """An issue of the platform API with the fields chosen; without any, its `fields` is absent."""
    return _describe(data, issue, choice, embed_worklogs(issue))


def describe_listed_issue(data: SiteData, issue: Issue, choice: FieldChoice) -> JsonObject:
    """An issue as `describe_issue`, in a search or a batch: with the first of its comments."""
    return _describe(data, issue, choice, embed_lists(issue))


def describe_board_issue(data: SiteData, issue: Issue, choice: FieldChoice) -> JsonObject:
    """An issue of the agile and software APIs: `sprint`, `epic` and `flagged` among its fields."""
    values = {
        **issue.fields,
        **_describe_derived(data, issue),
        **_describe_agile(data, issue),
    }
    return _describe_identity(data, issue) | {"fields": _project(data, issue, values, choice)}


def _describe(
    data: SiteData, issue: Issue, choice: FieldChoice, embedded: JsonObject
) -> JsonObject:
    described = _describe_identity(data, issue)
    if choice.names_real_field:
        values = {**issue.fields, **_describe_derived(data, issue), **embedded}
        described["fields"] = _project(data, issue, values, choice)
    return described


def _describe_identity(data: SiteData, issue: Issue) -> JsonObject:
    return {
        "expand": _EXPAND,
        "id": str(issue.id),
        "self": f"{data.site.url}/rest/api/3/issue/{issue.id}",
        "key": issue.key,
    }


def _project(
    data: SiteData, issue: Issue, values: dict[str, Any], choice: FieldChoice
) -> JsonObject:
    return {
        name: value
        for name, value in values.items()
        if choice.admit(name) and data.has_field(name, issue.project_id)
    }


def _describe_derived(data: SiteData, issue: Issue) -> JsonObject:
    sprints = [describe_sprint_value(data.sprints[sprint_id]) for sprint_id in issue.sprint_ids]
    return {SPRINT_FIELD: sprints or None, **describe_relatives(data, issue)}


def _describe_agile(data: SiteData, issue: Issue) -> JsonObject:
    sprints = [data.sprints[sprint_id] for sprint_id in issue.sprint_ids]
    closed = [describe_sprint(data.site, sprint) for sprint in sprints if sprint.state == "closed"]
    current = [describe_sprint(data.site, sprint) for sprint in sprints if sprint.state != "closed"]
    described: JsonObject = {
        "sprint": current[-1] if current else None,
        "epic": describe_epic(data, issue),
        "flagged": issue.is_flagged,
    }
    return described | ({"closedSprints": closed} if closed else {})
