"""Where changing begins: one input, one payload."""

import strawberry

from schema.connection_mutations import ConnectionMutations
from schema.issue_mutations import IssueMutations


@strawberry.type(description="Everything that can be changed.")
class Mutation(ConnectionMutations, IssueMutations):
    """Everything that can be changed."""
