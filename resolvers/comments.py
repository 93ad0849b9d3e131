"""Comments of an issue, and the issue of a comment."""

from dataclasses import replace

from jira_api.comments import Comment, list_comments
from jira_api.embedded_lists import COMMENTS, cut_page
from jira_api.issue_parts import PartId
from jira_api.pages import OffsetPage
from jira_api.paths import NumericId
from jira_api.records import Issue, Origin
from resolvers.arguments import check_page_size
from resolvers.context import Context
from resolvers.cursors import Cursors, Position
from resolvers.errors import ErrorCode, ProblemError
from resolvers.issue_parts import ListKey, PartKey
from resolvers.issues import Projection, load_issue
from resolvers.pages import Page, page_at


class IssueHiddenError(ProblemError):
    """The issue of a comment is gone, or hidden from the connected person."""

    code = ErrorCode.NOT_FOUND


async def page_comments(
    context: Context, issue: Issue, *, is_newest_first: bool, first: int, after: str | None
) -> Page[Comment]:
    """A page of an issue's comments by the time they were made.

    Comments that come after a page move nothing: the place behind a cursor is, from the newest on,
    how many older ones there are.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: a call failed.
    """
    check_page_size(first)
    order = "newest" if is_newest_first else "oldest"
    query = f"{issue.origin.label} issue {issue.issue_id} comments {order}"
    cursors = Cursors(context.services.ring, query)
    position = cursors.read(after)
    start = position.offset
    found = await _load(context, issue, is_newest_first=is_newest_first, start=start, size=first)
    moved_to = _find_start(position, found.total)
    if moved_to != start:
        start = moved_to
        found = await _load(
            context, issue, is_newest_first=is_newest_first, start=start, size=first
        )
    page = page_at(found, cursors, start=start)
    return _with_older(page) if is_newest_first else page


async def find_comment(context: Context, origin: Origin, part: PartId) -> Comment | None:
    """One comment; None where Jira knows none, or hides it.

    Raises:
        JiraApiError: the call failed.
    """
    return await context.issue_parts.comments.load(PartKey(origin.label, part))


async def get_comments_issue(context: Context, comment: Comment, projection: Projection) -> Issue:
    """The issue of a comment; where it is known already and nothing more is wanted, without a call.

    Raises:
        IssueHiddenError: it is gone or hidden.
        JiraApiError: the call failed.
    """
    origin, issue_id = comment.origin, NumericId(comment.issue_id)
    if comment.issue_key is not None and projection == Projection():
        return Issue(origin, issue_id, comment.issue_key)
    found = await load_issue(context, origin, issue_id, projection)
    if found is None:
        raise IssueHiddenError("Jira knows the comment's issue no more, or hides it.")
    return found


async def _load(
    context: Context, issue: Issue, *, is_newest_first: bool, start: int, size: int
) -> OffsetPage[Comment]:
    label, issue_id = issue.origin.label, NumericId(issue.issue_id)
    if start == 0:
        embedded = await context.issue_parts.lists.load(ListKey(label, issue_id, COMMENTS))
        known = None if embedded is None else embedded.comments
        page = cut_page(known, size, is_newest_first=is_newest_first)
        if page is not None:
            return page
    session = context.session_of(issue.origin)
    return await context.calls.once(
        (label, "comments", issue_id, is_newest_first, start, size),
        lambda: list_comments(
            session,
            issue_id,
            issue_key=issue.key,
            is_newest_first=is_newest_first,
            start=start,
            size=size,
        ),
    )


def _find_start(position: Position, total: int | None) -> int:
    """Where the page begins now, if so many are older as were when the cursor was written."""
    if position.token is None or total is None:
        return position.offset
    return max(0, total - int(position.token))


def _with_older(page: Page[Comment]) -> Page[Comment]:
    """The page, its cursors telling how many comments are older."""
    if page.total_count is None:
        return page
    positions = [
        Position(str(max(0, page.total_count - each.offset)), each.offset)
        for each in page.positions
    ]
    return replace(page, positions=positions)
