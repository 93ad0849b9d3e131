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
- the rank of TIMOB's issues, of which the archive knows none;
- the addresses of attachments, which are Juncture's own.

Made up without anything to compare with, so that only the one fixed value is checked: names of
custom fields (`Field <number>`), `accountType`, the level of an issue type (by its being a sub-task
type or called Epic), a project's lead (who has most of its issues), its type where not told, that
it is neither private nor archived, and that components have no lead.

Not compared: what Cloud hides (user names, e-mail addresses: both must be null), and kinds of
custom values that no archive has (numbers, days, instants, people, documents); they are asked for,
and one that came would be reported. An empty description of a component or resolution and none
are one. What has no field in the graph: progress, the flag (which no issue bears),
Server's addresses of things and of people's pictures.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tests.oracle.archives import Archive
from tests.oracle.called_fields import CALLED_RULES
from tests.oracle.custom_fields import expect_custom_fields
from tests.oracle.relations import Relations
from tests.oracle.rules import (
    AnyOrder,
    Anything,
    CatalogueId,
    Document,
    Expected,
    Instant,
    Json,
    Picture,
    Stands,
    Words,
)
from tests.oracle.selection import CALLED_FOR

_CATEGORIES: Final = {
    "new": "TO_DO",
    "indeterminate": "IN_PROGRESS",
    "done": "DONE",
    "undefined": "UNKNOWN",
}
_SPRINT_DATES: Final = ("startDate", "endDate", "completeDate")
_ESTIMATES: Final = ("originalEstimate", "remainingEstimate", "timeSpent")


@dataclass(frozen=True)
class Oracle:
    """Knows every archive of a site, in the order in which they were put there."""

    archives: Sequence[Archive]
    site_url: str

    @cached_property
    def relations(self) -> Relations:
        """What issues show of one another."""
        return Relations(self.archives, self._is_taken)

    def expect_issue(self, raw: Json) -> dict[str, Expected]:
        """What the fragment `Whole` of `ISSUE` must give."""
        return {
            **self._expect_identity(raw),
            **self._expect_catalogues(raw["fields"]),
            **_expect_people_and_times(raw["fields"]),
            **expect_custom_fields(raw),
            **_expect_planning(raw["fields"]),
            **self.relations.expect(raw),
        }

    def expect_called(self, raw: Json) -> dict[str, Expected]:
        """What the fragment `Whole` of `CALLED` must give."""
        judged = {name: rule(raw) for name, rule in CALLED_RULES.items()}
        return {"key": raw["key"], **{name: judged.get(name, Anything()) for name in CALLED_FOR}}

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
        "attachments": [_expect_attachment(each, key) for each in fields.get("attachment") or ()],
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


def _expect_attachment(raw: Json, project_key: str) -> dict[str, Expected]:
    return {
        "id": Stands("id", ("Attachment", raw["id"])),
        "attachmentId": raw["id"],
        "filename": raw["filename"],
        "mimeType": raw["mimeType"],
        "sizeBytes": raw["size"],
        "created": Instant(raw["created"]),
        "author": _expect_person(raw["author"], project_key),
        "downloadUrl": Picture(("Attachment", raw["id"])),
    }


def _expect_instant(raw: str | None) -> Expected:
    return None if raw is None else Instant(raw)


def _expect_icon(kind: str, raw: Json) -> Expected:
    return raw.get("iconUrl") or Picture((kind, raw["id"], raw["name"]))


def _expect_time_tracking(raw: Json | None) -> Expected:
    if not raw:
        return None
    names = [*_ESTIMATES, *(f"{name}Seconds" for name in _ESTIMATES)]
    return {name: raw.get(name) for name in names}


def _expect_planning(fields: Json) -> dict[str, Expected]:
    """Sprints, of which the last is the one that is not closed; no archive has story points."""
    current = fields.get("sprint")
    closed = [_expect_stage(each) for each in fields.get("closedSprints", ())]
    shown = None if current is None else _expect_stage(current)
    return {
        "sprint": shown,
        "sprints": closed if shown is None else [*closed, shown],
        "storyPoints": None,
    }


def _expect_stage(raw: Json) -> dict[str, Expected]:
    return {
        "id": Stands("id", ("Sprint", raw["id"])),
        "sprintId": str(raw["id"]),
        "name": raw["name"],
        "state": raw["state"].upper(),
        "goal": raw.get("goal"),
        **{name: _expect_instant(raw.get(name)) for name in _SPRINT_DATES},
    }


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
