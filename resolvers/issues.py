"""Issues of a connection, of a project and of a sprint."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from jira_api.errors import InvalidResponseError, JiraApiError
from jira_api.issue_filter import IssueFilter, Order
from jira_api.issues import IssuePage, count_issues, list_sprint_issues, search_issues
from jira_api.jql import MOST_ORDERS, NEWEST_FIRST, bounded_condition, narrowing_jql, search_jql
from jira_api.paths import IssueKey, NumericId
from jira_api.records import Issue, Origin, Project, Sprint
from oauth.errors import OAuthError
from resolvers.arguments import MOST_ISSUES, check_count, check_page_size
from resolvers.context import Context
from resolvers.cursors import Cursors, Position
from resolvers.custom_fields import list_custom_fields, resolve_custom_field
from resolvers.errors import BadUserInputError
from resolvers.loaders import LONGEST_QUERY_STRING, IssueKeyAndFields
from resolvers.pages import Page
from resolvers.references import parse_issue

_MOST_EMPTY_PAGES = 20
LoadPage = Callable[[str | None, int], Awaitable[IssuePage]]


@dataclass(frozen=True, slots=True)
class Projection:
    """What a selection wants of each issue.

    `fields` are Jira's field ids; `custom_fields` are ids or names that the selection names;
    `has_all_custom` asks for every custom field that the connection knows.
    """

    fields: frozenset[str] = frozenset()
    custom_fields: tuple[str, ...] = ()
    has_all_custom: bool = False


@dataclass(frozen=True, slots=True)
class IssueQuestion:
    """A filter, an order and a page, as the caller gave them."""

    condition: IssueFilter = field(default_factory=IssueFilter)
    order: Sequence[Order] = ()
    first: int = 50
    after: str | None = None


async def find_issue(
    context: Context, origin: Origin, id_or_key: str, projection: Projection
) -> Issue | None:
    """One issue; None where Jira knows none, or hides it.

    Raises:
        BadUserInputError: the id or key has another form.
        JiraApiError: the call failed.
    """
    return await load_issue(context, origin, parse_issue(origin, id_or_key), projection)


async def load_issue(
    context: Context, origin: Origin, reference: NumericId | IssueKey, projection: Projection
) -> Issue | None:
    """One issue as Jira keeps it at this moment; None where it knows none, or hides it.

    Raises:
        JiraApiError: the call failed.
    """
    fields = await _fields(context, origin, projection)
    return await context.issues.load(IssueKeyAndFields(origin.label, reference, fields))


async def page_issues(
    context: Context, origin: Origin, question: IssueQuestion, projection: Projection
) -> Page[Issue]:
    """A page of the whole site's issues, newest first unless ordered otherwise.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: a call failed.
    """
    order = _checked_order(question)
    jql = search_jql(question.condition, order)
    cursors = Cursors(context.services.ring, f"{origin.label} search {jql}")
    position = cursors.read(question.after)
    fields = await _fields(context, origin, projection)
    session = context.session_of(origin)

    async def load(token: str | None, size: int) -> IssuePage:
        return await context.calls.once(
            (origin.label, "search", jql, fields, token, size),
            lambda: search_issues(session, jql=jql, fields=fields, token=token, size=size),
        )

    page = await _gather(load, cursors, position, question.first)
    return replace(page, count=_counter(context, origin, question.condition))


async def page_project_issues(
    context: Context, project: Project, question: IssueQuestion, projection: Projection
) -> Page[Issue]:
    """A page of a project's issues.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: a call failed.
    """
    inside = IssueFilter(project_ids=(project.project_id,), all_of=_given(question.condition))
    narrowed = replace(question, condition=inside)
    return await page_issues(context, project.origin, narrowed, projection)


async def page_sprint_issues(
    context: Context, sprint: Sprint, question: IssueQuestion, projection: Projection
) -> Page[Issue]:
    """A page of a sprint's issues.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: a call failed.
    """
    origin, sprint_id = sprint.origin, NumericId(sprint.sprint_id)
    inside = IssueFilter(sprint_ids=(sprint_id,), all_of=_given(question.condition))
    jql = narrowing_jql(question.condition, _checked_order(question))
    fields = await _fields(context, origin, projection)
    if len(urlencode({"jql": jql, "fields": ",".join(fields)})) > LONGEST_QUERY_STRING:
        return await page_issues(context, origin, replace(question, condition=inside), projection)
    cursors = Cursors(context.services.ring, f"{origin.label} sprint {sprint_id} {jql}")
    position = cursors.read(question.after)
    session = context.session_of(origin)

    async def load(token: str | None, size: int) -> IssuePage:
        return await context.calls.once(
            (origin.label, "sprint issues", sprint_id, jql, fields, token, size),
            lambda: list_sprint_issues(
                session, sprint_id, jql=jql, fields=fields, token=token, size=size
            ),
        )

    page = await _gather(load, cursors, position, question.first)
    return replace(page, count=_counter(context, origin, inside))


def _counter(
    context: Context, origin: Origin, condition: IssueFilter
) -> Callable[[], Awaitable[int | None]]:
    session, jql = context.session_of(origin), bounded_condition(condition)

    async def count() -> int | None:
        return await context.calls.once(
            (origin.label, "count", jql), lambda: count_issues(session, jql)
        )

    return count


async def _gather(load: LoadPage, cursors: Cursors, position: Position, first: int) -> Page[Issue]:
    """As many of Jira's pages as `first` issues take, one after another: each names the next."""
    gathered = _Gathered(token=position.token, skipped=position.offset)
    while True:
        page = await load(gathered.token, gathered.skipped + first - len(gathered.issues))
        is_done = gathered.add(page, first)
        if is_done:
            return Page(
                nodes=gathered.issues,
                positions=gathered.positions,
                cursors=cursors,
                has_next=gathered.has_next,
                has_previous=position != Position(None, 0),
            )


@dataclass(slots=True)
class _Gathered:
    """Issues so far; `token` opens the page to read, of which `skipped` issues are behind us."""

    token: str | None
    skipped: int
    issues: list[Issue] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    has_next: bool = False
    _tokens: set[str] = field(default_factory=set)
    _empty_pages: int = 0

    def add(self, page: IssuePage, first: int) -> bool:
        """Take what is wanted of a page; whether that is all."""
        rest = page.issues[self.skipped :]
        taken = rest[: first - len(self.issues)]
        next_token = self._unseen(page.next_token)
        for number, issue in enumerate(taken, start=self.skipped + 1):
            is_page_end = number == len(page.issues) and next_token is not None
            self.issues.append(issue)
            self.positions.append(
                Position(next_token, 0) if is_page_end else Position(self.token, number)
            )
        self._count_empty(page)
        self.has_next = len(rest) > len(taken) or next_token is not None
        self.token, self.skipped = next_token, 0
        return len(self.issues) >= first or next_token is None

    def _unseen(self, token: str | None) -> str | None:
        """The next page's token, which no page before may have had."""
        if token is not None and token in self._tokens:
            raise InvalidResponseError("Jira sends the same pages of issues again and again.")
        self._tokens.add(token or "")
        return token

    def _count_empty(self, page: IssuePage) -> None:
        self._empty_pages = 0 if page.issues else self._empty_pages + 1
        if self._empty_pages > _MOST_EMPTY_PAGES:
            raise InvalidResponseError("Jira sends one empty page of issues after another.")


async def _fields(context: Context, origin: Origin, projection: Projection) -> frozenset[str]:
    """Jira's fields for a projection; what fails here is told by the custom fields themselves."""
    fields = projection.fields
    if projection.has_all_custom:
        with suppress(JiraApiError, OAuthError):
            known = await list_custom_fields(context, origin)
            fields |= {each.field_id for each in known}
    for id_or_name in projection.custom_fields:
        with suppress(JiraApiError, OAuthError, BadUserInputError):
            found = await resolve_custom_field(context, origin, id_or_name)
            fields |= {found.field_id} if found else set()
    return fields


def check_question(question: IssueQuestion) -> None:
    """Refuse a filter or an order that no query can be written from.

    Raises:
        BadUserInputError: the page's size or the number of columns is out of bounds.
        InvalidArgumentError: a value of the filter has another form.
    """
    narrowing_jql(question.condition, _checked_order(question))


def _checked_order(question: IssueQuestion) -> Sequence[Order]:
    check_page_size(question.first, most=MOST_ISSUES)
    check_count(question.order, argument="orderBy", most=MOST_ORDERS)
    return question.order or NEWEST_FIRST


def _given(condition: IssueFilter) -> tuple[IssueFilter, ...] | None:
    return None if condition == IssueFilter() else (condition,)
