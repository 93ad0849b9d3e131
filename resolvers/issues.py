"""Issues of a connection, of a project and of a sprint."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from jira_api.errors import InvalidResponseError, JiraApiError
from jira_api.issue_filter import IssueFilter, Order
from jira_api.issues import (
    IssuePage,
    PageRequest,
    count_issues,
    list_sprint_issues,
    search_issues,
)
from jira_api.jql import (
    MOST_ORDERS,
    NEWEST_FIRST,
    bounded_condition,
    bounded_raw_condition,
    narrowing_jql,
    raw_search_jql,
    search_jql,
)
from jira_api.paths import IssueKey, NumericId, is_field_id
from jira_api.raw_jql import RawJql, split_jql
from jira_api.records import Issue, Origin, Project, Sprint
from oauth.errors import OAuthError
from resolvers.access.viewer import Right
from resolvers.arguments import MOST_ISSUES, check_count, check_page_size
from resolvers.context import Context
from resolvers.cursors import Cursors, Position
from resolvers.custom_fields import list_custom_fields, resolve_custom_field
from resolvers.errors import BadUserInputError
from resolvers.issue_filters import check_condition, resolve_condition, resolve_order
from resolvers.issue_searches import IssueSearch, Write, begin_search
from resolvers.known_fields import find_sprint_field, list_story_point_fields
from resolvers.loaders import LONGEST_QUERY_STRING, IssueKeyAndFields
from resolvers.pages import Page
from resolvers.references import parse_issue

_MOST_EMPTY_PAGES = 20
LoadPage = Callable[[str | None, int], Awaitable[IssuePage]]


@dataclass(frozen=True, slots=True)
class Projection:
    """What a selection wants of each issue.

    `fields` are Jira's field ids; `custom_fields` are ids or names that the selection names;
    `has_all_custom` asks for every custom field that the connection knows, `has_sprints` and
    `has_story_points` for those that hold them on this site. `path` is that of the field, which
    makes no difference to what is wanted.
    """

    fields: frozenset[str] = frozenset()
    custom_fields: tuple[str, ...] = ()
    has_all_custom: bool = False
    has_sprints: bool = False
    has_story_points: bool = False
    path: tuple[str | int, ...] = field(default=(), compare=False)

    @property
    def has_names(self) -> bool:
        """Whether a custom field is wanted by its name, which the issue is to bear out."""
        return not all(is_field_id(each) for each in self.custom_fields)


@dataclass(frozen=True, slots=True)
class IssueQuestion:
    """A filter, an order and a page, as the caller gave them; `jql` is the caller's own."""

    condition: IssueFilter = field(default_factory=IssueFilter)
    order: Sequence[Order] = ()
    first: int = 50
    after: str | None = None
    jql: str | None = None


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
    fields = await list_jira_fields(context, origin, projection)
    key = IssueKeyAndFields(origin.label, reference, fields, has_names=projection.has_names)
    return await context.issues.load(key)


async def page_issues(
    context: Context, origin: Origin, question: IssueQuestion, projection: Projection
) -> Page[Issue]:
    """A page of the whole site's issues, newest first unless ordered otherwise.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: a call failed.
    """
    order, raw = _checked_order(question), _read_raw(question)
    if raw is not None:
        context.viewer.require(Right.RAW_JQL)
    write = _site_writer(await resolve_order(context, origin, order), raw)
    condition = await resolve_condition(context, origin, question.condition)
    search = IssueSearch(context, origin, condition, projection.path)
    cursors = Cursors(context.services.ring, f"{origin.label} search {write(condition)}")
    position = await begin_search(search, cursors, question.after)
    fields, has_names = await list_jira_fields(context, origin, projection), projection.has_names
    session, recent = context.session_of(origin), position.reconciled

    async def load(token: str | None, size: int) -> IssuePage:
        asked = PageRequest("", fields, token, size, with_names=has_names, reconciled=recent)
        return await search.ask(
            write,
            lambda jql: context.calls.once(
                (origin.label, "search", replace(asked, jql=jql)),
                lambda: search_issues(session, replace(asked, jql=jql)),
            ),
        )

    page = await gather_issues(load, cursors, position, question.first)
    return replace(page, count=_counter(search, raw))


def _site_writer(order: Sequence[Order], raw: RawJql | None) -> Write:
    if raw is None:
        return lambda condition: search_jql(condition, order)
    return lambda condition: raw_search_jql(condition, raw, order)


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
    order = await resolve_order(context, origin, _checked_order(question))
    condition = await resolve_condition(context, origin, question.condition)
    search = IssueSearch(context, origin, condition, projection.path)
    jql = narrowing_jql(condition, order)
    cursors = Cursors(context.services.ring, f"{origin.label} sprint {sprint_id} {jql}")
    fields, has_names = await list_jira_fields(context, origin, projection), projection.has_names
    if len(urlencode({"jql": jql, "fields": ",".join(fields)})) > LONGEST_QUERY_STRING:
        within = replace(question, condition=_in_sprint(sprint, question.condition))
        return await page_issues(context, origin, within, projection)
    position = await begin_search(search, cursors, question.after)
    session, recent = context.session_of(origin), position.reconciled

    async def load(token: str | None, size: int) -> IssuePage:
        asked = PageRequest("", fields, token, size, with_names=has_names, reconciled=recent)
        return await search.ask(
            lambda condition: narrowing_jql(condition, order),
            lambda jql: context.calls.once(
                (origin.label, "sprint issues", sprint_id, replace(asked, jql=jql)),
                lambda: list_sprint_issues(session, sprint_id, replace(asked, jql=jql)),
            ),
        )

    page = await gather_issues(load, cursors, position, question.first)
    counted = replace(search, condition=_in_sprint(sprint, search.condition))
    return replace(page, count=_counter(counted, None))


def _in_sprint(sprint: Sprint, condition: IssueFilter) -> IssueFilter:
    return IssueFilter(sprint_ids=(sprint.sprint_id,), all_of=_given(condition))


def _counter(search: IssueSearch, raw: RawJql | None) -> Callable[[], Awaitable[int | None]]:
    context, label = search.context, search.origin.label
    session = context.session_of(search.origin)

    def write(condition: IssueFilter) -> str:
        if raw is None:
            return bounded_condition(condition)
        return bounded_raw_condition(condition, raw)

    async def count() -> int | None:
        return await search.ask(
            write,
            lambda jql: context.calls.once(
                (label, "count", jql), lambda: count_issues(session, jql)
            ),
            "approximateCount",
        )

    return count


async def gather_issues(
    load: LoadPage, cursors: Cursors, position: Position, first: int
) -> Page[Issue]:
    """As many of Jira's pages as `first` issues take, one after another: each names the next.

    Raises:
        InvalidResponseError: Jira's pages do not end.
        JiraApiError: a call failed.
    """
    gathered = _Gathered(position.reconciled, token=position.token, skipped=position.offset)
    while True:
        page = await load(gathered.token, gathered.skipped + first - len(gathered.issues))
        is_done = gathered.add(page, first)
        if is_done:
            return Page(
                nodes=gathered.issues,
                positions=gathered.positions,
                cursors=cursors,
                has_next=gathered.has_next,
                has_previous=(position.token, position.offset) != (None, 0),
            )


@dataclass(slots=True)
class _Gathered:
    """Issues so far; `token` opens the page to read, of which `skipped` issues are behind us."""

    reconciled: tuple[NumericId, ...]
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
            token, offset = (next_token, 0) if is_page_end else (self.token, number)
            self.positions.append(Position(token, offset, self.reconciled))
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


async def list_jira_fields(
    context: Context, origin: Origin, projection: Projection
) -> frozenset[str]:
    """Jira's fields for a projection; what fails here is told by the custom fields themselves."""
    fields = projection.fields
    if projection.has_all_custom:
        with suppress(JiraApiError, OAuthError):
            known = await list_custom_fields(context, origin)
            fields |= {each.field_id for each in known}
    if projection.has_sprints:
        with suppress(JiraApiError, OAuthError):
            sprints = await find_sprint_field(context, origin)
            fields |= {sprints.field_id} if sprints else set()
    if projection.has_story_points:
        with suppress(JiraApiError, OAuthError):
            points = await list_story_point_fields(context, origin)
            fields |= {each.field_id for each in points}
    for id_or_name in projection.custom_fields:
        with suppress(JiraApiError, OAuthError, BadUserInputError):
            found = await resolve_custom_field(context, origin, id_or_name)
            fields |= {found.field_id} if found else set()
    return fields


def check_question(question: IssueQuestion) -> None:
    """Refuse a filter, an order or a JQL that no query can be written from.

    Raises:
        BadUserInputError: the page's size or the number of columns is out of bounds, or there are
            two orders.
        InvalidArgumentError: a value of the filter has another form, or the JQL cannot be read.
    """
    _checked_order(question)
    _read_raw(question)
    check_condition(question.condition)


def _read_raw(question: IssueQuestion) -> RawJql | None:
    """The caller's own JQL, where there is one."""
    if question.jql is None:
        return None
    raw = split_jql(question.jql)
    if raw.order and question.order:
        raise BadUserInputError(
            "`jql` has an ORDER BY, and `orderBy` is given too: leave one of them out.",
            argument="orderBy",
        )
    return raw


def _checked_order(question: IssueQuestion) -> Sequence[Order]:
    check_page_size(question.first, most=MOST_ISSUES)
    check_count(question.order, argument="orderBy", most=MOST_ORDERS)
    return question.order or NEWEST_FIRST


def _given(condition: IssueFilter) -> tuple[IssueFilter, ...] | None:
    return None if condition == IssueFilter() else (condition,)
