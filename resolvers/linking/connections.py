"""Connections as their callers see them."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from pydantic import JsonValue

from jira_api.client import JiraSession
from jira_api.errors import NotFoundError
from jira_api.paths import NumericId, ProjectKey, is_numeric_id, is_project_key
from jira_api.projects import get_project
from jira_api.records import Origin, Project, User
from jira_api.site_metadata import get_myself
from resolvers.access.viewer import FrontendScope, Right
from resolvers.arguments import check_external_id
from resolvers.context import Context
from resolvers.errors import BadUserInputError, ConnectionNotFoundError, ErrorCode, ProblemError
from resolvers.global_ids import parse_global_id
from resolvers.linking.last_errors import LastError, find_last_error
from resolvers.loaders import ConnectionKey
from resolvers.projects import find_project
from resolvers.references import parse_project_id
from storage.connections import select_project
from storage.records import AuthorizationKind, Connection, GrantStatus, Site

SEEING = (Right.READ_GRAPH, Right.LIST_CONNECTIONS)
"""Either shows a connection as such."""


class ConnectionStatus(Enum):
    """Whether a connection's grant is good, past its stored end, or dead."""

    ACTIVE = auto()
    EXPIRED = auto()
    INVALID = auto()


@dataclass(frozen=True, slots=True)
class LinkedConnection:
    """A connection that the caller may use; its fields answer without any call to Jira."""

    record: Connection
    status: ConnectionStatus
    origin: Origin

    @property
    def connection_id(self) -> str:
        """Juncture's own id of it."""
        return self.record.connection_id

    @property
    def external_id(self) -> str:
        """The caller's own id."""
        return self.record.external_id

    @property
    def provider(self) -> str:
        """The linked system."""
        return self.record.provider

    @property
    def authorization_kind(self) -> AuthorizationKind:
        """How Jira is asked to trust the requests."""
        return self.record.authorization_kind

    @property
    def needs_reauthorization(self) -> bool:
        """Whether the grant is dead."""
        return self.status is ConnectionStatus.INVALID

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the person granted."""
        return self.record.scopes

    @property
    def expires_at(self) -> datetime | None:
        """When the grant ends if it is not used."""
        return self.record.expires_at

    @property
    def created_at(self) -> datetime:
        """When the external id was first linked."""
        return self.record.created_at

    @property
    def updated_at(self) -> datetime:
        """When tokens or selection last changed."""
        return self.record.updated_at

    @property
    def last_used_at(self) -> datetime | None:
        """When Jira was last asked through it, to the minute."""
        return self.record.last_used_at

    @property
    def site(self) -> Site:
        """The chosen site."""
        return self.record.site

    @property
    def selected_project_id(self) -> str | None:
        """The selected project, from the database."""
        return self.record.selected_project_id

    @property
    def metadata(self) -> JsonValue:
        """What the caller attached."""
        return self.record.metadata

    @property
    def last_error(self) -> LastError | None:
        """What it failed at last; None where all is well."""
        return find_last_error(self.record)


@dataclass(frozen=True, slots=True)
class ConnectionReference:
    """A connection by the caller's own id or by its global id.

    Neither means the one of the caller's frontend token.
    """

    external_id: str | None = None
    global_id: str | None = None


@dataclass(frozen=True, slots=True)
class ProjectReference:
    """A project by id or key: exactly one."""

    project_id: str | None = None
    key: str | None = None


async def find_connection(
    context: Context, *, external_id: str, provider: str
) -> LinkedConnection | None:
    """The connection of one of the caller's own ids.

    Raises:
        BadUserInputError: the external id is blank, too long or has control characters.
        ForbiddenError: the caller may neither read the graph nor list connections.
    """
    context.viewer.require_one(*SEEING)
    return await _find(context, provider, check_external_id(external_id))


async def find_own_connection(context: Context) -> LinkedConnection | None:
    """The one connection of a frontend token that may read; None for everybody else."""
    viewer = context.viewer
    if viewer.linked_id is None or FrontendScope.READ not in viewer.frontend_scopes:
        return None
    return await _find(context, viewer.linked_id.provider, viewer.linked_id.external_id)


def link(context: Context, connection: Connection) -> LinkedConnection:
    """A connection in the caller's hands, ready for calls; every way to one leads through here.

    What Juncture itself knows of it is shown to whoever may read the graph or the list, and to who
    changed it; what lies behind it asks for rights of its own.

    Raises:
        ForbiddenError: the caller may do none of that.
    """
    context.viewer.require_one(*SEEING, Right.CHANGE_CONNECTIONS)
    origin = context.admit(connection)
    return LinkedConnection(connection, _status(connection, context.now), origin)


async def get_referenced(
    context: Context, reference: ConnectionReference, right: Right = Right.READ_GRAPH
) -> LinkedConnection:
    """The connection that a mutation names, for whoever has the right to it.

    Raises:
        BadUserInputError: the id is none of a connection, or a key names none.
        ConnectionNotFoundError: there is none, or none that the caller may use.
        ForbiddenError: the caller lacks the right.
    """
    context.viewer.require(right)
    if reference == ConnectionReference():
        found = await _find_implied(context)
    elif reference.external_id is not None:
        argument = "connection.externalId"
        external_id = check_external_id(reference.external_id, argument=argument)
        found = await _find(context, "jira", external_id)
    else:
        named = parse_global_id(reference.global_id or "", argument="connection.id")
        if named.type_name != "Connection":
            raise BadUserInputError(
                "`connection.id` is the id of something else.", argument="connection.id"
            )
        record = await context.find_connection(named.connection_id)
        found = None if record is None else link(context, record)
    if found is None:
        raise ConnectionNotFoundError("There is no such connection.", argument="connection")
    return found


async def _find_implied(context: Context) -> LinkedConnection | None:
    if context.viewer.linked_id is None:
        raise BadUserInputError(
            "`connection` has to be named: a key opens many, and no global id here is one of "
            "Juncture's.",
            argument="connection",
        )
    return await find_own_connection(context)


async def _find(context: Context, provider: str, external_id: str) -> LinkedConnection | None:
    key = ConnectionKey(provider=provider, external_id=external_id)
    found = await context.connections.load(key)
    return None if found is None else link(context, found)


async def find_myself(context: Context, connection: LinkedConnection) -> User:
    """The person behind the connection."""
    session = context.session(connection.record)
    return await context.calls.once((session.origin.label, "myself"), lambda: get_myself(session))


async def find_selected_project(context: Context, connection: LinkedConnection) -> Project | None:
    """The selected project; None where none is selected or it is gone."""
    selected = connection.selected_project_id
    if selected is None:
        return None
    return await find_project(context, connection.origin, selected)


async def choose_project(
    context: Context, connection: LinkedConnection, project: ProjectReference | None
) -> LinkedConnection:
    """Select a project, or none; by id it makes no call to Jira.

    Raises:
        ForbiddenError: the caller may not change connections.
        InvalidArgumentError: the id or key has another form.
        ProblemError: `NOT_FOUND` where Jira knows no project of that key.
    """
    context.viewer.require(Right.SELECT_PROJECT)
    project_id = None if project is None else await _project_id(context, connection, project)
    record = connection.record
    async with context.services.database.transaction() as queries:
        is_kept = await select_project(queries, record.connection_id, project_id, now=context.now)
    if not is_kept:
        raise ConnectionNotFoundError("There is no such connection.")
    context.connections.clear_all()
    return link(context, await context.get_connection(record.connection_id))


async def _project_id(
    context: Context, connection: LinkedConnection, project: ProjectReference
) -> str:
    named = parse_project_reference(connection.origin, project, argument="project")
    if is_numeric_id(named):
        return named
    return await get_project_id(
        context.session(connection.record), ProjectKey(named), argument="project"
    )


def parse_project_reference(
    origin: Origin, project: ProjectReference, *, argument: str
) -> NumericId | ProjectKey:
    """The project that an input names, by number or key.

    Raises:
        BadUserInputError: the id or key has another form.
    """
    if project.project_id is not None:
        return parse_project_id(origin, project.project_id, argument=f"{argument}.id")
    if not is_project_key(project.key or ""):
        raise BadUserInputError(
            f"`{argument}.key` is not a project's key such as PROJ.", argument=f"{argument}.key"
        )
    return ProjectKey(project.key or "")


async def get_project_id(session: JiraSession, key: ProjectKey, *, argument: str) -> str:
    """The number of the project that bears a key.

    Raises:
        ProjectUnknownError: Jira knows none.
        JiraApiError: the call failed.
    """
    try:
        found = await get_project(session, key)
    except NotFoundError:
        raise ProjectUnknownError(
            f"Jira knows no project {key}, or hides it from the connected person.",
            argument=f"{argument}.key",
        ) from None
    return found.project_id


class ProjectUnknownError(ProblemError):
    """No project of that key."""

    code = ErrorCode.NOT_FOUND


def _status(connection: Connection, now: datetime) -> ConnectionStatus:
    if connection.status is GrantStatus.INVALID:
        return ConnectionStatus.INVALID
    if connection.expires_at is not None and connection.expires_at <= now:
        return ConnectionStatus.EXPIRED
    return ConnectionStatus.ACTIVE
