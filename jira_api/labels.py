"""The labels of a site.

Source: Jira Cloud platform REST v3, group Labels, read 2026-11.
"""

from jira_api.client import JiraSession
from jira_api.json_values import as_listing, as_object, as_text, find_boolean
from jira_api.pages import OffsetPage

LABEL_PAGE_SIZE = 1_000


async def list_labels(session: JiraSession, *, start: int) -> OffsetPage[str]:
    """A page of the labels that issues of the site bear, in Jira's order.

    Raises:
        JiraApiError: the call failed.
    """
    asked = {"startAt": start, "maxResults": LABEL_PAGE_SIZE}
    raw = as_object(await session.get("/rest/api/3/label", asked), "a page of labels")
    listed = as_listing(raw.get("values"), "a list of labels")
    labels = tuple(as_text(each, "a label") for each in listed)
    return OffsetPage(labels, is_last=bool(find_boolean(raw, "isLast")) or not labels)
