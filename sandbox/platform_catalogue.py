"""The site's catalogues on the platform API, and what the server says of itself.

Fields, issue types, priorities, statuses, resolutions.

Source: Atlassian's OpenAPI document, 2026-05.
"""

from typing import Final

from sandbox.errors import JiraError
from sandbox.formats import format_instant
from sandbox.gateway import Call, Endpoint, Handler, endpoint, scopes
from sandbox.world import JsonObject, SiteData


def show_server_info(call: Call) -> JsonObject:
    """Answer GET serverInfo."""
    return {
        "baseUrl": call.data.site.url,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100293,
        "buildDate": "2026-01-05T00:00:00.000+0000",
        "serverTime": format_instant(call.now),
        "scmInfo": "sandbox",
        "serverTitle": call.data.site.name,
    }


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


def _build_endpoints(path: str, name: str, granular: str) -> tuple[Endpoint, Endpoint]:
    needed = scopes("read:jira-work", granular)
    return (
        endpoint("GET", f"/rest/api/3/{path}", needed, _list_entries(name)),
        endpoint("GET", f"/rest/api/3/{path}/{{id}}", needed, _show_entry(name, path)),
    )


ENDPOINTS: Final = (
    endpoint("GET", "/rest/api/3/serverInfo", scopes("", ""), show_server_info),
    endpoint(
        "GET",
        "/rest/api/3/field",
        scopes("read:jira-work", "read:field:jira read:avatar:jira read:project-category:jira"),
        _list_entries("field_catalogue"),
    ),
    *_build_endpoints("issuetype", "issue_types", "read:issue-type:jira read:avatar:jira"),
    *_build_endpoints("priority", "priorities", "read:priority:jira"),
    *_build_endpoints("status", "statuses", "read:status:jira"),
    *_build_endpoints("resolution", "resolutions", "read:resolution:jira"),
)
