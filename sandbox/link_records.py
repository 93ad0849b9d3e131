"""Links between issues as their two ends hold them, and the kinds of links that a site has.

A link that reads "A blocks B" has A as its inward issue and B as its outward one. Each end holds
the link with the other end alone: A as `outwardIssue` B, which reads by the kind's outward words,
and B as `inwardIssue` A, which reads by its inward words.
Source: Atlassian's OpenAPI document, 2026-05 (IssueLink).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from sandbox.shapes import describe_issue_stub
from sandbox.world import Issue, JsonObject, SiteData

FIRST_LINK_ID: Final = 10000
ENDS: Final = ("inwardIssue", "outwardIssue")

# id, name, inward, outward
_USUAL: Final = (
    ("10000", "Blocks", "is blocked by", "blocks"),
    ("10001", "Cloners", "is cloned by", "clones"),
    ("10002", "Duplicate", "is duplicated by", "duplicates"),
    ("10003", "Relates", "relates to", "relates to"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link with both ends, as Jira's JSON; an end that the site does not hold is a stub."""

    id: str
    type: JsonObject
    inward: JsonObject
    outward: JsonObject


def fill_link_types(data: SiteData) -> None:
    """Give a site the kinds of links that every site comes with."""
    for id_, name, inward, outward in _USUAL:
        data.link_types[id_] = build_link_type(data, id_, name, inward=inward, outward=outward)


def build_link_type(
    data: SiteData, id_: str, name: str, *, inward: str, outward: str
) -> JsonObject:
    """A kind of links: its name, and how it reads from either end."""
    self_url = f"{data.site.url}/rest/api/3/issueLinkType/{id_}"
    return {"id": id_, "name": name, "inward": inward, "outward": outward, "self": self_url}


def gather_link_types(data: SiteData) -> dict[str, JsonObject]:
    """The site's own kinds of links, and those that its issues bring besides."""
    types = dict(data.link_types)
    for issue in data.issues.values():
        for entry in issue.fields.get("issuelinks") or ():
            types.setdefault(entry["type"]["id"], entry["type"])
    return types


def join_issues(
    data: SiteData, type_: JsonObject, inward: Issue, outward: Issue
) -> tuple[Issue, Issue]:
    """The two issues with a new link between them; not stored yet."""
    link_id = str(data.take_id("link", FIRST_LINK_ID))
    self_url = f"{data.site.url}/rest/api/3/issueLink/{link_id}"
    link: JsonObject = {"id": link_id, "self": self_url, "type": type_}
    seen_inward = link | {"outwardIssue": describe_issue_stub(data.site, outward)}
    seen_outward = link | {"inwardIssue": describe_issue_stub(data.site, inward)}
    linked = _with_entry(inward, seen_inward)
    # An issue may be linked to itself in a world made in code; then the second holds both.
    return linked, _with_entry(linked if inward.id == outward.id else outward, seen_outward)


def without_link(issue: Issue, link_id: str) -> Issue:
    """The issue without a link; not stored yet."""
    kept = [entry for entry in list_entries(issue) if entry["id"] != link_id]
    return replace(issue, fields={**issue.fields, "issuelinks": kept})


def list_entries(issue: Issue) -> list[JsonObject]:
    """The links of an issue as it holds them, in their order."""
    return list(issue.fields.get("issuelinks") or ())


def is_linked(type_: JsonObject, inward: Issue, outward: Issue) -> bool:
    """Whether a link of that kind leads from one issue to the other already."""
    return any(
        entry["type"]["id"] == type_["id"]
        and entry.get("outwardIssue", {}).get("id") == str(outward.id)
        for entry in list_entries(inward)
    )


def find_link(data: SiteData, link_id: str) -> Link | None:
    """The link of an id, put together from what its ends hold."""
    for issue, entry in _iter_entries(data):
        if entry["id"] == link_id:
            own = describe_issue_stub(data.site, issue)
            if "outwardIssue" in entry:
                return Link(link_id, entry["type"], own, _refresh(data, entry["outwardIssue"]))
            return Link(link_id, entry["type"], _refresh(data, entry["inwardIssue"]), own)
    return None


def list_present_ends(data: SiteData, link: Link) -> list[Issue]:
    """The issues of a link that the site holds, each once."""
    ids = dict.fromkeys(int(end["id"]) for end in (link.inward, link.outward))
    return [data.issues[id_] for id_ in ids if id_ in data.issues]


def _with_entry(issue: Issue, entry: JsonObject) -> Issue:
    return replace(issue, fields={**issue.fields, "issuelinks": [*list_entries(issue), entry]})


def _iter_entries(data: SiteData) -> Iterator[tuple[Issue, JsonObject]]:
    for issue in data.issues.values():
        for entry in list_entries(issue):
            if any(end in entry for end in ENDS):
                yield issue, entry


def _refresh(data: SiteData, stub: JsonObject) -> JsonObject:
    present = data.issues.get(int(stub["id"]))
    return stub if present is None else describe_issue_stub(data.site, present)
