"""The kinds of links between issues: those every site comes with, and those its issues bring.

Source: Atlassian's OpenAPI document, 2026-05 (Get issue link types).
"""

from typing import Final

from sandbox.errors import JiraError
from sandbox.gateway import Call, endpoint, scopes
from sandbox.link_records import gather_link_types
from sandbox.world import JsonObject


def list_link_types(call: Call) -> JsonObject:
    """Answer GET issueLinkType."""
    return {"issueLinkTypes": list(gather_link_types(call.data).values())}


def show_link_type(call: Call) -> JsonObject:
    """Answer GET issueLinkType/{id}."""
    found = gather_link_types(call.data).get(call.path["id"])
    if found is None:
        raise JiraError(404, [f"No issue link type with id '{call.path['id']}' found."])
    return found


_READ: Final = scopes("read:jira-work", "read:issue-link-type:jira")

ENDPOINTS: Final = (
    endpoint("GET", "/rest/api/3/issueLinkType", _READ, list_link_types),
    endpoint("GET", "/rest/api/3/issueLinkType/{id}", _READ, show_link_type),
)
