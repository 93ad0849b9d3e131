"""What an issue shows of others: its parent, its sub-tasks and the ends of its links.

Jira shows the others as stubs: id, key, and a few fields.
Source: Jira Cloud platform REST v3 (`IssueLink`, `LinkedIssue`), read 2026-11.
"""

from collections.abc import Callable

from jira_api.errors import InvalidResponseError
from jira_api.json_values import (
    JsonObject,
    as_list,
    as_object,
    find_object,
    find_or_none,
    find_record,
    find_text,
    get_text,
)
from jira_api.paths import is_numeric_id
from jira_api.records import (
    Issue,
    IssueLink,
    IssueLinkType,
    IssueStub,
    LinkDirection,
    Origin,
)

ParseIssue = Callable[[JsonObject], Issue]
_USUAL = {"issuetype", "status", "summary"}
"""What a stub shows, and the priority: one that has these alone is of an issue without a priority.

Of 44 stubs without one in the archives of real projects, all that can be looked up are such.
"""
_OF_OTHERS = frozenset({"parent", "subtasks", "issuelinks"})
"""What no stub shows: an issue that came within itself, again and again, would have no end."""


def parse_link_type(origin: Origin, raw: JsonObject) -> IssueLinkType:
    """A kind of links; words that are missing are those of its name.

    Raises:
        InvalidResponseError: it has another form.
    """
    name = get_text(raw, "name")
    return IssueLinkType(
        origin=origin,
        link_type_id=get_text(raw, "id"),
        name=name,
        inward=find_text(raw, "inward") or name,
        outward=find_text(raw, "outward") or name,
    )


def find_stub(raw: JsonObject, key: str, parse_issue: ParseIssue) -> IssueStub | None:
    """The stub under a key; None where there is none, and where it cannot be read."""
    return find_or_none(
        lambda holder, name: find_record(holder, name, lambda stub: _parse_stub(stub, parse_issue)),
        raw,
        key,
    )


def list_stubs(raw: JsonObject, key: str, parse_issue: ParseIssue) -> tuple[IssueStub, ...]:
    """The stubs under a key, without those that cannot be read."""
    listed = find_or_none(lambda holder, name: as_list(holder.get(name), name), raw, key) or ()
    found = (find_stub({key: each}, key, parse_issue) for each in listed)
    return tuple(stub for stub in found if stub is not None)


def parse_links(
    origin: Origin, issue_id: str, raw: JsonObject, key: str, parse_issue: ParseIssue
) -> tuple[IssueLink, ...] | InvalidResponseError:
    """The links that an issue holds, in Jira's order; the error in their place where one is none.

    A link that names neither end is left out: nobody could tell which way it leads.
    """
    try:
        return tuple(
            _parse_link(origin, issue_id, entry, direction, parse_issue)
            for each in as_list(raw.get(key), "a list of links")
            if (direction := _find_direction(entry := as_object(each, "a link"))) is not None
        )
    except InvalidResponseError as error:
        return error


def _parse_stub(raw: JsonObject, parse_issue: ParseIssue) -> IssueStub:
    if not is_numeric_id(get_text(raw, "id")):
        raise InvalidResponseError("Jira sent an issue whose id is no number.")
    fields = find_object(raw, "fields") or {}
    shown = {name: value for name, value in fields.items() if name not in _OF_OTHERS}
    held = shown.keys() | ({"priority"} if shown.keys() >= _USUAL else set())
    return IssueStub(parse_issue({**raw, "fields": shown}), frozenset(held))


def _parse_link(
    origin: Origin,
    issue_id: str,
    raw: JsonObject,
    direction: LinkDirection,
    parse_issue: ParseIssue,
) -> IssueLink:
    type_ = parse_link_type(origin, as_object(raw.get("type"), "a kind of links"))
    stub = find_stub(raw, direction.value, parse_issue)
    return IssueLink(origin, issue_id, get_text(raw, "id"), type_, direction, stub)


def _find_direction(raw: JsonObject) -> LinkDirection | None:
    """Which end is the other one: one that is there, or else one that is named and hidden."""
    by_presence = sorted(LinkDirection, key=lambda end: raw.get(end.value) is None)
    return next((end for end in by_presence if end.value in raw), None)
