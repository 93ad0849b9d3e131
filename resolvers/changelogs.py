"""What became of an issue."""

from jira_api.changelogs import Change, read_changes
from jira_api.issue_parts import PartId
from jira_api.paths import NumericId
from jira_api.records import Issue, Origin
from resolvers.arguments import check_page_size
from resolvers.changelog_loaders import ChangeKey, FirstChanges
from resolvers.context import Context
from resolvers.cursors import Cursors
from resolvers.pages import Page, page_at


async def page_changes(
    context: Context, issue: Issue, *, first: int, after: str | None
) -> Page[Change]:
    """A page of an issue's histories, the oldest first.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: a call failed.
    """
    check_page_size(first)
    origin, issue_id = issue.origin, NumericId(issue.issue_id)
    cursors = Cursors(context.services.ring, f"{origin.label} changelog {issue_id}")
    start = cursors.read(after).offset
    if start == 0:
        key = FirstChanges(origin.label, issue_id, first)
        return page_at(await context.changelogs.first.load(key), cursors, start=0)
    session = context.session_of(origin)
    found = await context.calls.once(
        (origin.label, "changelog", issue_id, start, first),
        lambda: read_changes(session, issue_id, start=start, size=first),
    )
    return page_at(found, cursors, start=start)


async def find_change(context: Context, origin: Origin, part: PartId) -> Change | None:
    """A history of an issue; None where either is gone or hidden.

    Raises:
        JiraApiError: the call failed.
    """
    return await context.changelogs.by_id.load(ChangeKey(origin.label, part))
