"""What the server says of itself: clients ask it first, to tell Cloud from Data Center.

Source: Atlassian's OpenAPI document, 2026-05 (schema ServerInformation).
"""

from typing import Final

from sandbox.formats import format_instant
from sandbox.gateway import Call, endpoint, scopes
from sandbox.world import JsonObject


def show_server_info(call: Call) -> JsonObject:
    """Answer GET serverInfo; it needs no scope, and on a site's own address no credentials."""
    url = call.data.site.url
    return {
        "baseUrl": url,
        "displayUrl": url,
        "displayUrlServicedeskHelpCenter": url,
        "displayUrlConfluence": url,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100293,
        "buildDate": "2026-01-05T00:00:00.000+0000",
        "serverTime": format_instant(call.now),
        "serverTimeZone": "Etc/UTC",
        "scmInfo": "sandbox",
        "serverTitle": call.data.site.name,
    }


ENDPOINTS: Final = (endpoint("GET", "/rest/api/3/serverInfo", scopes("", ""), show_server_info),)
