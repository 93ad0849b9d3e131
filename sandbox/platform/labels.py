"""The labels that issues bear, on the platform API.

Source: Atlassian's OpenAPI document, 2026-05 (Get all labels).
"""

from typing import Final

from sandbox.gateway import Call, endpoint, scopes
from sandbox.paging import build_page_bean, read_window
from sandbox.world import JsonObject

_CAP: Final = 1000


def list_labels(call: Call) -> JsonObject:
    """Answer GET label: each label once, in alphabetical order."""
    issues = call.data.issues.values()
    labels = sorted({label for issue in issues for label in issue.fields.get("labels") or ()})
    window = read_window(call.query, default=_CAP, cap=_CAP)
    page = build_page_bean(f"{call.api_url}/label", window, len(labels), ())
    return page | {"values": window.cut(labels)}


ENDPOINTS: Final = (
    endpoint("GET", "/rest/api/3/label", scopes("read:jira-work", "read:label:jira"), list_labels),
)
