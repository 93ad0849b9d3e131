"""An export's fields made into Cloud's.

Texts become documents, names account ids, and what is missing (self, avatars, levels) is filled
in. Everything else keeps its value.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.adf import build_document
from sandbox.avatars import build_avatar_urls, build_icon_url
from sandbox.catalogue import build_custom_field
from sandbox.shapes import describe_user
from sandbox.world import JsonObject, SiteData, User

_NAMESPACE: Final = uuid.UUID("5f1c8a0e-6d0b-4c1f-9d53-0a6f6d9be002")
_REST_ROOT: Final = re.compile(r"https?://.*?/rest/api/2/")
_FIRST_INVENTED: Final = 900_000_001
_AGILE_NAMES: Final = frozenset({"sprint", "closedSprints", "epic", "flagged"})
_CATALOGUES: Final = {
    "issuetype": "issue_types",
    "status": "statuses",
    "priority": "priorities",
    "resolution": "resolutions",
}
_PREFIX: Final = "com.atlassian.jira.plugin.system.customfieldtypes:"


def guess_custom_field(field_id: str, sample: Any) -> JsonObject:
    """A catalogue entry for a custom field of which one value, or null, is known."""
    if isinstance(sample, bool | int | float):
        type_, custom = "number", "float"
    elif isinstance(sample, list) and sample and isinstance(sample[0], dict):
        type_, custom = "array/option", "multiselect"
    elif isinstance(sample, list):
        type_, custom = "array/string", "labels"
    elif isinstance(sample, dict):
        type_, custom = "option", "select"
    elif isinstance(sample, str) and re.fullmatch(r"https?://\S+", sample):
        type_, custom = "string", "url"
    else:
        type_, custom = "string", "textfield"
    name = f"Field {field_id.removeprefix('customfield_')}"
    return build_custom_field(field_id, name, type_, _PREFIX + custom)


@dataclass(slots=True)
class FieldConverter:
    """Converts the fields of one file and registers what they name on the site."""

    data: SiteData
    _people: dict[str, JsonObject] = field(default_factory=dict)
    _entries: dict[tuple[str, ...], JsonObject] = field(default_factory=dict)
    _ids: dict[tuple[str, str], str] = field(default_factory=dict)

    def convert(self, issue_id: int, raw: JsonObject) -> JsonObject:
        """The platform's fields of one issue."""
        project = raw["project"]
        converters: dict[str, Callable[[Any], Any]] = {
            "description": build_document,
            "environment": build_document,
            "project": self._convert_project,
            "parent": self._convert_stub,
            "subtasks": lambda stubs: [self._convert_stub(stub) for stub in stubs],
            "issuelinks": lambda links: [self._convert_link(link) for link in links],
            "components": lambda entries: self._convert_named("components", entries, project),
            "fixVersions": lambda entries: self._convert_named("versions", entries, project),
            "versions": lambda entries: self._convert_named("versions", entries, project),
            "comment": lambda page: self._convert_comments(issue_id, page),
            "worklog": self._convert_worklogs,
            "attachment": lambda files: [self._convert_attachment(file) for file in files],
        }
        converted: JsonObject = {}
        for name, value in raw.items():
            if name in _AGILE_NAMES:
                continue
            if value is None:
                converted[name] = None
            elif name in _CATALOGUES:
                converted[name] = self._convert_entry(name, value)
            elif name in converters:
                converted[name] = converters[name](value)
            else:
                converted[name] = self._convert_plain(value)
        return converted

    def list_original_ids(self, kind: str) -> dict[str, str]:
        """The ids that entries of a kind bore in the file, by those they bear on the site."""
        return {own: raw for (named, raw), own in self._ids.items() if named == kind}

    def convert_epic(self, raw: JsonObject) -> JsonObject:
        """An epic of the agile API."""
        return raw | {"self": f"{self.data.site.url}/rest/agile/1.0/epic/{raw['id']}"}

    def _convert_plain(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._convert_plain(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        if "displayName" in value:
            return self._convert_person(value)
        converted = {name: self._convert_plain(entry) for name, entry in value.items()}
        if "self" in converted:
            converted["self"] = self._move_url(converted["self"])
        return converted

    def _convert_person(self, raw: JsonObject) -> JsonObject:
        key = str(raw.get("key") or raw["name"])
        if key not in self._people:
            account_id = uuid.uuid5(_NAMESPACE, key).hex[:24]
            zone = raw.get("timeZone")
            user = User(account_id, raw["displayName"], raw.get("active", True), time_zone=zone)
            self.data.users.setdefault(account_id, user)
            self._people[key] = describe_user(self.data.site, user)
        return self._people[key]

    def _convert_entry(self, kind: str, raw: JsonObject) -> JsonObject:
        key = (kind, raw["id"], raw["name"], raw.get("description", ""))
        if key not in self._entries:
            catalogue: dict[str, JsonObject] = getattr(self.data, _CATALOGUES[kind])
            id_ = self._settle_id(kind, catalogue, raw)
            entry: JsonObject = {"iconUrl": build_icon_url(kind, id_), **raw, "id": id_}
            entry["self"] = self._build_url(kind, id_)
            if kind == "resolution":
                del entry["iconUrl"]
            if kind == "issuetype":
                entry["hierarchyLevel"] = -1 if raw["subtask"] else int(raw["name"] == "Epic")
            if kind == "status":
                category = raw["statusCategory"]
                url = self._build_url("statuscategory", str(category["id"]))
                entry["statusCategory"] = category | {"self": url}
            catalogue.setdefault(id_, entry)
            self._entries[key] = entry
        return self._entries[key]

    def _convert_named(
        self, kind: str, raw: list[JsonObject], project: JsonObject
    ) -> list[JsonObject]:
        converted = []
        catalogue: dict[str, JsonObject] = getattr(self.data, kind)
        for entry in raw:
            id_ = self._settle_id(kind, catalogue, entry, {"projectId": int(project["id"])})
            own = entry | {"id": id_, "self": self._build_url(kind.removesuffix("s"), id_)}
            converted.append(own)
            if id_ not in catalogue:
                self.data.reserve_id(kind, int(id_))
                full = {"description": ""} | own | {"projectId": int(project["id"])}
                if kind == "components":
                    full |= {"project": project["key"], "assigneeType": "PROJECT_DEFAULT"}
                    full |= {"isAssigneeTypeValid": True, "realAssigneeType": "PROJECT_DEFAULT"}
                catalogue[id_] = full
        return converted

    def _settle_id(
        self,
        kind: str,
        catalogue: Mapping[str, JsonObject],
        raw: JsonObject,
        place: JsonObject | None = None,
    ) -> str:
        key = (kind, raw["id"])
        if key not in self._ids:
            known = catalogue.get(raw["id"])
            identity = {"name": raw["name"]} | (place or {})
            is_same = known is None or identity.items() <= known.items()
            self._ids[key] = raw["id"] if is_same else self._invent_id(kind, catalogue)
        return self._ids[key]

    def _invent_id(self, kind: str, catalogue: Mapping[str, JsonObject]) -> str:
        while (id_ := str(self.data.take_id(f"invented {kind}", _FIRST_INVENTED))) in catalogue:
            pass
        return id_

    def _convert_project(self, raw: JsonObject) -> JsonObject:
        key = ("project", raw["id"])
        if key not in self._entries:
            project = {"projectTypeKey": "software", "simplified": False} | raw
            project["self"] = self._build_url("project", raw["id"])
            project["avatarUrls"] = build_avatar_urls("project", raw["id"])
            category = raw.get("projectCategory")
            if category is not None:
                url = self._build_url("projectCategory", category["id"])
                project["projectCategory"] = category | {"self": url}
            self._entries[key] = project
        return self._entries[key]

    def _convert_stub(self, raw: JsonObject) -> JsonObject:
        fields = {
            name: value
            if value is None or name not in _CATALOGUES
            else self._convert_entry(name, value)
            for name, value in raw["fields"].items()
        }
        return raw | {"self": self._build_url("issue", raw["id"]), "fields": fields}

    def _convert_link(self, raw: JsonObject) -> JsonObject:
        self.data.reserve_id("link", int(raw["id"]))
        link = raw | {"self": self._build_url("issueLink", raw["id"])}
        link["type"] = self._convert_link_type(raw["type"])
        for end in ("inwardIssue", "outwardIssue"):
            if end in raw:
                link[end] = self._convert_stub(raw[end])
        return link

    def _convert_link_type(self, raw: JsonObject) -> JsonObject:
        id_ = self._settle_id("issueLinkType", self.data.link_types, raw)
        own = raw | {"id": id_, "self": self._build_url("issueLinkType", id_)}
        return self.data.link_types.setdefault(id_, own)

    def _convert_comments(self, issue_id: int, page: JsonObject) -> JsonObject:
        url = self._build_url("issue", str(issue_id))
        for raw in page["comments"]:
            self.data.reserve_id("comment", int(raw["id"]))
        comments = [
            self._convert_plain({name: entry for name, entry in raw.items() if name != "body"})
            | {"self": f"{url}/comment/{raw['id']}", "body": build_document(raw.get("body", ""))}
            for raw in page["comments"]
        ]
        return page | {"self": f"{url}/comment", "comments": comments}

    def _convert_worklogs(self, page: JsonObject) -> JsonObject:
        converted: JsonObject = self._convert_plain(page)
        for worklog in converted["worklogs"]:
            self.data.reserve_id("worklog", int(worklog["id"]))
            if isinstance(worklog.get("comment"), str):
                worklog["comment"] = build_document(worklog["comment"])
        return converted

    def _convert_attachment(self, raw: JsonObject) -> JsonObject:
        self.data.reserve_id("attachment", int(raw["id"]))
        attachment: JsonObject = self._convert_plain(raw)
        attachment["self"] = self._build_url("attachment", raw["id"])
        attachment["content"] = self._build_url("attachment/content", raw["id"])
        return attachment

    def _build_url(self, kind: str, id_: str) -> str:
        return f"{self.data.site.url}/rest/api/3/{kind}/{id_}"

    def _move_url(self, url: str) -> str:
        return _REST_ROOT.sub(f"{self.data.site.url}/rest/api/3/", url, count=1)
