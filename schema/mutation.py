"""Where changing begins: one input, one payload."""

import strawberry

from schema.attachment_mutations import AttachmentMutations
from schema.comment_mutations import CommentMutations
from schema.connection_changes import ConnectionChanges
from schema.connection_mutations import ConnectionMutations
from schema.frontend_tokens import FrontendTokenMutations
from schema.issue_moves import IssueMoves
from schema.issue_mutations import IssueMutations
from schema.relation_mutations import RelationMutations
from schema.site_tokens import SiteTokenMutations
from schema.worklog_mutations import WorklogMutations


@strawberry.type(description="Everything that can be changed.")
class Mutation(
    ConnectionMutations,
    SiteTokenMutations,
    ConnectionChanges,
    IssueMutations,
    RelationMutations,
    IssueMoves,
    CommentMutations,
    WorklogMutations,
    AttachmentMutations,
    FrontendTokenMutations,
):
    """Everything that can be changed."""
