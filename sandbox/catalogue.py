"""What every Jira site comes with: issue types, statuses, priorities, resolutions and fields."""

from collections.abc import Iterable
from typing import Final

from sandbox.avatars import build_icon_url
from sandbox.world import (
    EPIC_LINK_FIELD,
    RANK_FIELD,
    SPRINT_FIELD,
    STORY_POINTS_FIELD,
    JsonObject,
    SiteData,
)

_CATEGORIES: Final = {
    "undefined": (1, "medium-gray", "No Category"),
    "new": (2, "blue-gray", "To Do"),
    "done": (3, "green", "Done"),
    "indeterminate": (4, "yellow", "In Progress"),
}
CATEGORY_KEYS: Final = tuple(_CATEGORIES)
"""The keys of the four categories that a status can have."""

_ISSUE_TYPES: Final = (
    ("10000", "Epic", 1),
    ("10001", "Story", 0),
    ("10002", "Task", 0),
    ("10003", "Bug", 0),
    ("10004", "Sub-task", -1),
)
_STATUSES: Final = (
    ("10000", "To Do", "new"),
    ("3", "In Progress", "indeterminate"),
    ("10001", "In Review", "indeterminate"),
    ("10002", "Done", "done"),
)
_PRIORITIES: Final = ("Highest", "High", "Medium", "Low", "Lowest")
_RESOLUTIONS: Final = (("10000", "Done"), ("10001", "Won't Do"), ("10002", "Duplicate"))

RISK_FIELD: Final = "customfield_10030"
PLATFORMS_FIELD: Final = "customfield_10031"
REGION_FIELD: Final = "customfield_10032"
REVIEWER_FIELD: Final = "customfield_10033"
TARGET_DATE_FIELD: Final = "customfield_10034"
DEPLOYED_AT_FIELD: Final = "customfield_10035"
CRITERIA_FIELD: Final = "customfield_10036"
DESIGN_LINK_FIELD: Final = "customfield_10037"
CUSTOMER_FIELD: Final = "customfield_10038"
SEVERITY_OPTION_FIELD: Final = "customfield_10039"
SEVERITY_NUMBER_FIELD: Final = "customfield_10040"
KEYWORDS_FIELD: Final = "customfield_10041"
TEAM_FIELD: Final = "customfield_10001"
FLAGGED_FIELD: Final = "customfield_10021"

_TYPES: Final = "com.atlassian.jira.plugin.system.customfieldtypes:"
_AGILE: Final = "com.pyxis.greenhopper.jira:"
_CUSTOM_FIELDS: Final = (
    (TEAM_FIELD, "Team", "team", _TYPES + "atlassian-team"),
    (EPIC_LINK_FIELD, "Epic Link", "any", _AGILE + "gh-epic-link"),
    (STORY_POINTS_FIELD, "Story Points", "number", _TYPES + "float"),
    (RANK_FIELD, "Rank", "any", _AGILE + "gh-lexo-rank"),
    (SPRINT_FIELD, "Sprint", "array/json", _AGILE + "gh-sprint"),
    (FLAGGED_FIELD, "Flagged", "array/option", _TYPES + "multicheckboxes"),
    (RISK_FIELD, "Risk", "option", _TYPES + "select"),
    (PLATFORMS_FIELD, "Platforms", "array/option", _TYPES + "multiselect"),
    (REGION_FIELD, "Region", "option-with-child", _TYPES + "cascadingselect"),
    (REVIEWER_FIELD, "Reviewer", "user", _TYPES + "userpicker"),
    (TARGET_DATE_FIELD, "Target date", "date", _TYPES + "datepicker"),
    (DEPLOYED_AT_FIELD, "Deployed at", "datetime", _TYPES + "datetime"),
    (CRITERIA_FIELD, "Acceptance criteria", "string", _TYPES + "textarea"),
    (DESIGN_LINK_FIELD, "Design link", "string", _TYPES + "url"),
    (CUSTOMER_FIELD, "Customer", "string", _TYPES + "textfield"),
    (SEVERITY_OPTION_FIELD, "Severity", "option", _TYPES + "select"),
    (SEVERITY_NUMBER_FIELD, "Severity", "number", _TYPES + "float"),
    (KEYWORDS_FIELD, "Keywords", "array/string", _TYPES + "labels"),
)
# id, name, schema, names in JQL
_SYSTEM_FIELDS: Final = (
    ("summary", "Summary", "string", "summary"),
    ("description", "Description", "string", "description"),
    ("environment", "Environment", "string", "environment"),
    ("issuetype", "Issue Type", "issuetype", "issuetype type"),
    ("project", "Project", "project", "project"),
    ("parent", "Parent", "issuelink", "parent"),
    ("status", "Status", "status", "status"),
    ("priority", "Priority", "priority", "priority"),
    ("resolution", "Resolution", "resolution", "resolution"),
    ("resolutiondate", "Resolved", "datetime", "resolutiondate resolved"),
    ("assignee", "Assignee", "user", "assignee"),
    ("reporter", "Reporter", "user", "reporter"),
    ("creator", "Creator", "user", "creator"),
    ("labels", "Labels", "array/string", "labels"),
    ("components", "Components", "array/component", "component"),
    ("fixVersions", "Fix versions", "array/version", "fixVersion"),
    ("versions", "Affects versions", "array/version", "affectedVersion"),
    ("created", "Created", "datetime", "created createdDate"),
    ("updated", "Updated", "datetime", "updated updatedDate"),
    ("duedate", "Due date", "date", "due duedate"),
    ("subtasks", "Sub-tasks", "array/issuelinks", "subtasks"),
    ("issuelinks", "Linked Issues", "array/issuelinks", "issueLink"),
    ("comment", "Comment", "comments-page", "comment"),
    ("attachment", "Attachment", "array/attachment", "attachments"),
    ("worklog", "Log Work", "array/worklog", "worklog"),
    ("timetracking", "Time tracking", "timetracking", ""),
    ("timespent", "Time Spent", "number", "timespent"),
    ("timeestimate", "Remaining Estimate", "number", "remainingEstimate timeestimate"),
    ("timeoriginalestimate", "Original estimate", "number", "originalEstimate"),
    ("aggregatetimespent", "Σ Time Spent", "number", ""),
    ("aggregatetimeestimate", "Σ Remaining Estimate", "number", ""),
    ("aggregatetimeoriginalestimate", "Σ Original Estimate", "number", ""),
    ("progress", "Progress", "progress", "progress"),
    ("aggregateprogress", "Σ Progress", "progress", ""),
    ("workratio", "Work Ratio", "number", "workratio"),
    ("lastViewed", "Last Viewed", "datetime", "lastViewed"),
    ("votes", "Votes", "votes", "votes"),
    ("watches", "Watchers", "watches", "watchers"),
)
# id, value and the id of the option above it
_OPTIONS: Final = {
    FLAGGED_FIELD: (("10019", "Impediment", ""),),
    RISK_FIELD: (("10300", "High", ""), ("10303", "Medium", ""), ("10304", "Low", "")),
    PLATFORMS_FIELD: (("10301", "Web", ""), ("10302", "iOS", ""), ("10305", "Android", "")),
    REGION_FIELD: (
        ("10310", "Europe", ""),
        ("10311", "Finland", "10310"),
        ("10312", "Spain", "10310"),
        ("10313", "Asia", ""),
        ("10314", "Japan", "10313"),
    ),
    SEVERITY_OPTION_FIELD: (("10320", "Major", ""), ("10321", "Minor", "")),
}
HEAVY_FIELDS: Final = frozenset({"comment", "attachment", "worklog", "timetracking"})
"""Fields that `*navigable` leaves out."""


def build_issue_type(site_url: str, id_: str, name: str, *, level: int) -> JsonObject:
    """An issue type; level 1 is an epic, 0 a standard type, -1 a sub-task."""
    return {
        "self": f"{site_url}/rest/api/3/issuetype/{id_}",
        "id": id_,
        "description": f"{name} of the sandbox",
        "iconUrl": build_icon_url("issuetype", id_),
        "name": name,
        "subtask": level < 0,
        "hierarchyLevel": level,
    }


def build_status_category(site_url: str, key: str) -> JsonObject:
    """One of Jira's four fixed categories."""
    id_, color, name = _CATEGORIES[key]
    self_url = f"{site_url}/rest/api/3/statuscategory/{id_}"
    return {"self": self_url, "id": id_, "key": key, "colorName": color, "name": name}


def build_status(site_url: str, id_: str, name: str, *, category: str) -> JsonObject:
    """A status in a category given by its key."""
    return {
        "self": f"{site_url}/rest/api/3/status/{id_}",
        "description": "",
        "iconUrl": build_icon_url("status", id_),
        "name": name,
        "id": id_,
        "statusCategory": build_status_category(site_url, category),
    }


def build_priority(site_url: str, id_: str, name: str) -> JsonObject:
    """A priority."""
    return {
        "self": f"{site_url}/rest/api/3/priority/{id_}",
        "iconUrl": build_icon_url("priority", id_),
        "name": name,
        "id": id_,
    }


def build_resolution(site_url: str, id_: str, name: str) -> JsonObject:
    """A resolution."""
    self_url = f"{site_url}/rest/api/3/resolution/{id_}"
    return {"self": self_url, "id": id_, "description": "", "name": name}


def build_custom_field(id_: str, name: str, type_: str, custom: str) -> JsonObject:
    """A custom field's entry; `type_` is a schema type, an array's as `array/items`."""
    number = int(id_.removeprefix("customfield_"))
    schema = _build_schema(type_) | {"custom": custom, "customId": number}
    return {
        "id": id_,
        "key": id_,
        "name": name,
        "custom": True,
        "orderable": True,
        "navigable": True,
        "searchable": True,
        "clauseNames": [f"cf[{number}]", name],
        "schema": schema,
    }


def fill_catalogues(data: SiteData) -> None:
    """Give a new site the catalogues that Jira's own templates bring."""
    url = data.site.url
    for id_, name, level in _ISSUE_TYPES:
        data.issue_types[id_] = build_issue_type(url, id_, name, level=level)
    for id_, name, category in _STATUSES:
        data.statuses[id_] = build_status(url, id_, name, category=category)
    for number, name in enumerate(_PRIORITIES, start=1):
        data.priorities[str(number)] = build_priority(url, str(number), name)
    for id_, name in _RESOLUTIONS:
        data.resolutions[id_] = build_resolution(url, id_, name)
    fill_fields(data)


def fill_fields(data: SiteData) -> None:
    """Give a site the system fields and the usual custom ones."""
    for id_, name, type_, clauses in _SYSTEM_FIELDS:
        data.field_catalogue[id_] = {
            "id": id_,
            "key": id_,
            "name": name,
            "custom": False,
            "orderable": True,
            "navigable": id_ not in HEAVY_FIELDS,
            "searchable": True,
            "clauseNames": clauses.split(),
            "schema": _build_schema(type_) | {"system": id_},
        }
    for id_, name, type_, custom in _CUSTOM_FIELDS:
        data.field_catalogue[id_] = build_custom_field(id_, name, type_, custom)
    for field_id, rows in _OPTIONS.items():
        data.field_options[field_id] = [
            build_option(data.site.url, id_, value) | _hold_children(data.site.url, rows, id_)
            for id_, value, above in rows
            if not above
        ]


def build_option(site_url: str, id_: str, value: str) -> JsonObject:
    """An option of a select field."""
    self_url = f"{site_url}/rest/api/3/customFieldOption/{id_}"
    return {"self": self_url, "value": value, "id": id_}


def _hold_children(site_url: str, rows: Iterable[tuple[str, str, str]], id_: str) -> JsonObject:
    children = [build_option(site_url, own, value) for own, value, above in rows if above == id_]
    return {"children": children} if children else {}


def _build_schema(type_: str) -> JsonObject:
    kind, _, items = type_.partition("/")
    return {"type": kind, "items": items} if items else {"type": kind}
