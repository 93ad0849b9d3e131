"""Comments written, changed and taken away.

Writing one is two steps: everything that can be wrong with it is found before anything is sent.
"""

from dataclasses import dataclass

from jira_api import comments
from jira_api.comments import Comment
from jira_api.json_values import JsonObject
from jira_api.paths import IssueKey, NumericId
from jira_api.records import Origin
from resolvers.access.viewer import Right
from resolvers.changes.part_writes import (
    ISSUE,
    delete_part,
    of_known_issue,
    of_known_part,
    parse_reference,
    written,
)
from resolvers.context import Context
from resolvers.documents import RichTextSource, write_document
from resolvers.linking.connections import LinkedConnection
from resolvers.references import parse_issue

_TYPE = "Comment"
_BODY = "body"
COMMENT_ARGUMENTS = {"comment": _BODY}
"""Jira speaks of the text by the name of the field that holds all comments."""


@dataclass(frozen=True, slots=True)
class PreparedComment:
    """A comment that can be sent: its issue and its document."""

    origin: Origin
    issue: NumericId | IssueKey
    body: JsonObject


async def prepare_comment(
    context: Context, connection: LinkedConnection, id_or_key: str, body: RichTextSource
) -> PreparedComment:
    """What a new comment sends; nothing is changed yet.

    Raises:
        ForbiddenError: the caller may not change the graph.
        BadUserInputError: an argument has another form.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    origin = connection.origin
    issue = parse_issue(origin, id_or_key, argument=ISSUE)
    document = await write_document(context, origin, body, argument=_BODY)
    return PreparedComment(origin, issue, document)


async def add_comment(
    context: Context,
    connection: LinkedConnection,
    id_or_key: str,
    body: RichTextSource,
) -> Comment:
    """A new comment at the end of an issue's.

    Raises:
        ForbiddenError: the caller may not change the graph.
        BadUserInputError: an argument has another form.
        IssueUnknownError: absent or hidden.
        RefusedError: Jira refuses the text.
        OutcomeUnknownError: Jira's answer was lost; there may be a comment.
        JiraApiError: the call failed.
    """
    prepared = await prepare_comment(context, connection, id_or_key, body)
    session, issue = context.session_of(prepared.origin), prepared.issue
    made = comments.create_comment(session, issue, prepared.body)
    change = written(context, prepared.origin, made, arguments=COMMENT_ARGUMENTS)
    return await of_known_issue(issue, change)


async def update_comment(
    context: Context,
    connection: LinkedConnection,
    id_or_key: str,
    comment_id: str,
    body: RichTextSource,
) -> Comment:
    """Give a comment another text.

    Raises:
        ForbiddenError: the caller may not change the graph.
        BadUserInputError: an argument has another form.
        PartUnknownError: the issue or the comment is absent or hidden.
        RefusedError: Jira refuses the text.
        JiraApiError: the call failed.
    """
    part = parse_reference(context, connection, id_or_key, comment_id, _TYPE)
    document = await write_document(context, part.origin, body, argument=_BODY)
    session = context.session_of(part.origin)
    edited = comments.edit_comment(session, part.issue, part.number, document)
    change = written(context, part.origin, edited, arguments=COMMENT_ARGUMENTS)
    return await of_known_part(part, change)


async def delete_comment(
    context: Context, connection: LinkedConnection, id_or_key: str, comment_id: str
) -> str:
    """Take a comment away; the global id that it had.

    Raises:
        ForbiddenError: the caller may not change the graph.
        BadUserInputError: an argument has another form.
        IssueUnknownError: absent or hidden.
        PartUnknownError: the comment is.
        JiraApiError: the call failed.
    """
    part = parse_reference(context, connection, id_or_key, comment_id, _TYPE)
    return await delete_part(context, part, comments.delete_comment, arguments=COMMENT_ARGUMENTS)
