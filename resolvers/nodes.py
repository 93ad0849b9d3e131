"""Things by their global ids; an id is no permission, so its connection is checked again."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeAlias

from jira_api.changelogs import Change
from jira_api.client import JiraSession
from jira_api.comments import Comment
from jira_api.errors import NotFoundError
from jira_api.issue_parts import PartId
from jira_api.paths import NumericId, is_numeric_id, parse_account_id
from jira_api.projects import get_component, get_version
from jira_api.records import (
    Attachment,
    Board,
    Component,
    Field,
    Issue,
    IssueLink,
    IssueLinkType,
    IssueType,
    Origin,
    Priority,
    Project,
    Resolution,
    Sprint,
    Status,
    User,
    Version,
)
from jira_api.site_metadata import (
    list_issue_types,
    list_priorities,
    list_resolutions,
    list_statuses,
)
from jira_api.transitions import Transition
from jira_api.worklogs import Worklog
from resolvers.access.viewer import Right
from resolvers.attachments import get_attachment
from resolvers.boards import find_board, find_sprint
from resolvers.changelogs import find_change
from resolvers.comments import find_comment
from resolvers.context import Context
from resolvers.custom_fields import load_fields
from resolvers.defined import load_defined
from resolvers.errors import BadUserInputError
from resolvers.forms import find_transition
from resolvers.global_ids import GlobalId, parse_global_id
from resolvers.issues import Projection, find_issue
from resolvers.linking.connections import SEEING, LinkedConnection, link
from resolvers.loaders import PersonKey
from resolvers.part_references import find_part_id
from resolvers.projects import find_project
from resolvers.relations import find_link, list_issue_link_types
from resolvers.worklogs import find_worklog

Node: TypeAlias = (
    LinkedConnection
    | Project
    | Board
    | Sprint
    | Issue
    | IssueType
    | Status
    | Priority
    | Resolution
    | User
    | Component
    | Version
    | Field
    | Transition
    | Comment
    | IssueLink
    | IssueLinkType
    | Change
    | Worklog
    | Attachment
)
MOST_NODES = 100


async def find_node(context: Context, text: str, projection: Projection) -> Node | None:
    """What a global id names; None where it is gone, hidden, or the caller's no more.

    `projection` is what is wanted where it is an issue.

    Raises:
        BadUserInputError: the id was not made by Juncture.
        ForbiddenError: the caller may not read the graph.
        JiraApiError: the call failed.
    """
    context.viewer.require_one(*SEEING)
    named = parse_global_id(text)
    if named.type_name != "Connection":
        context.viewer.require(Right.READ_GRAPH)
    connection = await context.find_connection(named.connection_id)
    if connection is None:
        return None
    linked = link(context, connection)
    if named.type_name == "Connection":
        return linked
    origin = context.session(connection).origin
    if named.type_name == "Issue":
        return await find_issue(context, origin, _number(named), projection)
    find = _FINDERS.get(named.type_name)
    if find is None:
        raise BadUserInputError("`id` is not one of Juncture's ids.", argument="id")
    try:
        return await find(context, origin, named)
    except NotFoundError:
        return None


async def list_nodes(
    context: Context, texts: Sequence[str], projection: Projection
) -> list[Node | BaseException | None]:
    """What global ids name, in their order, side by side; an error in the place of what failed.

    Raises:
        BadUserInputError: more than 100 ids.
    """
    if len(texts) > MOST_NODES:
        raise BadUserInputError(f"`ids` takes {MOST_NODES} at most.", argument="ids")
    finds = [find_node(context, text, projection) for text in texts]
    return list(await asyncio.gather(*finds, return_exceptions=True))


def _number(named: GlobalId) -> NumericId:
    if not is_numeric_id(named.jira_id):
        raise BadUserInputError("`id` is not one of Juncture's ids.", argument="id")
    return NumericId(named.jira_id)


async def _once(
    context: Context,
    origin: Origin,
    named: GlobalId,
    get: Callable[[JiraSession, NumericId], Coroutine[Any, Any, Node]],
) -> Node:
    session, number = context.session_of(origin), _number(named)
    key = (origin.label, named.type_name, number)
    return await context.calls.once(key, lambda: get(session, number))


async def _project(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    return await find_project(context, origin, _number(named))


async def _board(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    return await find_board(context, origin, _number(named))


async def _sprint(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    return await find_sprint(context, origin, _number(named))


async def _issue_type(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    listed = await load_defined(context, origin, list_issue_types)
    return next((each for each in listed if each.issue_type_id == _number(named)), None)


async def _status(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    listed = await load_defined(context, origin, list_statuses)
    return next((each for each in listed if each.status_id == _number(named)), None)


async def _priority(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    listed = await load_defined(context, origin, list_priorities)
    return next((each for each in listed if each.priority_id == _number(named)), None)


async def _resolution(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    listed = await load_defined(context, origin, list_resolutions)
    return next((each for each in listed if each.resolution_id == _number(named)), None)


async def _component(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    return await _once(context, origin, named, get_component)


async def _version(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    return await _once(context, origin, named, get_version)


async def _user(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    return await context.users.load(PersonKey(origin.label, parse_account_id(named.jira_id)))


async def _attachment(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    return await get_attachment(context, origin, _number(named))


async def _field(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    listed = await load_fields(context, origin)
    return next((each for each in listed if each.field_id == named.jira_id), None)


async def _issue_link(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    return await find_link(context, origin, _part(named))


async def _issue_link_type(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    listed = await list_issue_link_types(context, origin)
    return next((each for each in listed if each.link_type_id == _number(named)), None)


async def _change(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    return await find_change(context, origin, _part(named))


async def _comment(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    return await find_comment(context, origin, _part(named))


async def _worklog(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    return await find_worklog(context, origin, _part(named))


def _part(named: GlobalId) -> PartId:
    part = find_part_id(named.jira_id)
    if part is None:
        raise BadUserInputError("`id` is not one of Juncture's ids.", argument="id")
    return part


_FINDERS: dict[str, Callable[[Context, Origin, GlobalId], Awaitable[Node | None]]] = {
    "Project": _project,
    "Board": _board,
    "Sprint": _sprint,
    "IssueType": _issue_type,
    "Status": _status,
    "Priority": _priority,
    "Resolution": _resolution,
    "Component": _component,
    "Version": _version,
    "User": _user,
    "Field": _field,
    "IssueLink": _issue_link,
    "IssueLinkType": _issue_link_type,
    "Change": _change,
    "Transition": find_transition,
    "Comment": _comment,
    "Worklog": _worklog,
    "Attachment": _attachment,
}
