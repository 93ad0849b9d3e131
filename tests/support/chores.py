"""A process's chores, done when a test says so and never by themselves."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from server.background import Chore


class KeptChores:
    """Takes the place of the background in `Parts`."""

    def __init__(self) -> None:
        self._chores: Sequence[Chore] = ()

    @asynccontextmanager
    async def __call__(self, chores: Sequence[Chore]) -> AsyncIterator[None]:
        self._chores = chores
        yield

    async def do(self, *names: str) -> None:
        """Do the named chores once, or all of them."""
        wanted = [each for each in self._chores if not names or each.name in names]
        assert len(wanted) == (len(names) or len(self._chores)), f"unknown among {names}"
        for chore in wanted:
            await chore.run_once()
