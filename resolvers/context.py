"""What every resolver of one operation shares."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import httpx
from aiodataloader import DataLoader
from pydantic import SecretStr

from jira_api.client import JiraClient, JiraSession
from jira_api.errors import DeadlineExceededError
from jira_api.paths import CloudId
from jira_api.records import Field, Issue, Origin, User
from jira_api.site_urls import AddressRules
from jira_api.transfers import Transfers
from oauth.credentials import (
    authorization_of,
    find_door,
    get_current_tokens,
    renew_tokens,
)
from oauth.flow import AuthorizationFlows
from oauth.refresh import TokenKeeper
from resolvers.access.frontend_tokens import FrontendTokens
from resolvers.access.last_uses import LastUses
from resolvers.access.viewer import Right, Viewer
from resolvers.attachment_urls import AttachmentUrls
from resolvers.calls import OperationCalls
from resolvers.changelog_loaders import Changelogs
from resolvers.changes.changed_issues import ChangeKeeper
from resolvers.cursors import check_form
from resolvers.errors import ConnectionNotFoundError
from resolvers.form_loaders import FormLoaders
from resolvers.issue_parts import IssueParts
from resolvers.linking.last_errors import OF_THE_LINK, note_link_error
from resolvers.linking.live_connections import LiveConnections
from resolvers.loaders import (
    ConnectionKey,
    IssueKeyAndFields,
    PersonKey,
    connection_loader,
    issue_loader,
    user_loader,
)
from resolvers.once.flights import WriteFlights
from resolvers.permission_loader import Held, PermissionKey, permission_loader
from resolvers.project_loaders import ProjectLoaders
from storage.cache import Cache
from storage.connection_reads import ConnectionReads
from storage.database import Database
from storage.encryption import KeyRing
from storage.event_recorder import EventRecorder
from storage.records import Connection, ConnectionId, Tokens

T = TypeVar("T")
_READERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="reader")
_TOKEN = "access token"  # noqa: S105 - the name of a call, no secret


@dataclass(frozen=True, slots=True)
class Services:
    """What all operations of a process share."""

    database: Database
    ring: KeyRing
    cache: Cache
    jira: JiraClient
    transfers: Transfers
    site_http: httpx.AsyncClient
    address_rules: AddressRules
    connections: ConnectionReads
    tokens: TokenKeeper
    uses: LastUses
    events: EventRecorder
    flows: AuthorizationFlows
    live: LiveConnections
    frontend_tokens: FrontendTokens
    attachment_urls: AttachmentUrls
    writes: WriteFlights
    clock: Callable[[], datetime]
    public_url: str
    operation_deadline: timedelta


@dataclass(frozen=True, slots=True)
class SentJql:
    """What a search asked Jira, and the path of the field that it was for."""

    path: tuple[str | int, ...]
    jql: str


class ConnectionTokens:
    """A connection's tokens, fetched once for all calls of an operation, failed or not."""

    def __init__(self, services: Services, connection: Connection, calls: OperationCalls) -> None:
        self._keeper = services.tokens
        self._uses = services.uses
        self._connection = connection
        self._calls = calls
        self._rejected: SecretStr | None = None

    async def authorization(self) -> SecretStr:
        """The Authorization header of tokens believed to be valid."""
        return _header(await self._tokens())

    async def renew(self, rejected: SecretStr) -> SecretStr:
        """Another header, after Jira refused `rejected`; one operation renews once."""
        tokens = await self._tokens()
        if _header(tokens) == rejected and self._rejected is None:
            self._rejected = tokens.access_token
        return await self.authorization()

    async def _tokens(self) -> Tokens:
        is_renewed = self._rejected is not None
        key = (self._connection.connection_id, _TOKEN, is_renewed)
        return await self._calls.once(key, self._fetch)

    async def _fetch(self) -> Tokens:
        if self._rejected is not None:
            return await renew_tokens(self._keeper, self._connection, self._rejected)
        tokens = await get_current_tokens(self._keeper, self._connection)
        await self._uses.note(self._connection)
        return tokens


def _header(tokens: Tokens) -> SecretStr:
    return authorization_of(tokens.access_token, tokens.login)


class Context:
    """One operation: who asks, and the calls and batches made so far."""

    def __init__(
        self,
        services: Services,
        viewer: Viewer,
        *,
        request_id: str,
        deadline_at: float | None = None,
    ) -> None:
        """Begin an operation, whose time is over as the settings say, or at an instant before."""
        self.services = services
        self.viewer = viewer
        self.request_id = request_id
        self.calls = OperationCalls()
        self._deadline_at = deadline_at or (
            asyncio.get_running_loop().time() + services.operation_deadline.total_seconds()
        )
        self._sessions: dict[str, JiraSession] = {}
        self._connections: dict[str, Connection] = {}
        self._failed: set[ConnectionId] = set()
        self.sent_jql: list[SentJql] = []
        self.fields_read: dict[str, Sequence[Field]] = {}
        """The fields of a connection's site (by its label), as the operation last read them."""
        self.connections: DataLoader[ConnectionKey, Connection | None] = connection_loader(
            services.connections, self.calls, viewer.linked_id
        )
        self.issues: DataLoader[IssueKeyAndFields, Issue | None] = issue_loader(
            self._session_labelled, self.calls
        )
        self.users: DataLoader[PersonKey, User | None] = user_loader(
            self._session_labelled, self.calls
        )
        self.issue_parts = IssueParts(self._session_labelled, self.calls)
        self.changelogs = Changelogs(self._session_labelled, self.calls)
        self.forms = FormLoaders(self._session_labelled, self.calls)
        self.projects = ProjectLoaders(self._session_labelled, self.calls)
        self.permissions: DataLoader[PermissionKey, Held] = permission_loader(
            self._session_labelled, self.calls
        )

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.services.clock()

    @property
    def deadline_at(self) -> float:
        """When the operation's time is over, an instant of the event loop's clock."""
        return self._deadline_at

    def forget_link(self, connection: Connection) -> None:
        """Read a connection anew that was just linked to a site, maybe in the place of another."""
        label = str(connection.connection_id)
        self._sessions.pop(label, None)
        self.fields_read.pop(label, None)
        self.calls.forget(label, "")
        self.connections.clear_all()
        self.issues.clear_all()
        self.issue_parts.clear()
        self.changelogs.clear()
        self.forms.clear()
        self.projects.clear()
        self.users.clear_all()
        self.permissions.clear_all()

    def admit(self, connection: Connection) -> Origin:
        """Let fields ask for what lies behind a connection; it is asked for when they do."""
        label = str(connection.connection_id)
        self._connections[label] = connection
        return Origin(
            cloud_id=CloudId(connection.site.cloud_id or ""),
            site_url=connection.site.url.rstrip("/"),
            label=label,
        )

    def session(self, connection: Connection) -> JiraSession:
        """Calls on behalf of a connection that the caller may use.

        Raises:
            ForbiddenError: the caller may not read the graph.
        """
        return self.session_of(self.admit(connection))

    def session_of(self, origin: Origin) -> JiraSession:
        """The calls of the connection that a record came through.

        Raises:
            ForbiddenError: the caller may not read the graph.
        """
        connection = self.connection_of(origin)
        session = self._sessions.get(origin.label)
        if session is None:
            tokens = ConnectionTokens(self.services, connection, self.calls)
            session = self.services.jira.session(
                origin,
                tokens,
                granted=connection.scopes,
                deadline_at=self._deadline_at,
                around=lambda: self.use(connection),
                door=find_door(
                    connection.authorization_kind, connection.site.url, self.services.site_http
                ),
                listener=ChangeKeeper(
                    self.services.database, connection.connection_id, self.services.clock
                ),
            )
            self._sessions[origin.label] = session
        return session

    def connection_of(self, origin: Origin) -> Connection:
        """The connection that a record came through.

        Raises:
            ForbiddenError: the caller may not read the graph.
        """
        self.viewer.require(Right.READ_GRAPH)
        return self._connections[origin.label]

    @asynccontextmanager
    async def use(self, connection: Connection) -> AsyncIterator[None]:
        """Work on behalf of a connection, which stops where the connection is taken away.

        Raises:
            ConnectionNotFoundError: it was.
        """
        self.services.live.join(connection.connection_id, self.calls)
        try:
            async with self.calls.about(str(connection.connection_id)):
                yield
        except OF_THE_LINK as error:
            await self._note_error(connection, error)
            raise

    async def _note_error(self, connection: Connection, error: Exception) -> None:
        """Keep what the connection fails at, once for the operation."""
        if connection.connection_id not in self._failed:
            self._failed.add(connection.connection_id)
            await note_link_error(self.services.database, connection, error, now=self.now)

    def _session_labelled(self, label: str) -> JiraSession:
        session = self._sessions.get(label)
        return session or self.session_of(self.admit(self._connections[label]))

    def check_cursor(self, after: str) -> None:
        """Refuse a broken cursor; whether it is of the right query is told where that is known.

        Raises:
            BadUserInputError: Juncture never wrote it.
        """
        check_form(self.services.ring, after)

    def note_jql(self, path: Sequence[str | int], jql: str) -> None:
        """Keep what a search is about to ask, for the caller who wants to see it; once a field."""
        sent = SentJql(tuple(path), jql)
        if sent not in self.sent_jql:
            self.sent_jql.append(sent)

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
        self.issue_parts.clear()
        self.changelogs.clear()
        self.forms.clear()
        self.projects.clear()
        self.permissions.clear_all()

    async def close(self) -> None:
        """End what is still under way."""
        await self.calls.close()
        for connection in self._connections.values():
            self.services.live.leave(connection.connection_id, self.calls)
