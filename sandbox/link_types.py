"""The kinds of links between issues: those every site comes with, and those its issues bring.

Source: Atlassian's OpenAPI document, 2026-05 (Get issue link types).
"""

from typing import Final

from sandbox.errors import JiraError
from sandbox.gateway import Call, endpoint, scopes
from sandbox.world import JsonObject, SiteData

# id, name, inward, outward
_USUAL: Final = (
    ("10000", "Blocks", "is blocked by", "blocks"),
    ("10001", "Cloners", "is cloned by", "clones"),
    ("10002", "Duplicate", "is duplicated by", "duplicates"),
    ("10003", "Relates", "relates to", "relates to"),
)


def list_link_types(call: Call) -> JsonObject:
    """Answer GET issueLinkType."""
    return {"issueLinkTypes": list(_gather(call.data).values())}


def show_link_type(call: Call) -> JsonObject:
    """Answer GET issueLinkType/{id}."""
    found = _gather(call.data).get(call.path["id"])
    if found is None:
        raise JiraError(404, [f"No issue link type with id '{call.path['id']}' found."])
    return found


def _gather(data: SiteData) -> dict[str, JsonObject]:
    root = f"{data.site.url}/rest/api/3/issueLinkType"
    types: dict[str, JsonObject] = {
        id_: {
            "id": id_,
            "name": name,
            "inward": inward,
            "outward": outward,
            "self": f"{root}/{id_}",
        }
        for id_, name, inward, outward in _USUAL
    }
    for issue in data.issues.values():
        for link in issue.fields.get("issuelinks") or ():
            types.setdefault(link["type"]["id"], link["type"])
    return types


_READ: Final = scopes("read:jira-work", "read:issue-link-type:jira")

ENDPOINTS: Final = (
    endpoint("GET", "/rest/api/3/issueLinkType", _READ, list_link_types),
    endpoint("GET", "/rest/api/3/issueLinkType/{id}", _READ, show_link_type),
)
