"""People of a connection: by account, by name, and those who can be assigned.

Jira lists the people of a range without telling how many there are or which of the range it left
out. So a short range is followed by the rest of the thousand that Jira looks at, until the page is
full or that rest brings nobody new.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from jira_api.paths import NumericId
from jira_api.people import MOST_PEOPLE, search_assignable_users, search_users
from jira_api.records import Origin, Project, User
from resolvers.arguments import check_page_size, check_text
from resolvers.context import Context
from resolvers.cursors import START, Cursors, Position
from resolvers.loaders import PersonKey
from resolvers.pages import Page
from resolvers.references import parse_person

LONGEST_QUERY = 255
_Load = Callable[[int, int], Awaitable[Sequence[User]]]


async def find_user(context: Context, origin: Origin, account_id: str) -> User | None:
    """The person of an account; None where Jira knows none.

    Raises:
        BadUserInputError: the account id has another form.
        JiraApiError: the call failed.
    """
    account = parse_person(origin, account_id, argument="accountId")
    return await context.users.load(PersonKey(origin.label, account))


async def page_users(
    context: Context, origin: Origin, *, query: str, first: int, after: str | None
) -> Page[User]:
    """A page of the active people whose name or address begins so, among the first 1,000.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: a call failed.
    """
    check_page_size(first)
    check_text(query, argument="query", longest=LONGEST_QUERY)
    cursors = Cursors(context.services.ring, f"{origin.label} users {query!r}")
    session = context.session_of(origin)

    async def load(start: int, size: int) -> Sequence[User]:
        return await context.calls.once(
            (origin.label, "users", query, start, size),
            lambda: search_users(session, query=query, start=start, size=size),
        )

    return await _gather(load, cursors, cursors.read(after), first)


async def page_assignable_users(
    context: Context, project: Project, *, query: str | None, first: int, after: str | None
) -> Page[User]:
    """A page of the people who can be assigned a new issue of a project, among the first 1,000.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: a call failed.
    """
    check_page_size(first)
    if query is not None:
        check_text(query, argument="query", longest=LONGEST_QUERY)
    origin, project_id = project.origin, NumericId(project.project_id)
    asked = f"{origin.label} project {project_id} assignable users {query!r}"
    cursors = Cursors(context.services.ring, asked)
    session = context.session_of(origin)

    async def load(start: int, size: int) -> Sequence[User]:
        return await context.calls.once(
            (origin.label, "assignable users", project_id, query, start, size),
            lambda: search_assignable_users(
                session, project_id, query=query, start=start, size=size
            ),
        )

    return await _gather(load, cursors, cursors.read(after), first)


async def _gather(load: _Load, cursors: Cursors, position: Position, first: int) -> Page[User]:
    """As many ranges as `first` people take, and one more person, who tells that more follow."""
    begun = _Gathered(int(position.token or 0), skipped=position.offset)
    size = MOST_PEOPLE if begun.skipped else first + 1
    while begun.start < MOST_PEOPLE and len(begun.found) <= first:
        asked = min(size, MOST_PEOPLE - begun.start)
        reaches_end = begun.start + asked == MOST_PEOPLE
        is_anybody_new = begun.add(await load(begun.start, asked), asked)
        if reaches_end and not is_anybody_new:
            break
        size = MOST_PEOPLE
    taken = begun.found[:first]
    return Page(
        nodes=[user for user, _ in taken],
        positions=[behind for _, behind in taken],
        cursors=cursors,
        has_next=len(begun.found) > first,
        has_previous=position != START,
    )


@dataclass(slots=True)
class _Gathered:
    """People so far, each with the place behind; `skipped` ones of the next range came before.

    A place is the start of a range, as a cursor's token, and how many people of it are behind.
    """

    start: int
    skipped: int
    found: list[tuple[User, Position]] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)

    def add(self, people: Sequence[User], asked: int) -> bool:
        """Take the people of a range, of which some may be known; whether anybody was new."""
        before = len(self.found)
        self._known.update(user.account_id for user in people[: self.skipped])
        for number, user in enumerate(people[self.skipped :], start=self.skipped + 1):
            if user.account_id not in self._known:
                self._known.add(user.account_id)
                self.found.append((user, self._place(number, is_whole=len(people) >= asked)))
        # By what came, not by what was asked: Jira may have cut the range, and tells it nowhere.
        self.start += len(people) or asked
        self.skipped = 0
        return len(self.found) > before

    def _place(self, number: int, *, is_whole: bool) -> Position:
        if is_whole:
            return Position(str(self.start + number), 0)
        return Position(str(self.start), number)
