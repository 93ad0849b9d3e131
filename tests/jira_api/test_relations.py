"""What an issue shows of others, read from Jira's JSON."""

from typing import Any

import pytest

from jira_api.errors import InvalidResponseError
from jira_api.records import Issue, IssueLink, LinkDirection
from tests.jira_api.builders import DECODE, ORIGIN, a_status_payload, an_issue_payload

TYPE = {"id": "10000", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"}
FIELDS = {
    "summary": "Other",
    "status": a_status_payload(),
    "issuetype": {"id": "1", "name": "Bug", "subtask": False},
}


def a_stub(**changes: Any) -> dict[str, Any]:
    return {"id": "7", "key": "SHOP-2", "fields": FIELDS, **changes}


def a_link(**changes: Any) -> dict[str, Any]:
    return {"id": "5", "type": TYPE, "outwardIssue": a_stub(), **changes}


def read(**fields: Any) -> Issue:
    return DECODE.issue(an_issue_payload(**fields))


def read_links(*links: Any) -> tuple[IssueLink, ...]:
    found = read(issuelinks=list(links)).links
    assert isinstance(found, tuple)
    return found


def test_a_stub_is_an_issue_with_what_it_holds() -> None:
    parent = read(parent=a_stub()).parent

    assert parent is not None
    assert (parent.issue.origin, parent.issue.issue_id, parent.issue.key) == (ORIGIN, "7", "SHOP-2")
    assert parent.issue.summary == "Other"
    assert parent.issue.url == "https://acme.example/browse/SHOP-2"


@pytest.mark.parametrize(
    ("fields", "held"),
    [
        ({}, set()),
        (None, set()),
        ({"summary": "Other"}, {"summary"}),
        (FIELDS, {"summary", "status", "issuetype", "priority"}),
        ({"summary": "Other", "parent": a_stub(), "issuelinks": [], "subtasks": []}, {"summary"}),
    ],
    ids=["empty", "none", "one", "the usual ones without a priority", "issues within"],
)
def test_a_stub_holds_what_it_names(fields: Any, held: set[str]) -> None:
    parent = read(parent=a_stub(fields=fields)).parent

    assert parent is not None
    assert parent.held == held
    assert parent.issue.parent is None


@pytest.mark.parametrize(
    "odd",
    [
        5,
        [],
        a_stub(id=None),
        a_stub(id="../myself"),
        a_stub(key=None),
        a_stub(fields=3),
        a_stub(fields={"status": 5}),
    ],
    ids=["number", "list", "no id", "path", "no key", "fields", "status"],
)
def test_a_stub_that_cannot_be_read_is_none_and_costs_nothing_else(odd: Any) -> None:
    issue = read(parent=odd, subtasks=[odd, a_stub()], issuelinks=[a_link(outwardIssue=odd)])

    assert issue.parent is None
    assert [stub.issue.key for stub in issue.subtasks] == ["SHOP-2"]
    assert isinstance(issue.links, tuple)
    assert [link.stub for link in issue.links] == [None]
    assert issue.summary == "A summary"


@pytest.mark.parametrize("absent", [None, {}, 5, "x"], ids=["none", "object", "number", "text"])
def test_subtasks_that_are_no_list_are_none(absent: Any) -> None:
    assert read(subtasks=absent).subtasks == ()


def test_each_end_of_a_link_reads_by_its_own_words() -> None:
    inward = {"id": "6", "type": TYPE, "inwardIssue": a_stub(key="SHOP-3")}

    outwards, inwards = read_links(a_link(), inward)

    assert (outwards.direction, outwards.relation) == (LinkDirection.OUTWARD, "blocks")
    assert (inwards.direction, inwards.relation) == (LinkDirection.INWARD, "is blocked by")
    assert outwards.stub is not None
    assert (outwards.node_id, outwards.stub.issue.key) == ("10042.5", "SHOP-2")


def test_a_hidden_end_still_tells_which_way_the_link_leads() -> None:
    hidden = {"id": "5", "type": TYPE, "inwardIssue": None}
    both = {"id": "6", "type": TYPE, "inwardIssue": None, "outwardIssue": a_stub()}

    links = read_links(hidden, both, {"id": "7", "type": TYPE})

    assert [(link.link_id, link.direction, link.stub is None) for link in links] == [
        ("5", LinkDirection.INWARD, True),
        ("6", LinkDirection.OUTWARD, False),
    ]


def test_a_kind_without_words_reads_by_its_name() -> None:
    (link,) = read_links(a_link(type={"id": "1", "name": "Relates", "outward": ""}))

    assert (link.type.inward, link.type.outward, link.relation) == ("Relates",) * 3


@pytest.mark.parametrize(
    "odd", [5, a_link(id=None), a_link(type=None), a_link(type={"id": "1"})],
    ids=["number", "no id", "no type", "no name"],
)  # fmt: skip
def test_links_that_cannot_be_read_have_the_error_in_their_place(odd: Any) -> None:
    issue = read(issuelinks=[a_link(), odd])

    assert isinstance(issue.links, InvalidResponseError)
    assert issue.summary == "A summary"
