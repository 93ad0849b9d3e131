"""Links made and taken away, and people who watch.

A link is written down as people read it: `from`, the kind's words, `to`. A kind that is named by
its id or its name leads outwards, as in "A blocks B"; one that is named by its inward words leads
the other way, as in "A is blocked by B".
"""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from jira_api import issue_links
from jira_api.errors import JiraApiError, NotFoundError
from jira_api.paths import AccountId, IssueKey, NumericId, is_numeric_id, shorten
from jira_api.records import IssueLinkType, Origin
from jira_api.watchers import add_watcher, remove_watcher
from resolvers.access.viewer import Right
from resolvers.arguments import check_text
from resolvers.changes.issue_values import IdOrName
from resolvers.changes.issue_writes import IssueUnknownError, WrittenIssue
from resolvers.changes.part_writes import issue_unknown, written
from resolvers.changes.recent_writes import note_write
from resolvers.context import Context
from resolvers.errors import BadUserInputError, ErrorCode, ProblemError
from resolvers.global_ids import GlobalId
from resolvers.issues import Projection, load_issue
from resolvers.linking.connections import LinkedConnection, find_myself
from resolvers.part_references import find_own_part
from resolvers.references import parse_defined, parse_issue, parse_person
from resolvers.relations import list_issue_link_types

_LONGEST_NAME = 255
_FROM, _TO, _ISSUE, _LINK = "from", "to", "issue", "linkId"
_TYPE_ID = "type.id"
T = TypeVar("T")
Reference = NumericId | IssueKey


class UnknownThingError(ProblemError):
    """No such person, link or kind of links, or one that is hidden."""

    code = ErrorCode.NOT_FOUND


@dataclass(frozen=True, slots=True)
class _Relation:
    """A kind of links, and whether it was named by the words that lead to `from`."""

    type_id: NumericId
    is_inward: bool = False


@dataclass(frozen=True, slots=True)
class _LinkReference:
    """A link, and the issue that holds it where the caller named that too."""

    link_id: NumericId
    issue_id: NumericId | None = None


async def link_issues(
    context: Context, connection: LinkedConnection, *, subject: str, other: str, kind: IdOrName
) -> WrittenIssue:
    """Link two issues, so that the words of the kind lead from `subject` to `other`.

    Raises:
        BadUserInputError: an id has another form, or no kind or several bear the name.
        IssueUnknownError: an issue is absent or hidden.
        UnknownThingError: the site has no such kind of links.
        RefusedError: Jira refuses the link.
        JiraApiError: a call failed.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    origin = connection.origin
    ends = (
        parse_issue(origin, subject, argument=_FROM),
        parse_issue(origin, other, argument=_TO),
    )
    relation = await _resolve(context, origin, kind)
    leads_from, leads_to = ends[::-1] if relation.is_inward else ends
    call = issue_links.link_issues(
        context.session_of(origin), relation.type_id, subject=leads_from, other=leads_to
    )
    try:
        await written(context, origin, call, arguments={})
    except NotFoundError as error:
        await _refuse_unknown(context, origin, {_FROM: ends[0], _TO: ends[1]})
        if kind.id is not None and not await _has_kind(context, origin, relation.type_id):
            raise UnknownThingError(error.message, argument=_TYPE_ID) from None
        raise
    return WrittenIssue(origin, ends[0])


async def unlink_issues(context: Context, connection: LinkedConnection, link_id: str) -> str:
    """Take a link away; the global id that it had.

    Raises:
        BadUserInputError: the id has another form.
        UnknownThingError: there is no such link, or an end of it is hidden.
        JiraApiError: a call failed.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    origin = connection.origin
    reference = _parse_link(origin, link_id)
    session = context.session_of(origin)
    found = await _of_known_link(
        reference, issue_links.get_linked_issues(session, reference.link_id)
    )
    holders = (found.subject, found.other)
    holder = reference.issue_id or found.subject
    if holder not in holders:
        raise _link_unknown(reference)
    deleted = issue_links.delete_link(session, reference.link_id)
    try:
        await _of_known_link(reference, written(context, origin, deleted, arguments={}))
    finally:
        await note_write(context, origin, *holders)
    return str(GlobalId("IssueLink", origin.label, f"{holder}.{reference.link_id}"))


async def watch_issue(
    context: Context, connection: LinkedConnection, id_or_key: str, account_id: str | None
) -> WrittenIssue:
    """Let a person watch an issue, the connected one where none is named.

    Raises:
        BadUserInputError: an id has another form.
        IssueUnknownError: the issue is absent or hidden.
        UnknownThingError: there is no such person.
        JiraApiError: a call failed.
    """
    watched, person = await _parse_watch(context, connection, id_or_key, account_id)
    session = context.session_of(connection.origin)
    await _change_watch(context, watched, person, add_watcher(session, watched.reference, person))
    return watched


async def unwatch_issue(
    context: Context, connection: LinkedConnection, id_or_key: str, account_id: str | None
) -> WrittenIssue:
    """Let a person watch an issue no more, the connected one where none is named.

    Raises:
        BadUserInputError: an id has another form.
        IssueUnknownError: the issue is absent or hidden.
        UnknownThingError: there is no such person.
        JiraApiError: a call failed.
    """
    watched, person = await _parse_watch(context, connection, id_or_key, account_id)
    session = context.session_of(connection.origin)
    removed = remove_watcher(session, watched.reference, person)
    await _change_watch(context, watched, person, removed)
    return watched


async def _parse_watch(
    context: Context, connection: LinkedConnection, id_or_key: str, account_id: str | None
) -> tuple[WrittenIssue, AccountId]:
    context.viewer.require(Right.WRITE_GRAPH)
    origin = connection.origin
    watched = WrittenIssue(origin, parse_issue(origin, id_or_key, argument=_ISSUE))
    if account_id is not None:
        return watched, parse_person(origin, account_id, argument="accountId")
    # Jira takes nobody for the caller too, but only where somebody comes, not where one goes.
    return watched, AccountId((await find_myself(context, connection)).account_id)


async def _change_watch(
    context: Context, watched: WrittenIssue, person: AccountId, call: Awaitable[None]
) -> None:
    try:
        await written(context, watched.origin, call, arguments={})
    except NotFoundError as error:
        await _refuse_unknown(context, watched.origin, {_ISSUE: watched.reference})
        raise UnknownThingError(
            f"Jira knows no person {person}: {error.message}", argument="accountId"
        ) from None


async def _refuse_unknown(context: Context, origin: Origin, named: dict[str, Reference]) -> None:
    """Tell which of the named issues it is that Jira does not know, where it is one of them."""
    looks = (load_issue(context, origin, each, Projection()) for each in named.values())
    found = await asyncio.gather(*looks)
    for (argument, reference), issue in zip(named.items(), found, strict=True):
        if issue is None:
            raise IssueUnknownError(issue_unknown(reference).message, argument=argument) from None


async def _has_kind(context: Context, origin: Origin, type_id: NumericId) -> bool:
    """Whether the site has a kind of links, as far as it tells."""
    try:
        known = await list_issue_link_types(context, origin)
    except JiraApiError:
        return True
    return any(each.link_type_id == type_id for each in known)


async def _resolve(context: Context, origin: Origin, kind: IdOrName) -> _Relation:
    if kind.id is not None:
        return _Relation(parse_defined(origin, kind.id, "IssueLinkType", argument=_TYPE_ID))
    place = "type.name"
    name = check_text(kind.name or "", argument=place, longest=_LONGEST_NAME)
    known = await list_issue_link_types(context, origin)
    found = _find_named(known, name)
    if len(found) == 1:
        return found[0]
    if not found:
        names = ", ".join(f"{each.name} ({each.outward})" for each in known)
        told = f"The site has no kind of links called {shorten(name)!r}. It has: {names}."
    else:
        ids = ", ".join(each.type_id for each in found)
        told = f"Several kinds of links are called {shorten(name)!r}: {ids}. Name one by its id."
    raise BadUserInputError(told, argument=place)


def _find_named(known: Sequence[IssueLinkType], name: str) -> list[_Relation]:
    """The kinds meant: by name, letter by letter or in any case, or else by their words."""
    folded = name.strip().casefold()
    exact = [each for each in known if each.name == name]
    named = exact or [each for each in known if each.name.casefold() == folded]
    if named:
        return [_Relation(NumericId(each.link_type_id)) for each in named]
    return list(_iter_worded(known, folded))


def _iter_worded(known: Sequence[IssueLinkType], folded: str) -> Iterator[_Relation]:
    for each in known:
        if each.outward.casefold() == folded:
            yield _Relation(NumericId(each.link_type_id))
        elif each.inward.casefold() == folded:
            yield _Relation(NumericId(each.link_type_id), is_inward=True)


def _parse_link(origin: Origin, text: str) -> _LinkReference:
    if is_numeric_id(text):
        return _LinkReference(NumericId(text))
    part = find_own_part(origin, text, "IssueLink")
    if part is None:
        raise BadUserInputError(
            f"{shorten(text)!r} names no link of this connection: pass a number such as 10001, "
            "or the `id` that this connection gave.",
            argument=_LINK,
        )
    return _LinkReference(part.number, part.issue_id)


async def _of_known_link(reference: _LinkReference, call: Awaitable[T]) -> T:
    try:
        return await call
    except NotFoundError:
        raise _link_unknown(reference) from None


def _link_unknown(reference: _LinkReference) -> UnknownThingError:
    holder = "" if reference.issue_id is None else f" of the issue {reference.issue_id}"
    return UnknownThingError(
        f"Jira knows no link {reference.link_id}{holder}, or hides an end of it from the connected "
        "person.",
        argument=_LINK,
    )
