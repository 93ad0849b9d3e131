"""What every resolver of one operation shares."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from aiodataloader import DataLoader
from pydantic import SecretStr

from jira_api.client import JiraClient, JiraSession
from jira_api.errors import DeadlineExceededError
from jira_api.paths import CloudId
from jira_api.records import Issue, Origin, User
from oauth.flow import AuthorizationFlows
from oauth.refresh import TokenKeeper
from resolvers.calls import OperationCalls
from resolvers.cursors import check_form
from resolvers.errors import ConnectionNotFoundError
from resolvers.loaders import (
    ConnectionKey,
    IssueKeyAndFields,
    PersonKey,
    connection_loader,
    issue_loader,
    user_loader,
)
from resolvers.viewer import Viewer
from storage.cache import Cache
from storage.connections import touch_last_used
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import StorageError
from storage.records import Connection, ConnectionId

T = TypeVar("T")
_READERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="reader")
_USE_NOTED_EVERY = timedelta(minutes=1)
_TOKEN = "access token"  # noqa: S105 - the name of a call, no secret


@dataclass(frozen=True, slots=True)
class Services:
    """What all operations of a process share."""

    database: Database
    ring: KeyRing
    cache: Cache
    jira: JiraClient
    tokens: TokenKeeper
    flows: AuthorizationFlows
    clock: Callable[[], datetime]
    public_url: str
    operation_deadline: timedelta


class ConnectionTokens:
    """A connection's access token, fetched once for all calls of an operation, failed or not."""

    def __init__(self, keeper: TokenKeeper, connection: Connection, calls: OperationCalls) -> None:
        self._keeper = keeper
        self._connection = connection
        self._calls = calls
        self._rejected: SecretStr | None = None

    async def access_token(self) -> SecretStr:
        """A token believed to be valid."""
        is_renewed = self._rejected is not None
        key = (self._connection.connection_id, _TOKEN, is_renewed)
        return await self._calls.once(key, self._fetch)

    async def renew(self, rejected: SecretStr) -> SecretStr:
        """Another token, after Jira refused `rejected`; one operation renews once."""
        if await self.access_token() == rejected and self._rejected is None:
            self._rejected = rejected
        return await self.access_token()

    async def _fetch(self) -> SecretStr:
        if self._rejected is not None:
            return (await self._keeper.renew(self._connection, self._rejected)).access_token
        tokens = await self._keeper.get(self._connection)
        await self._note_use()
        return tokens.access_token

    async def _note_use(self) -> None:
        """Keep that the connection was used, once a minute; no query fails for want of it."""
        now, last = self._keeper.clock(), self._connection.last_used_at
        if last is None or now - last >= _USE_NOTED_EVERY:
            with suppress(StorageError):
                await touch_last_used(
                    self._keeper.database, self._connection.connection_id, now=now
                )


class Context:
    """One operation: who asks, and the calls and batches made so far."""

    def __init__(self, services: Services, viewer: Viewer, *, request_id: str) -> None:
        self.services = services
        self.viewer = viewer
        self.request_id = request_id
        self.calls = OperationCalls()
        self._deadline_at = (
            asyncio.get_running_loop().time() + services.operation_deadline.total_seconds()
        )
        self._sessions: dict[str, JiraSession] = {}
        self._connections: dict[str, Connection] = {}
        self.connections: DataLoader[ConnectionKey, Connection | None] = connection_loader(
            services.database, self.calls
        )
        self.issues: DataLoader[IssueKeyAndFields, Issue | None] = issue_loader(
            self._sessions, self.calls
        )
        self.users: DataLoader[PersonKey, User | None] = user_loader(self._sessions, self.calls)

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.services.clock()

    def session(self, connection: Connection) -> JiraSession:
        """Calls on behalf of a connection that the caller may use."""
        label = str(connection.connection_id)
        session = self._sessions.get(label)
        if session is None:
            origin = Origin(
                cloud_id=CloudId(connection.site.cloud_id or ""),
                site_url=connection.site.url.rstrip("/"),
                label=label,
            )
            tokens = ConnectionTokens(self.services.tokens, connection, self.calls)
            session = self.services.jira.session(
                origin, tokens, granted=connection.scopes, deadline_at=self._deadline_at
            )
            self._sessions[label] = session
            self._connections[label] = connection
        return session

    def session_of(self, origin: Origin) -> JiraSession:
        """The calls of the connection that a record came through."""
        return self._sessions[origin.label]

    def connection_of(self, origin: Origin) -> Connection:
        """The connection that a record came through."""
        return self._connections[origin.label]

    def check_cursor(self, after: str) -> None:
        """Refuse a broken cursor; whether it is of the right query is told where that is known.

        Raises:
            BadUserInputError: Juncture never wrote it.
        """
        check_form(self.services.ring, after)

    async def find_connection(self, connection_id: str) -> Connection | None:
        """The connection of an id."""
        return await self.connections.load(ConnectionKey(connection_id=ConnectionId(connection_id)))

    async def get_connection(self, connection_id: str) -> Connection:
        """The connection of an id.

        Raises:
            ConnectionNotFoundError: there is none.
        """
        found = await self.find_connection(connection_id)
        if found is None:
            raise ConnectionNotFoundError("There is no such connection.")
        return found

    async def read_beside(self, read: Callable[..., T], *arguments: object) -> T:
        """What `read` makes of a long text, read beside the event loop.

        It may take a second of pure work, for which no other operation shall wait.

        Raises:
            DeadlineExceededError: the operation's time was over first.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(self._deadline_at):
                return await loop.run_in_executor(_READERS, read, *arguments)
        except TimeoutError:
            raise DeadlineExceededError(
                "The operation's time was over before the text was read."
            ) from None

    def forget_reads(self, origin: Origin) -> None:
        """Read anew from now on: something of the site was just changed."""
        self.calls.forget(origin.label, _TOKEN)
        self.issues.clear_all()

    async def close(self) -> None:
        """End what is still under way."""
        await self.calls.close()
