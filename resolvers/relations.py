"""What an issue shows of others: its parent, its sub-tasks, and the issues it is linked with.

They come with the issue as stubs: id, key and a few fields. Whoever selects no more than a stub
holds gets the stub, without a call; everybody else the whole issue, which all siblings share one
bulkfetch for. An issue that is hidden from the connected person is then null.
"""

import asyncio
from collections.abc import Sequence

from jira_api.issue_links import list_link_types
from jira_api.issue_parts import PartId
from jira_api.paths import IssueKey, NumericId
from jira_api.records import Issue, IssueLink, IssueLinkType, IssueStub, Origin
from resolvers.arguments import MOST_ISSUES, check_count, check_page_size
from resolvers.context import Context
from resolvers.cursors import Cursors, Position
from resolvers.defined import load_defined
from resolvers.issues import Projection, load_issue
from resolvers.pages import Page
from resolvers.references import parse_issue

_LINKS = Projection(fields=frozenset({"issuelinks"}))


async def find_related(
    context: Context, stub: IssueStub | None, projection: Projection
) -> Issue | None:
    """The issue behind a stub; None where it is hidden, or there is no stub.

    Raises:
        JiraApiError: the call failed.
    """
    if stub is None or _holds(stub, projection):
        return None if stub is None else stub.issue
    issue = stub.issue
    return await load_issue(context, issue.origin, NumericId(issue.issue_id), projection)


async def page_subtasks(
    context: Context, issue: Issue, projection: Projection, *, first: int, after: str | None
) -> Page[Issue]:
    """A page of an issue's sub-tasks, in Jira's order, without those that are hidden.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: the call failed.
    """
    check_page_size(first)
    cursors = Cursors(context.services.ring, f"{issue.origin.label} subtasks {issue.issue_id}")
    start = cursors.read(after).offset
    stubs = issue.subtasks[start : start + first]
    found = await asyncio.gather(*(find_related(context, stub, projection) for stub in stubs))
    seen = [(each, start + number) for number, each in enumerate(found, start=1) if each]

    async def count() -> int:
        return len(issue.subtasks)

    return Page(
        nodes=[each for each, _ in seen],
        positions=[Position(None, place) for _, place in seen],
        cursors=cursors,
        has_next=start + first < len(issue.subtasks),
        has_previous=start > 0,
        count=count,
    )


async def list_issues_by_id_or_key(
    context: Context, origin: Origin, texts: Sequence[str], projection: Projection
) -> list[Issue | BaseException | None]:
    """Issues in the order asked; None for what is missing or hidden, an error for what failed.

    Raises:
        BadUserInputError: more than a thousand, or one that has another form.
    """
    argument = "idsOrKeys"
    check_count(texts, argument=argument, most=MOST_ISSUES)
    asked: list[NumericId | IssueKey] = [
        parse_issue(origin, text, argument=argument) for text in texts
    ]
    finds = [load_issue(context, origin, reference, projection) for reference in asked]
    return list(await asyncio.gather(*finds, return_exceptions=True))


async def list_issue_link_types(context: Context, origin: Origin) -> Sequence[IssueLinkType]:
    """Every kind of links of the site.

    Raises:
        JiraApiError: the call failed.
    """
    return await load_defined(context, origin, list_link_types)


async def find_link(context: Context, origin: Origin, part: PartId) -> IssueLink | None:
    """A link as an issue holds it; None where either is gone or hidden.

    Raises:
        InvalidResponseError: the issue's links cannot be read.
        JiraApiError: the call failed.
    """
    issue = await load_issue(context, origin, part.issue_id, _LINKS)
    links = () if issue is None else issue.links
    if isinstance(links, Exception):
        raise links
    return next((each for each in links if each.link_id == part.number), None)


def _holds(stub: IssueStub, projection: Projection) -> bool:
    """Whether a stub has all that is wanted, which is nothing but fields that it names."""
    return projection == Projection(fields=projection.fields) and projection.fields <= stub.held
