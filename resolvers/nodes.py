"""Things by their global ids; an id is no permission, so its connection is checked again."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeAlias, TypeVar

from jira_api.client import JiraSession
from jira_api.errors import NotFoundError
from jira_api.paths import NumericId, is_numeric_id, parse_account_id
from jira_api.projects import get_component, get_version
from jira_api.records import (
    Board,
    Component,
    Field,
    Issue,
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
from resolvers.boards import find_board, find_sprint
from resolvers.connections import SEEING, LinkedConnection, link
from resolvers.context import Context
from resolvers.custom_fields import load_fields
from resolvers.errors import BadUserInputError
from resolvers.global_ids import GlobalId, parse_global_id
from resolvers.issues import Projection, find_issue
from resolvers.loaders import PersonKey
from resolvers.projects import find_project
from resolvers.viewer import Right

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
)
MOST_NODES = 100
T = TypeVar("T")


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


async def _listed(
    context: Context,
    origin: Origin,
    list_all: Callable[[JiraSession], Coroutine[Any, Any, Sequence[T]]],
) -> Sequence[T]:
    """What a site defines, in one call for all that ask."""
    session = context.session_of(origin)
    return await context.calls.once((origin.label, list_all), lambda: list_all(session))


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
    listed = await _listed(context, origin, list_issue_types)
    return next((each for each in listed if each.issue_type_id == _number(named)), None)


async def _status(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    listed = await _listed(context, origin, list_statuses)
    return next((each for each in listed if each.status_id == _number(named)), None)


async def _priority(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    listed = await _listed(context, origin, list_priorities)
    return next((each for each in listed if each.priority_id == _number(named)), None)


async def _resolution(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    listed = await _listed(context, origin, list_resolutions)
    return next((each for each in listed if each.resolution_id == _number(named)), None)


async def _component(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    return await _once(context, origin, named, get_component)


async def _version(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    return await _once(context, origin, named, get_version)


async def _user(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    return await context.users.load(PersonKey(origin.label, parse_account_id(named.jira_id)))


async def _field(context: Context, origin: Origin, named: GlobalId) -> Node | None:
    listed = await load_fields(context, origin)
    return next((each for each in listed if each.field_id == named.jira_id), None)


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
}
