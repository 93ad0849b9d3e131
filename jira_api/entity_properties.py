"""A marker that travels with a comment or a worklog, so that it can be told from all others.

Source: Jira Cloud platform REST v3, entity properties, read 2026-11.
"""

from jira_api.errors import InvalidResponseError
from jira_api.json_values import JsonObject, JsonValue, parse_records

MARKER = "juncture.marker"
"""The key of the property that holds it."""


def marking(marker: JsonValue | None) -> JsonObject:
    """The part of a body that writes a marker; {} for None."""
    return {} if marker is None else {"properties": [{"key": MARKER, "value": marker}]}


def bears_marker(raw: JsonObject, marker: JsonValue) -> bool:
    """Whether what Jira sent, its properties expanded, bears a marker."""
    try:
        properties = parse_records(raw, "properties", lambda found: found)
    except InvalidResponseError:
        return False
    return any(each.get("key") == MARKER and each.get("value") == marker for each in properties)
