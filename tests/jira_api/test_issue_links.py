"""Links and watchers: what is sent to Jira, and what its answers mean."""

import httpx
import pytest

from jira_api.errors import (
    InvalidResponseError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
)
from jira_api.issue_links import (
    LinkedIssues,
    delete_link,
    get_linked_issues,
    link_issues,
    list_link_types,
)
from jira_api.paths import AccountId, IssueKey, NumericId
from jira_api.watchers import add_watcher, remove_watcher
from tests.jira_api.builders import a_jira, fails, says

LINK = NumericId("5")
KIND = NumericId("10000")
PERSON = AccountId("557058:ada")


async def test_of_a_blocks_b_a_is_the_inward_issue() -> None:
    jira = a_jira(says(201, {}))

    await link_issues(jira.session, KIND, subject=IssueKey("A-1"), other=NumericId("7"))

    assert jira.paths == ["/rest/api/3/issueLink"]
    assert jira.bodies == [
        {"type": {"id": "10000"}, "inwardIssue": {"key": "A-1"}, "outwardIssue": {"id": "7"}}
    ]


async def test_a_link_whose_answer_was_lost_is_made_again() -> None:
    jira = a_jira(fails(httpx.ReadError), says(503), says(201, b""))

    await link_issues(jira.session, KIND, subject=IssueKey("A-1"), other=IssueKey("A-2"))

    assert len(jira.requests) == 3


async def test_a_link_that_may_have_been_made_is_told_as_such() -> None:
    jira = a_jira(*[fails(httpx.ReadError)] * 5)

    with pytest.raises(OutcomeUnknownError):
        await link_issues(jira.session, KIND, subject=IssueKey("A-1"), other=IssueKey("A-2"))


async def test_a_refused_link_is_not_made_again() -> None:
    jira = a_jira(says(400, {"errorMessages": ["No."]}))

    with pytest.raises(RejectedError):
        await link_issues(jira.session, KIND, subject=IssueKey("A-1"), other=IssueKey("A-1"))


async def test_the_ends_of_a_link_are_told_apart() -> None:
    jira = a_jira(says(200, {"inwardIssue": {"id": "1"}, "outwardIssue": {"id": 2}}))

    found = await get_linked_issues(jira.session, LINK)

    assert found == LinkedIssues(subject=NumericId("1"), other=NumericId("2"))
    assert jira.paths == ["/rest/api/3/issueLink/5"]


@pytest.mark.parametrize(
    "odd",
    [{}, {"inwardIssue": {"id": "1"}}, {"inwardIssue": {"id": "x"}, "outwardIssue": {"id": "2"}}],
    ids=["nothing", "one end", "no number"],
)
async def test_a_link_without_its_ends_is_told(odd: object) -> None:
    jira = a_jira(says(200, odd))

    with pytest.raises(InvalidResponseError):
        await get_linked_issues(jira.session, LINK)


@pytest.mark.parametrize("status", [200, 204])
async def test_a_link_is_taken_away_by_either_status_of_the_document(status: int) -> None:
    jira = a_jira(says(status, b""))

    await delete_link(jira.session, LINK)

    assert jira.requests[0].method == "DELETE"


@pytest.mark.parametrize(
    ("status", "error"), [(404, NotFoundError), (202, InvalidResponseError)]
)  # fmt: skip
async def test_a_link_that_stays_is_told(status: int, error: type[Exception]) -> None:
    jira = a_jira(says(status, {}))

    with pytest.raises(error):
        await delete_link(jira.session, LINK)


async def test_the_kinds_of_links_are_listed() -> None:
    kind = {"id": "1", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"}
    jira = a_jira(says(200, {"issueLinkTypes": [kind]}), says(200, {}))

    (found,) = await list_link_types(jira.session)

    assert (found.link_type_id, found.name, found.inward, found.outward) == (
        "1",
        "Blocks",
        "is blocked by",
        "blocks",
    )
    with pytest.raises(InvalidResponseError):
        await list_link_types(jira.session)


async def test_a_watcher_is_named_by_a_bare_text_and_may_come_twice() -> None:
    jira = a_jira(fails(httpx.ReadError), says(204, b""))

    await add_watcher(jira.session, IssueKey("A-1"), PERSON)

    assert jira.paths == ["/rest/api/3/issue/A-1/watchers"] * 2
    assert jira.bodies == [PERSON, PERSON]


async def test_a_watcher_goes_by_the_address() -> None:
    jira = a_jira(says(204, b""))

    await remove_watcher(jira.session, NumericId("7"), PERSON)

    assert jira.requests[0].method == "DELETE"
    assert jira.paths == ["/rest/api/3/issue/7/watchers"]
    assert jira.questions == [{"accountId": PERSON}]
