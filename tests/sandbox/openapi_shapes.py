"""Holds answers against Atlassian's OpenAPI documents with a small, quick validator.

It knows what those documents use: references, types, required and additional properties, enums,
and the `allOf` that wraps a reference.
"""

import json
from functools import cache
from typing import Any

from tests.sandbox.visitors import find_shared

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


@cache
def load_document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(find_shared("jira-openapi", name).read_text())
    return document


def list_violations(document: dict[str, Any], template: str, method: str, answer: Any) -> list[str]:
    """What is wrong with the 200 answer of an operation; [] where nothing is."""
    operation = document["paths"][template][method]
    schema = operation["responses"]["200"]["content"]["application/json"].get("schema", {})
    return _check(document, schema, answer, "$")


def _check(document: dict[str, Any], schema: dict[str, Any], value: Any, path: str) -> list[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _check(document, document["components"]["schemas"][name], value, path)
    faults = [
        fault for part in schema.get("allOf", ()) for fault in _check(document, part, value, path)
    ]
    if value is None:
        is_allowed = schema.get("nullable", False) or "type" not in schema
        return faults if is_allowed else [*faults, f"{path} is null"]
    expected = _TYPES.get(schema.get("type", ""))
    if expected is not None and not _is_instance(value, expected):
        return [*faults, f"{path} is {type(value).__name__}, not {schema['type']}"]
    if "enum" in schema and value not in schema["enum"]:
        faults.append(f"{path} is {value!r}")
    if isinstance(value, list) and "items" in schema:
        for index, entry in enumerate(value):
            faults += _check(document, schema["items"], entry, f"{path}[{index}]")
    if isinstance(value, dict):
        faults += _check_object(document, schema, value, path)
    return faults


def _check_object(
    document: dict[str, Any], schema: dict[str, Any], value: dict[str, Any], path: str
) -> list[str]:
    properties = schema.get("properties", {})
    additional = schema.get("additionalProperties", True)
    faults = [
        f"{path}.{name} is missing" for name in schema.get("required", ()) if name not in value
    ]
    for name, entry in value.items():
        if name in properties:
            faults += _check(document, properties[name], entry, f"{path}.{name}")
        elif additional is False:
            faults.append(f"{path}.{name} is no part of the contract")
        elif isinstance(additional, dict):
            faults += _check(document, additional, entry, f"{path}.{name}")
    return faults


def _is_instance(value: Any, expected: type | tuple[type, ...]) -> bool:
    return isinstance(value, expected) and not (isinstance(value, bool) and expected is not bool)
