"""Closed lists of Jira's and Juncture's own; they may grow, so clients keep a default branch.

Types take them from here: strawberry must have met an enumeration before a type names it.
"""

import enum

import strawberry

from jira_api.issue_filter import Direction, OrderField
from jira_api.records import BoardType, LinkDirection, SprintState, StatusCategory
from resolvers.access.viewer import FrontendScope, Scope, ViewerKind
from resolvers.errors import ErrorCode
from resolvers.linking.connections import ConnectionStatus
from storage.records import AuthorizationKind

__all__ = [
    "AuthorizationKind",
    "BoardType",
    "ConnectionStatus",
    "Direction",
    "ErrorCode",
    "FrontendScope",
    "LinkDirection",
    "OrderField",
    "Provider",
    "Scope",
    "SprintState",
    "StatusCategory",
    "ViewerKind",
]


@strawberry.enum(description="The linked systems.")
class Provider(enum.Enum):
    """The linked systems, by the names that rows and routes use."""

    JIRA = "jira"


strawberry.enum(
    ConnectionStatus,
    description="Whether a grant is good, past its stored end (one more try is made), or dead.",
)
strawberry.enum(AuthorizationKind, description="How Jira is asked to trust the requests.")
strawberry.enum(Scope, description="A right of a key.")
strawberry.enum(
    FrontendScope, description="A right of a frontend token, for its one external id alone."
)
strawberry.enum(ViewerKind, description="What the caller showed.")
strawberry.enum(ErrorCode, description="Every code that an answer can carry.")
strawberry.enum(
    LinkDirection,
    description="Whether a link leads to the issue that holds it, or away from it.",
)
strawberry.enum(BoardType, description="How a board is worked with; SIMPLE is a team-managed one.")
strawberry.enum(SprintState, description="Where a sprint stands.")
strawberry.enum(StatusCategory, description="Jira's three stages of work.")
strawberry.enum(OrderField, name="IssueOrderField", description="What issues are ordered by.")
strawberry.enum(Direction, name="SortDirection", description="Which end comes first.")
