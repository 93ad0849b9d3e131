"""A site's fields, and the values of custom ones."""

import json
from collections.abc import Sequence
from dataclasses import fields as slots_of
from datetime import timedelta

from jira_api.custom_values import CustomValue, type_value
from jira_api.paths import is_field_id
from jira_api.records import Field, Issue, Origin
from jira_api.site_metadata import list_fields
from resolvers.arguments import check_text
from resolvers.context import Context
from resolvers.errors import BadUserInputError
from storage.cache import Cache
from storage.records import ConnectionId

_KEPT_FOR = timedelta(minutes=10)
_LONGEST_NAME = 255


async def load_fields(context: Context, origin: Origin) -> Sequence[Field]:
    """Every field of the site; known for ten minutes, for one generation of the grant.

    Raises:
        JiraApiError: the call failed.
    """
    return await context.calls.once((origin.label, "fields"), lambda: _load_fields(context, origin))


async def list_custom_fields(context: Context, origin: Origin) -> list[Field]:
    """The custom fields of the site.

    Raises:
        JiraApiError: the call failed.
    """
    return [each for each in await load_fields(context, origin) if each.is_custom]


async def resolve_custom_field(context: Context, origin: Origin, id_or_name: str) -> Field | None:
    """A custom field by id or by name, letter by letter or else in any case; None where unknown.

    Raises:
        BadUserInputError: the name is blank or too long, or several fields bear it.
        JiraApiError: the call failed.
    """
    check_text(id_or_name, argument="idOrName", longest=_LONGEST_NAME)
    known = await list_custom_fields(context, origin)
    if is_field_id(id_or_name):
        return next((each for each in known if each.field_id == id_or_name), None)
    named = [each for each in known if each.name == id_or_name]
    named = named or [each for each in known if each.name.casefold() == id_or_name.casefold()]
    if len(named) > 1:
        ids = ", ".join(sorted(each.field_id for each in named))
        raise BadUserInputError(
            f"Several custom fields are called {id_or_name!r}: {ids}. Name one by its id.",
            argument="idOrName",
        )
    return named[0] if named else None


async def find_custom_value(context: Context, issue: Issue, id_or_name: str) -> CustomValue | None:
    """One custom field's value; None where it is empty, or the site has no such field.

    Raises:
        BadUserInputError: the name is blank or too long, or several fields bear it.
        JiraApiError: the call failed.
    """
    found = await resolve_custom_field(context, issue.origin, id_or_name)
    raw = (issue.custom_values or {}).get(found.field_id) if found else None
    if found is None or raw is None:
        return None
    return type_value(context.session_of(issue.origin).decode, found, raw)


async def list_custom_values(context: Context, issue: Issue) -> list[CustomValue]:
    """The custom fields of the site that have a value here, in the order of their ids.

    Raises:
        JiraApiError: the call failed.
    """
    known = {each.field_id: each for each in await list_custom_fields(context, issue.origin)}
    decode = context.session_of(issue.origin).decode
    return [
        type_value(decode, known[field_id], raw)
        for field_id, raw in sorted((issue.custom_values or {}).items())
        if raw is not None and field_id in known
    ]


async def forget_fields(cache: Cache, connection_id: ConnectionId, generation: int) -> None:
    """Take a site's fields out of the cache; nobody asks for those of another generation."""
    await cache.delete(_key(connection_id, generation))


async def _load_fields(context: Context, origin: Origin) -> Sequence[Field]:
    connection = context.connection_of(origin)
    key = _key(connection.connection_id, connection.generation)
    kept = _read(await context.services.cache.get(key), origin)
    if kept is not None:
        return kept
    listed = await list_fields(context.session_of(origin))
    await context.services.cache.set(key, _write(listed), ttl=_KEPT_FOR)
    return listed


def _key(connection_id: ConnectionId, generation: int) -> str:
    return f"fields:v1:{connection_id}:{generation}"


def _write(listed: Sequence[Field]) -> bytes:
    names = [slot.name for slot in slots_of(Field) if slot.name != "origin"]
    return json.dumps([{name: getattr(each, name) for name in names} for each in listed]).encode()


def _read(kept: bytes | None, origin: Origin) -> Sequence[Field] | None:
    """What the cache keeps; None where that is nothing, or of another release's shape."""
    try:
        return None if kept is None else [Field(origin=origin, **row) for row in json.loads(kept)]
    except (TypeError, ValueError):
        return None
