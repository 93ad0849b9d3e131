"""Who is meant by the names that stand behind an `@` in a Markdown text."""

import asyncio
import re
from collections.abc import Iterable, Sequence

from jira_api.documents.from_markdown import find_mentions
from jira_api.documents.mentions import Mentioned, People
from jira_api.paths import parse_account_id
from jira_api.people import MOST_PEOPLE, search_users
from jira_api.records import Origin, User
from resolvers.context import Context
from resolvers.errors import EXPECTED
from resolvers.loaders import PersonKey

MOST_NAMES = 10
"""Names that are looked up in a text; the others stay text."""

_ACCOUNT_ID = re.compile(r"[0-9a-f]{24}|[0-9a-z]+:[0-9A-Za-z:_-]+")


async def find_people(context: Context, origin: Origin, markdown: str) -> People:
    """Those people of the site whom the text names and nobody else is called like.

    A name is searched once in an operation. What cannot be looked up names nobody.

    Raises:
        InvalidArgumentError: a character that Jira cannot hold.
    """
    if "@" not in markdown:
        return {}
    names = await context.read_beside(find_mentions, markdown)
    found = await asyncio.gather(*(_find(context, origin, name) for name in names[:MOST_NAMES]))
    return _by_name(user for users in found for user in users) | _by_account_id(names, found)


def _by_name(users: Iterable[User]) -> dict[str, Mentioned]:
    called: dict[str, dict[str, User]] = {}
    for user in users:
        called.setdefault(user.display_name.casefold(), {})[user.account_id] = user
    return {name: _mentioned(*same.values()) for name, same in called.items() if len(same) == 1}


def _by_account_id(names: Sequence[str], found: Sequence[Sequence[User]]) -> dict[str, Mentioned]:
    pairs = zip(names, found, strict=False)
    return {
        name.casefold(): _mentioned(user)
        for name, users in pairs
        for user in users
        if user.account_id == name
    }


def _mentioned(user: User) -> Mentioned:
    return Mentioned(user.account_id, user.display_name)


async def _find(context: Context, origin: Origin, name: str) -> Sequence[User]:
    """People whose names may begin so, or the one of an account id; nobody where Jira refuses."""
    try:
        if _ACCOUNT_ID.fullmatch(name):
            user = await context.users.load(PersonKey(origin.label, parse_account_id(name)))
            return [user] if user else []
        key = (origin.label, "people named", name.casefold())
        return await context.calls.once(key, lambda: _search(context, origin, name))
    except EXPECTED:
        return []


async def _search(context: Context, origin: Origin, name: str) -> Sequence[User]:
    session = context.session_of(origin)
    return await search_users(session, query=name, start=0, size=MOST_PEOPLE)
