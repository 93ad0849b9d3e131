"""Who asks, and what they may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from resolvers.errors import ForbiddenError
from storage.records import LinkedId


class Scope(Enum):
    """A right of a key."""

    GRAPH_READ = "graph:read"
    GRAPH_WRITE = "graph:write"
    GRAPH_JQL = "graph:jql"
    CONNECTIONS_READ = "connections:read"
    CONNECTIONS_WRITE = "connections:write"
    CREDENTIALS_READ = "credentials:read"
    TOKENS_MINT = "tokens:mint"
    ADMIN = "admin"


class FrontendScope(Enum):
    """A right of a frontend token, for its one external id alone."""

    READ = "read"
    WRITE = "write"
    CONNECT = "connect"


class Right(Enum):
    """What a field asks of its caller: a scope of a key, or one of a frontend token.

    Where the second is None, no frontend token will do.
    """

    READ_GRAPH = (Scope.GRAPH_READ, FrontendScope.READ)
    WRITE_GRAPH = (Scope.GRAPH_WRITE, FrontendScope.WRITE)
    RAW_JQL = (Scope.GRAPH_JQL, None)
    LIST_CONNECTIONS = (Scope.CONNECTIONS_READ, None)
    CHANGE_CONNECTIONS = (Scope.CONNECTIONS_WRITE, None)
    BEGIN_AUTHORIZATION = (Scope.CONNECTIONS_WRITE, FrontendScope.CONNECT)
    SELECT_PROJECT = (Scope.CONNECTIONS_WRITE, FrontendScope.WRITE)
    READ_CREDENTIALS = (Scope.CREDENTIALS_READ, None)
    MINT_TOKENS = (Scope.TOKENS_MINT, None)
    ADMINISTER = (Scope.ADMIN, None)

    def __init__(self, scope: Scope, frontend_scope: FrontendScope | None) -> None:
        self.scope = scope
        self.frontend_scope = frontend_scope


class ViewerKind(Enum):
    """What a caller showed."""

    SECRET_KEY = auto()
    API_KEY = auto()
    FRONTEND_TOKEN = auto()


@dataclass(frozen=True, slots=True)
class Viewer:
    """A caller, after authentication.

    `key_id` is the id of the API key or of the frontend token. `linked_id` is the one that a
    frontend token is for, connected or not yet; None for callers who may use every connection.
    `maker_id` is the id of the API key that made a frontend token; None where the secret key did.
    """

    kind: ViewerKind
    scopes: frozenset[Scope] = frozenset()
    frontend_scopes: frozenset[FrontendScope] = frozenset()
    key_id: str | None = None
    linked_id: LinkedId | None = None
    maker_id: str | None = None
    expires_at: datetime | None = None

    @property
    def actor(self) -> str:
        """The caller's name in the record of events: its kind and the id of what it showed."""
        name = self.kind.name.lower()
        return f"{name}:{self.key_id}" if self.key_id else name

    def may(self, right: Right) -> bool:
        """Whether the caller has a right."""
        if self.kind is ViewerKind.FRONTEND_TOKEN:
            return right.frontend_scope in self.frontend_scopes
        return right.scope in self.scopes

    def require(self, right: Right) -> None:
        """Go on only with a right.

        Raises:
            ForbiddenError: the caller lacks it.
        """
        self.require_one(right)

    def require_one(self, *rights: Right) -> None:
        """Go on only with one of some rights.

        Raises:
            ForbiddenError: the caller lacks them all; it is told which would do.
        """
        if any(self.may(right) for right in rights):
            return
        if self.kind is not ViewerKind.FRONTEND_TOKEN:
            would_do = " or ".join(right.scope.name for right in rights)
            raise ForbiddenError(f"This needs the scope {would_do}.")
        scopes = [right.frontend_scope.name for right in rights if right.frontend_scope]
        if not scopes:
            raise ForbiddenError("No frontend token may do this: ask from your backend, by a key.")
        raise ForbiddenError(f"This needs the scope {' or '.join(scopes)} of the token.")


SECRET_KEY_VIEWER = Viewer(kind=ViewerKind.SECRET_KEY, scopes=frozenset(Scope))
