"""Where changing begins: one input, one payload."""

import strawberry

from schema.connection_changes import ConnectionChanges
from schema.connection_mutations import ConnectionMutations
from schema.frontend_tokens import FrontendTokenMutations
from schema.issue_mutations import IssueMutations
from schema.site_tokens import SiteTokenMutations


@strawberry.type(description="Everything that can be changed.")
class Mutation(
    ConnectionMutations,
    SiteTokenMutations,
    ConnectionChanges,
    IssueMutations,
    FrontendTokenMutations,
):
    """Everything that can be changed."""
