"""Who asks, and what they may do."""

from dataclasses import dataclass
from enum import Enum, auto

from resolvers.errors import ForbiddenError


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


class ViewerKind(Enum):
    """What a caller showed."""

    SECRET_KEY = auto()
    API_KEY = auto()
    FRONTEND_TOKEN = auto()


@dataclass(frozen=True, slots=True)
class Viewer:
    """A caller, after authentication."""

    kind: ViewerKind
    scopes: frozenset[Scope]

    def require(self, scope: Scope) -> None:
        """Go on only with a right.

        Raises:
            ForbiddenError: the caller lacks it.
        """
        if scope not in self.scopes:
            raise ForbiddenError(f"This needs the scope {scope.name}.")


SECRET_KEY_VIEWER = Viewer(kind=ViewerKind.SECRET_KEY, scopes=frozenset(Scope))
