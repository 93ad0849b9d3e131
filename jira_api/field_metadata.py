"""What can be set when an issue is made, edited, or moved along its workflow.

Source: Jira Cloud platform REST v3, Issues (create and edit metadata), read 2026-11.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from jira_api.client import JiraSession
from jira_api.errors import InvalidResponseError
from jira_api.json_values import (
    JsonObject,
    JsonValue,
    as_object,
    find_boolean,
    find_object,
    find_or_none,
    find_text,
    get_text,
)
from jira_api.named_pages import NamedList, read_named_page
from jira_api.pages import walk_pages
from jira_api.paths import IssueKey, NumericId, ProjectKey, join_path
from jira_api.records import IssueType

_PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class FieldMetadata:
    """A field of a form; `type` in words, such as `array of option`.

    `allowed_values` are as Jira sends them, None where it names none.
    """

    field_id: str
    name: str
    is_required: bool
    type: str
    allowed_values: JsonValue
    has_default: bool


async def list_create_fields(
    session: JiraSession, project: NumericId | ProjectKey, issue_type_id: NumericId
) -> Sequence[FieldMetadata]:
    """The form for a new issue of a type, in Jira's order.

    Raises:
        RejectedError: the project has no such issue type.
        JiraApiError: a call failed.
    """
    path = join_path("/rest/api/3/issue/createmeta/{}/issuetypes/{}", project, issue_type_id)
    listed = NamedList(path, "fields", _read_listed, lambda field: field.field_id)
    fields = await walk_pages(
        lambda start: read_named_page(session, listed, {}, start=start, size=_PAGE_SIZE),
        listed.identify,
    )
    return fields or ()


async def list_create_types(
    session: JiraSession, project: NumericId | ProjectKey
) -> Sequence[IssueType]:
    """The kinds of issues that the connected person may make in a project.

    Raises:
        JiraApiError: a call failed.
    """
    path = join_path("/rest/api/3/issue/createmeta/{}/issuetypes", project)
    listed = NamedList(path, "issueTypes", session.decode.issue_type, lambda e: e.issue_type_id)
    types = await walk_pages(
        lambda start: read_named_page(session, listed, {}, start=start, size=_PAGE_SIZE),
        listed.identify,
    )
    return types or ()


async def list_edit_fields(
    session: JiraSession, id_or_key: NumericId | IssueKey
) -> Sequence[FieldMetadata]:
    """The fields of an issue that the connected person may edit, in Jira's order.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(join_path("/rest/api/3/issue/{}/editmeta", id_or_key))
    return read_form(as_object(raw, "edit metadata"))


def read_form(raw: JsonObject) -> tuple[FieldMetadata, ...]:
    """The `fields` of an object, which stand below their ids.

    Raises:
        InvalidResponseError: one of them is no field.
    """
    fields = find_object(raw, "fields") or {}
    return tuple(_read(key, as_object(each, "a field")) for key, each in fields.items())


def _read_listed(raw: JsonObject) -> FieldMetadata:
    return _read(find_text(raw, "fieldId") or get_text(raw, "key"), raw)


def _read(field_id: str, raw: JsonObject) -> FieldMetadata:
    allowed = raw.get("allowedValues")
    return FieldMetadata(
        field_id=field_id,
        name=find_or_none(find_text, raw, "name") or field_id,
        is_required=_is_true(raw, "required"),
        type=_describe_type(raw),
        allowed_values=allowed if isinstance(allowed, list) else None,
        has_default=_is_true(raw, "hasDefaultValue"),
    )


def _is_true(raw: JsonObject, key: str) -> bool:
    return find_or_none(find_boolean, raw, key) is True


def _describe_type(raw: JsonObject) -> str:
    try:
        schema = find_object(raw, "schema") or {}
        kind, items = find_text(schema, "type"), find_text(schema, "items")
    except InvalidResponseError:
        return "any"
    return f"{kind} of {items}" if kind and items else kind or "any"
