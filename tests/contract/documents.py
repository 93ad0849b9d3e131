"""Atlassian's OpenAPI documents: the operation that a call is, and openapi-core's validators."""

import copy
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from jsonschema_path import SchemaPath
from openapi_core.validation.request.validators import (
    V30RequestBodyValidator,
    V30RequestParametersValidator,
)
from openapi_core.validation.response.validators import V30ResponseDataValidator

from tests.sandbox.visitors import find_shared

NAMES = ("jira-platform-v3.json", "jira-software.json")
_METHODS = frozenset({"get", "put", "post", "delete", "patch"})
_REFUSAL: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["errorMessages", "errors"],
    "properties": {
        "errorMessages": {"type": "array", "items": {"type": "string"}},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
        "status": {"type": "integer"},
    },
}
HOST = "https://your-domain.atlassian.net"
"""The server that both documents name."""


class Document:
    """One document, with validators that are made once.

    The document as such is not validated: Atlassian's for Jira Software is not valid itself, and
    openapi-core reads of it what a call needs alone.
    """

    def __init__(self, raw: dict[str, Any]) -> None:
        """Take a document as it was read from JSON."""
        self.raw = {**raw, "paths": _describe_refusals(raw["paths"])}
        path = SchemaPath.from_dict(self.raw)
        formats: dict[str, Callable[[Any], bool]] = {"date-time": _is_instant}
        self.parameters = V30RequestParametersValidator(path, format_validators=formats)
        # Jira ignores a misspelt member as silently as a misspelt parameter.
        self.body = V30RequestBodyValidator(
            path, format_validators=formats, forbid_unspecified_additional_properties=True
        )
        self.answer = V30ResponseDataValidator(path, format_validators=formats)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document."""

    method: str
    template: str
    document: Document = field(repr=False, compare=False)
    raw: dict[str, Any] = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def is_deprecated(self) -> bool:
        """Whether Atlassian says that it will go."""
        return bool(self.raw.get("deprecated"))

    @property
    def query_names(self) -> frozenset[str]:
        """The query parameters that it knows."""
        shared = self.document.raw["paths"][self.template].get("parameters", [])
        return frozenset(
            parameter["name"]
            for parameter in [*shared, *self.raw.get("parameters", [])]
            if parameter["in"] == "query"
        )

    def find_answer(self, status: int) -> dict[str, Any] | None:
        """What the document says of a status."""
        responses: dict[str, Any] = self.raw["responses"]
        return responses.get(str(status), responses.get("default"))

    def describes_body(self, status: int) -> bool:
        """Whether the document gives the body of an answer a schema; of many it leaves it empty."""
        told = self.find_answer(status)
        return told is not None and _has_schema(told)


class Documents:
    """All operations of several documents."""

    def __init__(self, documents: Sequence[Document]) -> None:
        """Look operations up in these."""
        self._patterns = [
            (_compile(template), Operation(method.upper(), template, document, raw))
            for document in documents
            for template, item in document.raw["paths"].items()
            for method, raw in item.items()
            if method in _METHODS
        ]
        self._patterns.sort(key=lambda entry: entry[1].template.count("{"))

    def find_operation(self, method: str, path: str) -> Operation | None:
        """The operation of a path below the site's root: the one with the fewest variables."""
        for pattern, operation in self._patterns:
            if operation.method == method and pattern.fullmatch(path):
                return operation
        return None


@cache
def load_documents() -> Documents:
    """Atlassian's documents; where they are missing, the test is skipped or fails."""
    return Documents([Document(read_document(name)) for name in NAMES])


@cache
def read_document(name: str) -> dict[str, Any]:
    """One of `NAMES` as JSON."""
    document: dict[str, Any] = json.loads(find_shared("jira-openapi", name).read_text())
    return document


def _has_schema(response: dict[str, Any]) -> bool:
    return any(media.get("schema") for media in response.get("content", {}).values())


def _describe_refusals(paths: dict[str, Any]) -> dict[str, Any]:
    """The paths with a schema for each refusal that the document gives none.

    Source: `ErrorCollection` of the platform's document, which is what both APIs refuse with.
    """
    described = copy.deepcopy(paths)
    for item in described.values():
        for operation in (part for method, part in item.items() if method in _METHODS):
            for status, response in operation["responses"].items():
                if status.startswith("4") and not _has_schema(response):
                    response["content"] = {"application/json": {"schema": _REFUSAL}}
    return described


def _is_instant(value: object) -> bool:
    """Whether it is an instant as RFC 3339 or Jira writes it: without a colon in the offset.

    Source: the examples that the documents themselves give for the format date-time.
    """
    if not isinstance(value, str):
        return True
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return False
    return instant.tzinfo is not None


def _compile(template: str) -> re.Pattern[str]:
    literals = re.split(r"\{[^}]+\}", template)
    return re.compile("[^/]+".join(map(re.escape, literals)))
