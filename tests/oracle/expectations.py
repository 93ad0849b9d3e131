"""What each field of `Issue` must be for a raw issue of Jira Server, and how far that can be known.

The world under test shows the raw issues as a Jira Cloud site would. Compared as they stand: ids
and keys of issues, projects and what a site keeps by id, names, descriptions, categories, labels,
flags, days, counts, estimates, time zones, and the values of custom fields.

Compared by a rule, since the two are written differently:

- instants: the same instant, in UTC (`Instant`);
- wiki markup in `adf`: not a character lost, CRLF as LF (`Document`); in `text`: the same lines,
  without blank ones and without blanks at their ends (`Words`);
- an id that two archives use for two things: another id for the second of them (`CatalogueId`).

Made up, since no archive has it, and so held to one rule: the same for the same thing, and never
for another (`Stands`, `Picture`, `Rank`):

- Juncture's own ids, which besides must be found again;
- account ids of people: Cloud has no user names, an archive nothing else;
- pictures of people and projects: Cloud's lie elsewhere; pictures of issue types and priorities
  where the archive has none;
- the rank of TIMOB's issues, of which the archive knows none.

Made up without anything to compare with, so that only the one fixed value is checked: names of
custom fields (`Field <number>`), `accountType`, the level of an issue type (by its being a sub-task
type or called Epic), a project's lead (who has most of its issues), its type where not told, that
it is neither private nor archived, and that components have no lead.

Not compared: what Cloud hides (user names, e-mail addresses: both must be null), and kinds of
custom values that no archive has (numbers, days, instants, people, documents); they are asked for,
and one that came would be reported. An empty description of a component or resolution and none
are one. What has no field in the graph: comments, attachments, links, sub-tasks, parents, worklogs,
progress, the flag (which no issue bears), Server's addresses of things and of people's pictures.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.oracle.archives import Archive
from tests.oracle.rules import (
    AnyOrder,
    CatalogueId,
    Document,
    Expected,
    Instant,
    Json,
    Picture,
    Rank,
    Stands,
    Words,
)
from tests.oracle.selection import BY_ID_OR_NAME

_CATEGORIES: Final = {
    "new": "TO_DO",
    "indeterminate": "IN_PROGRESS",
    "done": "DONE",
    "undefined": "UNKNOWN",
}
_EPIC_LINK: Final = ("customfield_10014", "Epic Link", "any")
_RANK: Final = ("customfield_10019", "Rank", "any")
_SPRINT: Final = ("customfield_10020", "Sprint", "array")
_SERVER_RANK: Final = "customfield_12311820"
_ESTIMATES: Final = ("originalEstimate", "remainingEstimate", "timeSpent")


@dataclass(frozen=True)
class Oracle:
    """Knows every archive of a site, in the order in which they were put there."""

    archives: Sequence[Archive]
    site_url: str

    def expect_issue(self, raw: Json) -> dict[str, Expected]:
        """What the fragment `Whole` of `ISSUE` must give."""
        return {
            **self._expect_identity(raw),
            **self._expect_catalogues(raw["fields"]),
            **_expect_people_and_times(raw["fields"]),
            **_expect_custom_fields(raw),
        }

    def expect_project(self, key: str) -> dict[str, Expected]:
        """What the fragment `Whole` of `PROJECT` must give, as its issues tell it."""
        archive = next(each for each in self.archives if each.project_key == key)
        raw_issues = list(archive.issues.values())
        project = raw_issues[0]["fields"]["project"]
        types = [self._expect_issue_type(raw, key) for raw in archive.entries("issuetype").values()]
        parts = [
            {**self._expect_component(raw, key), "lead": None}
            for raw in archive.entries("component").values()
        ]
        releases = [self._expect_version(raw, key) for raw in archive.entries("version").values()]
        return {
            **self._expect_embedded_project(project),
            "description": None,
            "category": project.get("projectCategory", {}).get("name"),
            "isPrivate": False,
            "isArchived": False,
            "lead": _expect_person(_find_busiest(raw_issues), key),
            "issueTypes": AnyOrder("name", types),
            "components": AnyOrder("name", parts),
            "versions": AnyOrder("name", releases),
        }

    def _expect_identity(self, raw: Json) -> dict[str, Expected]:
        fields = raw["fields"]
        return {
            "id": Stands("id", ("Issue", raw["id"])),
            "issueId": raw["id"],
            "key": raw["key"],
            "url": f"{self.site_url}/browse/{raw['key']}",
            "summary": fields["summary"],
            "description": _expect_text(fields.get("description")),
            "environment": _expect_text(fields.get("environment")),
            "labels": list(fields["labels"]),
            "project": self._expect_embedded_project(fields["project"]),
        }

    def _expect_embedded_project(self, raw: Json) -> dict[str, Expected]:
        return {
            "id": Stands("id", ("Project", raw["id"])),
            "projectId": raw["id"],
            "key": raw["key"],
            "name": raw["name"],
            "url": f"{self.site_url}/browse/{raw['key']}",
            "avatarUrl": Picture(("Project", raw["id"])),
            "type": raw.get("projectTypeKey", "software"),
        }

    def _expect_catalogues(self, fields: Json) -> dict[str, Expected]:
        key = fields["project"]["key"]
        return {
            "issueType": self._expect_issue_type(fields["issuetype"], key),
            "status": self._expect_status(fields["status"], key),
            "priority": self._expect_priority(fields.get("priority"), key),
            "resolution": self._expect_resolution(fields.get("resolution"), key),
            "components": [self._expect_component(each, key) for each in fields["components"]],
            "fixVersions": [self._expect_version(each, key) for each in fields["fixVersions"]],
            "affectedVersions": [self._expect_version(each, key) for each in fields["versions"]],
        }

    def _expect_issue_type(self, raw: Json, project_key: str) -> dict[str, Expected]:
        return {
            **self._expect_entry("issuetype", "IssueType", raw, project_key),
            "iconUrl": _expect_icon("issuetype", raw),
            "isSubtask": raw["subtask"],
            "hierarchyLevel": -1 if raw["subtask"] else int(raw["name"] == "Epic"),
        }

    def _expect_status(self, raw: Json, project_key: str) -> dict[str, Expected]:
        return {
            **self._expect_entry("status", "Status", raw, project_key),
            "category": _CATEGORIES[raw["statusCategory"]["key"]],
        }

    def _expect_priority(self, raw: Json | None, project_key: str) -> Expected:
        if raw is None:
            return None
        entry = self._expect_entry("priority", "Priority", raw, project_key)
        return {**entry, "iconUrl": _expect_icon("priority", raw)}

    def _expect_resolution(self, raw: Json | None, project_key: str) -> Expected:
        if raw is None:
            return None
        entry = self._expect_entry("resolution", "Resolution", raw, project_key)
        return {**entry, "description": raw.get("description") or None}

    def _expect_component(self, raw: Json, project_key: str) -> dict[str, Expected]:
        entry = self._expect_entry("component", "Component", raw, project_key)
        return {**entry, "description": raw.get("description") or None}

    def _expect_version(self, raw: Json, project_key: str) -> dict[str, Expected]:
        return {
            **self._expect_entry("version", "Version", raw, project_key),
            "isReleased": raw["released"],
            "isArchived": raw["archived"],
            "releaseDate": raw.get("releaseDate"),
        }

    def _expect_entry(
        self, kind: str, type_name: str, raw: Json, project_key: str
    ) -> dict[str, Expected]:
        raw_id, name = raw["id"], raw["name"]
        id_name = f"{type_name[0].lower()}{type_name[1:]}Id"
        is_taken = self._is_taken(kind, raw, project_key)
        return {
            "id": Stands("id", (type_name, raw_id, name)),
            id_name: CatalogueId(kind, raw_id, name, is_taken),
            "name": name,
        }

    def _is_taken(self, kind: str, raw: Json, project_key: str) -> bool:
        for archive in self.archives:
            if archive.project_key == project_key:
                return False
            other = archive.entries(kind).get(raw["id"])
            if other is not None and other["name"] != raw["name"]:
                return True
        raise KeyError(project_key)


def _expect_text(raw: str | None) -> Expected:
    return None if raw is None else {"text": Words(raw), "adf": Document(raw)}


def _expect_people_and_times(fields: Json) -> dict[str, Expected]:
    people = ("assignee", "reporter", "creator")
    key = fields["project"]["key"]
    return {
        **{name: _expect_person(fields.get(name), key) for name in people},
        "created": Instant(fields["created"]),
        "updated": Instant(fields["updated"]),
        "resolved": _expect_instant(fields.get("resolutiondate")),
        "dueDate": fields.get("duedate"),
        "timeTracking": _expect_time_tracking(fields.get("timetracking")),
        "watchCount": (fields.get("watches") or {}).get("watchCount"),
        "voteCount": (fields.get("votes") or {}).get("votes"),
    }


def _expect_person(raw: Json | None, project_key: str) -> Expected:
    if raw is None:
        return None
    person = (project_key, raw["key"])
    return {
        "id": Stands("id", ("User", *person)),
        "accountId": Stands("accountId", person),
        "username": None,
        "displayName": raw["displayName"],
        "emailAddress": None,
        "avatarUrl": Picture(("User", *person)),
        "isActive": raw["active"],
        "accountType": "atlassian",
        "timeZone": raw["timeZone"],
    }


def _expect_custom_fields(raw: Json) -> dict[str, Expected]:
    values = {**_expect_own_values(raw), **_expect_agile_values(raw)}
    by_name = {value["field"]["name"].casefold(): value for value in values.values()}
    chosen = {
        alias: values.get(asked) or by_name.get(asked.casefold())
        for alias, asked in BY_ID_OR_NAME.items()
    }
    return {"customFields": [values[field_id] for field_id in sorted(values)], **chosen}


def _expect_instant(raw: str | None) -> Expected:
    return None if raw is None else Instant(raw)


def _expect_icon(kind: str, raw: Json) -> Expected:
    return raw.get("iconUrl") or Picture((kind, raw["id"], raw["name"]))


def _expect_time_tracking(raw: Json | None) -> Expected:
    if not raw:
        return None
    names = [*_ESTIMATES, *(f"{name}Seconds" for name in _ESTIMATES)]
    return {name: raw.get(name) for name in names}


def _expect_own_values(raw: Json) -> dict[str, dict[str, Expected]]:
    return {
        field_id: _expect_value(field_id, value)
        for field_id, value in raw["fields"].items()
        if field_id.startswith("customfield_") and value is not None
    }


def _expect_value(field_id: str, value: Json) -> dict[str, Expected]:
    name = f"Field {field_id.removeprefix('customfield_')}"
    if isinstance(value, str):
        return _typed("TextFieldValue", (field_id, name, "string"), {"text": value})
    if not isinstance(value, list):
        raise TypeError(f"No archive had such a value of {field_id} before: {value!r}")
    field = (field_id, name, "array")
    if all(isinstance(word, str) for word in value):
        return _typed("TextFieldValue", field, {"text": ", ".join(value)})
    options = [{"optionId": o["id"], "value": o["value"], "child": None} for o in value]
    return _typed("OptionFieldValue", field, {"options": options})


def _expect_agile_values(raw: Json) -> dict[str, dict[str, Expected]]:
    fields = raw["fields"]
    values: dict[tuple[str, str, str], Expected] = {
        _RANK: fields.get(_SERVER_RANK) or Rank(raw["id"])
    }
    if fields.get("epic"):
        values[_EPIC_LINK] = fields["epic"]["key"]
    sprints = [*fields.get("closedSprints", ()), fields.get("sprint")]
    shown = [_expect_sprint(sprint) for sprint in sprints if sprint]
    if shown:
        values[_SPRINT] = shown
    return {
        field[0]: _typed("RawFieldValue", field, {"json": value}) for field, value in values.items()
    }


def _expect_sprint(raw: Json) -> dict[str, Expected]:
    kept = ("id", "name", "state", "startDate", "endDate", "completeDate")
    shown = {name: raw[name] for name in kept if name in raw}
    return {**shown, "boardId": raw["originBoardId"], "goal": raw.get("goal", "")}


def _typed(
    type_name: str, field: tuple[str, str, str], value: dict[str, Expected]
) -> dict[str, Expected]:
    field_id, name, type_ = field
    described = {
        "id": Stands("id", ("Field", field_id)),
        "fieldId": field_id,
        "name": name,
        "isCustom": True,
        "type": type_,
    }
    return {"__typename": type_name, "field": described, **value}


def _find_busiest(raw_issues: Sequence[Json]) -> Json:
    people = {}
    counts: Counter[str] = Counter()
    for raw in raw_issues:
        person = raw["fields"].get("assignee")
        if person:
            people[person["key"]] = person
            counts[person["key"]] += 1
    (key, _), *_ = counts.most_common(1)
    return people[key]
