from typing import Any

import pytest

from jira_api.errors import InvalidResponseError
from jira_api.labels import list_labels
from jira_api.pages import OffsetPage
from tests.jira_api.builders import a_jira, enter_new_site, says


@pytest.mark.parametrize(
    ("body", "page"),
    [
        ({"values": ["a", "b"], "isLast": False}, OffsetPage(("a", "b"), is_last=False)),
        ({"values": ["a"], "isLast": True}, OffsetPage(("a",), is_last=True)),
        ({"values": [], "isLast": False}, OffsetPage((), is_last=True)),
        ({"values": ["a"]}, OffsetPage(("a",), is_last=False)),
    ],
    ids=["more follow", "the last", "empty", "untold"],
)
async def test_labels_come_a_thousand_a_page(body: Any, page: OffsetPage[str]) -> None:
    jira = a_jira(says(200, body))

    assert await list_labels(jira.session, start=7) == page
    assert jira.paths == ["/rest/api/3/label"]
    assert jira.questions == [{"startAt": "7", "maxResults": "1000"}]


@pytest.mark.parametrize("body", [[], {}, {"values": None}, {"values": [1]}, {"values": [None]}])
async def test_what_is_no_page_of_labels_is_refused(body: Any) -> None:
    jira = a_jira(says(200, body))

    with pytest.raises(InvalidResponseError):
        await list_labels(jira.session, start=0)


async def test_the_sandbox_lists_labels() -> None:
    session, site = await enter_new_site()
    site.add_issue(site.add_project("TEST"), labels=["web", "api"])

    assert (await list_labels(session, start=0)).items == ("api", "web")
