"""Values that apps keep on comments and worklogs under keys of their own.

Source: the operations on comment and worklog properties in Atlassian's OpenAPI document, 2026-05.
"""

import json
from typing import Any, Final

from sandbox.errors import JiraError
from sandbox.gateway import Answer, Call
from sandbox.issue_changes import INVALID_BODY
from sandbox.world import JsonObject, SiteData

_LONGEST_KEY: Final = 255
_LONGEST_VALUE: Final = 32_768

Owner = tuple[str, str]
"""What the properties are on: its kind and its id."""


def read_properties(body: JsonObject) -> JsonObject:
    """The values by key that the body of a write brings along.

    Raises:
        JiraError: 400.
    """
    listed = body.get("properties")
    if listed is None:
        return {}
    if not isinstance(listed, list) or not all(map(_is_property, listed)):
        raise JiraError(400, [INVALID_BODY])
    properties = {entry["key"]: entry["value"] for entry in listed}
    for key, value in properties.items():
        _check(key, value)
    return properties


def keep_properties(data: SiteData, owner: Owner, properties: JsonObject) -> None:
    """Add values to those that are kept, in the place of older ones of their keys."""
    data.entity_properties.setdefault(owner, {}).update(properties)


def forget_properties(data: SiteData, owner: Owner) -> None:
    """Drop every value, since what they were on is gone."""
    data.entity_properties.pop(owner, None)


def expand_properties(call: Call, owner: Owner, described: JsonObject) -> JsonObject:
    """What is shown of an owner, with its properties where the call expands them."""
    if "properties" not in call.query.get("expand", "").split(","):
        return described
    kept = call.data.entity_properties.get(owner, {})
    return described | {"properties": [{"key": k, "value": v} for k, v in kept.items()]}


def list_keys(call: Call, owner: Owner, url: str) -> JsonObject:
    """Every key, with the address of its value; `url` is that of the owner."""
    kept = call.data.entity_properties.get(owner, {})
    return {"keys": [{"self": f"{url}/properties/{key}", "key": key} for key in kept]}


def show_property(call: Call, owner: Owner) -> JsonObject:
    """The value of the path's key.

    Raises:
        JiraError: 404.
    """
    key = call.path["key"]
    return {"key": key, "value": _get_kept(call, owner)[key]}


def put_property(call: Call, owner: Owner) -> Answer:
    """Keep the body as the value of the path's key: 201 for a new key, 200 for one in use.

    Raises:
        JiraError: 400.
    """
    key = call.path["key"]
    _check(key, call.body)
    is_new = key not in call.data.entity_properties.get(owner, {})
    keep_properties(call.data, owner, {key: call.body})
    return Answer(201 if is_new else 200, {})


def remove_property(call: Call, owner: Owner) -> Answer:
    """Forget the value of the path's key.

    Raises:
        JiraError: 404.
    """
    del _get_kept(call, owner)[call.path["key"]]
    return Answer(204)


def _get_kept(call: Call, owner: Owner) -> JsonObject:
    kept = call.data.entity_properties.get(owner, {})
    key = call.path["key"]
    if key not in kept:
        raise JiraError(404, [f"The property {key} does not exist."])
    return kept


def _is_property(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("key"), str) and "value" in entry


def _check(key: str, value: Any) -> None:
    if not 1 <= len(key) <= _LONGEST_KEY:
        raise JiraError(400, [f"A property's key has 1 to {_LONGEST_KEY} characters."])
    if value is None or len(json.dumps(value)) > _LONGEST_VALUE:
        raise JiraError(400, [f"A property's value is JSON of 1 to {_LONGEST_VALUE:,} characters."])
