"""For whom a comment or a worklog is: a group or a role, or else whoever sees the issue."""

from sandbox.errors import JiraError
from sandbox.world import JsonObject


def read_visibility(body: JsonObject) -> JsonObject:
    """The part of a body that restricts it; {} where nothing does.

    Raises:
        JiraError: 400.
    """
    visibility = body.get("visibility")
    if visibility is None:
        return {}
    is_known = isinstance(visibility, dict) and visibility.get("type") in ("group", "role")
    if not is_known or not any(isinstance(visibility.get(p), str) for p in ("value", "identifier")):
        raise JiraError(400, errors={"visibility": "Specify a group or a role by type and value."})
    parts = ("type", "value", "identifier")
    kept = {part: visibility[part] for part in parts if isinstance(visibility.get(part), str)}
    return {"visibility": kept}
