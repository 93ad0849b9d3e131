"""The site's catalogues on the platform API.

Fields, issue types, priorities, statuses and their categories, resolutions.

Source: Atlassian's OpenAPI document, 2026-05.
"""

from typing import Final

from sandbox.catalogue import CATEGORY_KEYS, build_status_category
from sandbox.errors import JiraError
from sandbox.gateway import Call, Endpoint, Handler, endpoint, scopes
from sandbox.world import JsonObject, SiteData


def _read_catalogue(data: SiteData, name: str) -> dict[str, JsonObject]:
    catalogue: dict[str, JsonObject] = getattr(data, name)
    return catalogue


def _list_entries(name: str) -> Handler:
    return lambda call: list(_read_catalogue(call.data, name).values())


def _show_entry(name: str, singular: str) -> Handler:
    def show(call: Call) -> JsonObject:
        catalogue, wanted = _read_catalogue(call.data, name), call.path["id"]
        if wanted in catalogue:
            return catalogue[wanted]
        if name == "statuses":
            named = [entry for entry in catalogue.values() if entry["name"] == wanted]
            if named:
                return named[0]
        raise JiraError(404, [f"The {singular} with id '{wanted}' does not exist."])

    return show


def list_status_categories(call: Call) -> list[JsonObject]:
    """Answer GET statuscategory."""
    return [build_status_category(call.data.site.url, key) for key in CATEGORY_KEYS]


def show_status_category(call: Call) -> JsonObject:
    """Answer GET statuscategory/{idOrKey}."""
    wanted = call.path["id_or_key"]
    for category in list_status_categories(call):
        if wanted in (str(category["id"]), category["key"]):
            return category
    raise JiraError(404, [f"The status category with id or key '{wanted}' does not exist."])


def _build_endpoints(path: str, name: str, granular: str) -> tuple[Endpoint, Endpoint]:
    needed = scopes("read:jira-work", granular)
    return (
        endpoint("GET", f"/rest/api/3/{path}", needed, _list_entries(name)),
        endpoint("GET", f"/rest/api/3/{path}/{{id}}", needed, _show_entry(name, path)),
    )


_READ_CATEGORIES: Final = scopes("read:jira-work", "read:status:jira")

ENDPOINTS: Final = (
    endpoint("GET", "/rest/api/3/statuscategory", _READ_CATEGORIES, list_status_categories),
    endpoint(
        "GET", "/rest/api/3/statuscategory/{id_or_key}", _READ_CATEGORIES, show_status_category
    ),
    endpoint(
        "GET",
        "/rest/api/3/field",
        scopes(
            "read:jira-work",
            "read:field:jira read:avatar:jira read:project-category:jira read:project:jira "
            "read:field-configuration:jira",
        ),
        _list_entries("field_catalogue"),
    ),
    *_build_endpoints(
        "issuetype",
        "issue_types",
        "read:issue-type:jira read:avatar:jira read:project:jira read:project-category:jira",
    ),
    *_build_endpoints("priority", "priorities", "read:priority:jira"),
    *_build_endpoints("status", "statuses", "read:status:jira"),
    *_build_endpoints("resolution", "resolutions", "read:resolution:jira"),
)
