"""Working through the entries of another system, several at once, each of them once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from oauth.imports import Finding, Outcome
from storage.foreign_connections import Entry, ForeignConnection, UnreadableEntry
from storage.unproven import derive_connection_id

Handle = Callable[[ForeignConnection], Awaitable[Finding]]


async def iter_once(entries: AsyncIterator[Entry]) -> AsyncIterator[Entry]:
    """The entries, in which an external id or a token that came before is told as unreadable."""
    places: dict[tuple[str, str], int | None] = {}
    taken: set[str] = set()
    async for entry in entries:
        if isinstance(entry, UnreadableEntry):
            yield entry
            continue
        name = (entry.provider, entry.external_id)
        token = derive_connection_id(entry.provider, entry.refresh_token)
        if name in places:
            first = f"line {places[name]}" if places[name] else "another row"
            yield UnreadableEntry(
                entry.line, entry.external_id, f"has the `externalId` of {first}: keep one of them"
            )
        elif token in taken:
            problem = "has the `refreshToken` of an entry before it: one token is one connection's"
            yield UnreadableEntry(entry.line, entry.external_id, problem)
        else:
            places[name] = entry.line
            taken.add(token)
            yield entry


async def handle_all(
    entries: AsyncIterator[Entry],
    handle: Handle,
    *,
    concurrency: int,
    tell: Callable[[Finding], None],
) -> None:
    """Handle every entry, so many at once.

    An error ends it when those under way are through, and so does an app that is refused: what is
    wrong with it is wrong with every further entry.

    Raises:
        Exception: whatever reading or handling an entry raises.
    """
    turn, is_over = asyncio.Lock(), asyncio.Event()

    async def take() -> Entry | None:
        async with turn:
            return None if is_over.is_set() else await anext(entries, None)

    async def work() -> None:
        try:
            while (entry := await take()) is not None:
                finding = await _handle(entry, handle)
                if finding.outcome is Outcome.APP_REFUSED:
                    is_over.set()
                tell(finding)
                # Whoever never waits has the same connection to the database again and again,
                # and the others wait for one until their time is over.
                await asyncio.sleep(0)
        except BaseException:
            is_over.set()
            raise

    done = await asyncio.gather(*(work() for _ in range(concurrency)), return_exceptions=True)
    for error in done:
        if error is not None:
            raise error


async def _handle(entry: Entry, handle: Handle) -> Finding:
    if isinstance(entry, UnreadableEntry):
        return Finding(entry.line, entry.external_id, Outcome.UNREADABLE, entry.problem)
    return await handle(entry)
