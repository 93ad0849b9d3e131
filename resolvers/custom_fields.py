"""A site's fields, and the values of custom ones.

The list of fields is kept for ten minutes, in which a field may be renamed, removed or made. So a
name is one of the last minute. One that leads to no single field is looked up again, once a minute
at most, and one that led to a field is compared with what the issue itself tells. Once an operation
has read the list anew, that list decides for the rest of it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import fields as slots_of
from datetime import timedelta

from jira_api.custom_values import CustomValue, type_value
from jira_api.known_fields import list_by_english_name
from jira_api.paths import NumericId, is_field_id
from jira_api.records import Field, Issue, Origin
from jira_api.site_metadata import list_fields
from resolvers.arguments import check_text
from resolvers.context import Context
from resolvers.errors import BadUserInputError
from resolvers.loaders import IssueKeyAndFields
from storage.cache import Cache
from storage.records import Connection, ConnectionId

_KEPT_FOR = timedelta(minutes=10)
_LOOKED_UP_EVERY = timedelta(minutes=1)
_RECENT = timedelta(minutes=1)
_LOOKED_UP = "looked-up"
_READ = "read"
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class _Known:
    """The fields of a site, and whether they were read from Jira just now."""

    fields: Sequence[Field]
    is_fresh: bool


async def load_fields(context: Context, origin: Origin) -> Sequence[Field]:
    """Every field of the site; known for ten minutes, for one generation of the grant.

    Raises:
        JiraApiError: the call failed.
    """
    anew = context.fields_read.get(origin.label)
    return (await _load_known(context, origin)).fields if anew is None else anew


async def list_custom_fields(context: Context, origin: Origin) -> list[Field]:
    """The custom fields of the site.

    Raises:
        JiraApiError: the call failed.
    """
    return [each for each in await load_fields(context, origin) if each.is_custom]


async def resolve_custom_field(context: Context, origin: Origin, id_or_name: str) -> Field | None:
    """A custom field by id or by name, letter by letter or else in any case; None where unknown.

    A name is one of the last minute: what is read or found by it does not tell whether another
    field came to bear it too.

    Raises:
        BadUserInputError: the name is blank or too long, or several fields bear it.
        JiraApiError: the call failed.
    """
    _check_name(id_or_name, argument="filter.customFields.field")
    load = load_fields if is_field_id(id_or_name) else _load_recent
    return await _resolve(context, origin, id_or_name, await load(context, origin))


async def resolve_field_to_write(context: Context, origin: Origin, id_or_name: str) -> Field | None:
    """A custom field that is about to be written: a name is looked up as it is at this moment.

    A field that was renamed meanwhile, whose name another one took, would be written by mistake.

    Raises:
        BadUserInputError: the name is blank or too long, or several fields bear it.
        JiraApiError: the call failed.
    """
    _check_name(id_or_name)
    if is_field_id(id_or_name):
        return await resolve_custom_field(context, origin, id_or_name)
    return _only(_list_named(await _read_anew(context, origin), id_or_name), id_or_name)


async def find_custom_value(context: Context, issue: Issue, id_or_name: str) -> CustomValue | None:
    """One custom field's value; None where it is empty, or the site has no such field.

    Raises:
        BadUserInputError: the name is blank or too long, or several fields bear it.
        JiraApiError: the call failed.
    """
    found = await resolve_custom_field(context, issue.origin, id_or_name)
    if found is not None and not is_field_id(id_or_name) and issue.field_names is not None:
        asked, listed = found.field_id, await _list_anew(context, issue, found)
        if listed is not None:
            found = _only(_list_named(listed, id_or_name), id_or_name)
        if found is not None and found.field_id != asked:
            issue = await _load_with_field(context, issue, found)
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


def _check_name(id_or_name: str, *, argument: str = "idOrName") -> None:
    check_text(id_or_name, argument=argument, longest=_LONGEST_NAME)


async def _resolve(
    context: Context, origin: Origin, id_or_name: str, known: Sequence[Field]
) -> Field | None:
    """The field among the known ones, or else among those of a list that is read again."""
    found = _list_named(known, id_or_name)
    if len(found) != 1:
        found = _list_named(await _load_again(context, origin), id_or_name)
    return _only(found, id_or_name)


def _list_named(known: Iterable[Field], id_or_name: str) -> list[Field]:
    """The custom fields of an id or a name; in any case only where none is written so.

    Sprint, Story Points, Epic Link, Rank and Team are also found on a site that calls them
    otherwise.
    """
    custom = [each for each in known if each.is_custom]
    if is_field_id(id_or_name):
        return [each for each in custom if each.field_id == id_or_name]
    named = [each for each in custom if each.name == id_or_name]
    wanted = id_or_name.casefold()
    named = named or [each for each in custom if each.name.casefold() == wanted]
    return named or list_by_english_name(custom, id_or_name)


def _only(named: Sequence[Field], id_or_name: str) -> Field | None:
    if len(named) > 1:
        ids = ", ".join(sorted(each.field_id for each in named))
        raise BadUserInputError(
            f"Several custom fields are called {id_or_name!r}: {ids}. Name one by its id.",
            argument="idOrName",
        )
    return named[0] if named else None


async def _list_anew(context: Context, issue: Issue, found: Field) -> Sequence[Field] | None:
    """The fields as they are now, where the issue does not know one by its name; else None.

    Another name proves the list old. An issue that does not know the field at all may be one of
    a project without it, so that the list is read again once a minute at most.
    """
    told = (issue.field_names or {}).get(found.field_id)
    if told == found.name:
        return None
    read = _load_again if told is None else _read_anew
    return await read(context, issue.origin)


async def _load_with_field(context: Context, issue: Issue, field: Field) -> Issue:
    """The issue with the value of a field that was not asked for."""
    wanted = frozenset({field.field_id})
    key = IssueKeyAndFields(issue.origin.label, NumericId(issue.issue_id), wanted)
    return await context.issues.load(key) or issue


async def _load_known(context: Context, origin: Origin) -> _Known:
    return await context.calls.once((origin.label, "fields"), lambda: _find_kept(context, origin))


async def _find_kept(context: Context, origin: Origin) -> _Known:
    connection = context.connection_of(origin)
    key = _key(connection.connection_id, connection.generation)
    kept = _read(await context.services.cache.get(key), origin)
    if kept is not None:
        return _Known(kept, is_fresh=False)
    return _Known(await _read_anew(context, origin), is_fresh=True)


async def _load_recent(context: Context, origin: Origin) -> Sequence[Field]:
    """The fields as they were within the last minute."""
    anew = context.fields_read.get(origin.label)
    if anew is not None:
        return anew
    return await context.calls.once(
        (origin.label, "recent fields"), lambda: _find_recent(context, origin)
    )


async def _find_recent(context: Context, origin: Origin) -> Sequence[Field]:
    known = await _load_known(context, origin)
    mark = _mark(context.connection_of(origin), _READ)
    if known.is_fresh or await context.services.cache.get(mark) is not None:
        return known.fields
    return await _read_anew(context, origin)


async def _load_again(context: Context, origin: Origin) -> Sequence[Field]:
    """The fields read again, or the known ones where that was done within the last minute."""
    return await context.calls.once(
        (origin.label, "fields again"), lambda: _read_if_due(context, origin)
    )


async def _read_if_due(context: Context, origin: Origin) -> Sequence[Field]:
    known, connection = await _load_known(context, origin), context.connection_of(origin)
    mark = _mark(connection, _LOOKED_UP)
    if known.is_fresh or await context.services.cache.get(mark) is not None:
        return await load_fields(context, origin)
    await context.services.cache.set(mark, b"1", ttl=_LOOKED_UP_EVERY)
    return await _read_anew(context, origin)


async def _read_anew(context: Context, origin: Origin) -> Sequence[Field]:
    """Every field of the site as it is now, read once an operation."""
    return await context.calls.once(
        (origin.label, "fields anew"), lambda: _read_and_keep(context, origin)
    )


async def _read_and_keep(context: Context, origin: Origin) -> Sequence[Field]:
    connection = context.connection_of(origin)
    listed = await list_fields(context.session_of(origin))
    context.fields_read[origin.label] = listed
    key = _key(connection.connection_id, connection.generation)
    await context.services.cache.set(key, _write(listed), ttl=_KEPT_FOR)
    await context.services.cache.set(_mark(connection, _READ), b"1", ttl=_RECENT)
    return listed


def _mark(connection: Connection, event: str) -> str:
    """The key of what stays in the cache for a minute after something happened to the fields."""
    return f"{_key(connection.connection_id, connection.generation)}:{event}"


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
