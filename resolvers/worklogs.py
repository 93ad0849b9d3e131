"""Worklogs of an issue."""

from jira_api.embedded_lists import WORKLOGS, cut_page
from jira_api.issue_parts import PartId
from jira_api.pages import OffsetPage
from jira_api.paths import NumericId
from jira_api.records import Issue, Origin
from jira_api.worklogs import Worklog, list_worklogs
from resolvers.arguments import check_page_size
from resolvers.context import Context
from resolvers.cursors import Cursors
from resolvers.issue_parts import ListKey, PartKey
from resolvers.pages import Page, page_at


async def page_worklogs(
    context: Context, issue: Issue, *, first: int, after: str | None
) -> Page[Worklog]:
    """A page of an issue's worklogs, the one that was written first in front.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: a call failed.
    """
    check_page_size(first)
    query = f"{issue.origin.label} issue {issue.issue_id} worklogs"
    cursors = Cursors(context.services.ring, query)
    start = cursors.read(after).offset
    return page_at(await _load(context, issue, start=start, size=first), cursors, start=start)


async def find_worklog(context: Context, origin: Origin, part: PartId) -> Worklog | None:
    """One worklog; None where Jira knows none, or hides it.

    Raises:
        JiraApiError: the call failed.
    """
    return await context.issue_parts.worklogs.load(PartKey(origin.label, part))


async def _load(context: Context, issue: Issue, *, start: int, size: int) -> OffsetPage[Worklog]:
    label, issue_id = issue.origin.label, NumericId(issue.issue_id)
    if start == 0:
        embedded = await context.issue_parts.lists.load(ListKey(label, issue_id, WORKLOGS))
        page = cut_page(None if embedded is None else embedded.worklogs, size)
        if page is not None:
            return page
    session = context.session_of(issue.origin)
    return await context.calls.once(
        (label, "worklogs", issue_id, start, size),
        lambda: list_worklogs(session, issue_id, start=start, size=size),
    )
