"""Projects of a connection."""

from collections.abc import Awaitable, Collection, Sequence
from typing import TypeVar

from jira_api.errors import NotFoundError
from jira_api.paths import NumericId, ProjectKey
from jira_api.projects import (
    EXPANDABLE,
    get_project,
    list_components,
    search_projects,
)
from jira_api.records import Component, Origin, Project, ProjectDetails, User
from resolvers.arguments import check_page_size, check_text
from resolvers.context import Context
from resolvers.cursors import Cursors
from resolvers.pages import Page, page_at
from resolvers.project_loaders import ComponentKey, DetailsKey
from resolvers.references import parse_project

T = TypeVar("T")
_LONGEST_QUERY = 255


async def find_project(context: Context, origin: Origin, id_or_key: str) -> Project | None:
    """One project with its details; None where Jira knows none, or hides it.

    Raises:
        BadUserInputError: the id or key has another form.
        JiraApiError: the call failed.
    """
    return await _find(_load_project(context, origin, parse_project(origin, id_or_key)))


async def page_projects(
    context: Context,
    origin: Origin,
    *,
    query: str | None,
    selected: Collection[str],
    first: int,
    after: str | None,
) -> Page[Project]:
    """A page of the site's projects, with as much detail as `selected` names.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: a call failed.
    """
    check_page_size(first)
    if query is not None:
        check_text(query, argument="query", longest=_LONGEST_QUERY)
    session = context.session_of(origin)
    expand = EXPANDABLE.intersection(selected)

    cursors = Cursors(context.services.ring, f"{origin.label} projects {query!r}")
    start = cursors.read(after).offset
    found = await context.calls.once(
        (origin.label, "projects", query, expand, start, first),
        lambda: search_projects(session, query=query, expand=expand, start=start, size=first),
    )
    return page_at(found, cursors, start=start)


async def load_details(
    context: Context, project: Project, *, whole: bool = False
) -> ProjectDetails:
    """What an embedded project lacks; `whole` with components and versions.

    It has none where the project is hidden by now.

    Raises:
        JiraApiError: the call failed.
    """
    details, origin = project.details, project.origin
    project_id = NumericId(project.project_id)
    found: Project | None = project
    if whole and (details is None or details.components is None):
        found = await _find(_load_project(context, origin, project_id))
    elif details is None:
        found = await context.projects.projects.load(DetailsKey(origin.label, project_id))
    return (found.details if found else None) or _NO_DETAILS


async def list_whole_components(context: Context, project: Project) -> Sequence[Component] | None:
    """The components of a project with their leads, in one call; None where it is hidden by now.

    Raises:
        JiraApiError: the call failed.
    """
    session, project_id = context.session_of(project.origin), NumericId(project.project_id)
    listed = context.calls.once(
        (project.origin.label, "components", project_id),
        lambda: list_components(session, project_id),
    )
    return await _find(listed)


async def find_component_lead(context: Context, component: Component) -> User | None:
    """Who leads a component: what carries it does not tell. None where it is gone by now.

    Raises:
        JiraApiError: the call failed.
    """
    if component.is_whole or component.lead is not None:
        return component.lead
    project_id = None if component.project_id is None else NumericId(component.project_id)
    key = ComponentKey(component.origin.label, NumericId(component.component_id), project_id)
    found = await context.projects.components.load(key)
    return found.lead if found else None


async def _find(call: Awaitable[T]) -> T | None:
    try:
        return await call
    except NotFoundError:
        return None


async def _load_project(
    context: Context, origin: Origin, reference: NumericId | ProjectKey
) -> Project:
    session = context.session_of(origin)
    key = (origin.label, "project", reference)
    return await context.calls.once(key, lambda: get_project(session, reference))


_NO_DETAILS = ProjectDetails(
    description=None,
    category=None,
    is_private=None,
    is_archived=None,
    lead=None,
    issue_types=None,
    components=None,
    versions=None,
)
