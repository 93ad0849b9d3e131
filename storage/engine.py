"""What the two database engines have in common, as `storage.database` sees them."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

Row = Mapping[str, Any]
Fetch = Callable[[str, Mapping[str, object]], Awaitable[list[Row]]]


class Engine(Protocol):
    """Connections of one kind of database; every error that leaves it is a StorageError."""

    dialect: Literal["sqlite", "postgresql"]

    async def connect(self) -> None: ...

    async def disconnect(self) -> None: ...

    async def fetch(self, sql: str, values: Mapping[str, object]) -> list[Row]:
        """Run one statement by itself and give all its rows."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Fetch]:
        """Commit at the end, roll back on any exception; the value runs its statements."""
        ...
