"""Projects of a connection."""

from collections.abc import Collection, Sequence

from jira_api.errors import NotFoundError
from jira_api.paths import NumericId, ProjectKey
from jira_api.projects import (
    EXPANDABLE,
    get_component,
    get_project,
    list_components,
    search_projects,
)
from jira_api.records import Component, Origin, Project, ProjectDetails, User
from resolvers.arguments import check_page_size, check_text
from resolvers.context import Context
from resolvers.cursors import Cursors
from resolvers.pages import Page, page_at
from resolvers.references import parse_project

_LONGEST_QUERY = 255


async def find_project(context: Context, origin: Origin, id_or_key: str) -> Project | None:
    """One project with its details; None where Jira knows none, or hides it.

    Raises:
        BadUserInputError: the id or key has another form.
        JiraApiError: the call failed.
    """
    reference = parse_project(origin, id_or_key)
    try:
        return await _load_project(context, origin, reference)
    except NotFoundError:
        return None


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

    Raises:
        JiraApiError: the call failed.
    """
    details = project.details
    if details is None or (whole and details.components is None):
        reference = NumericId(project.project_id)
        details = (await _load_project(context, project.origin, reference)).details
    return details or _NO_DETAILS


async def list_whole_components(context: Context, project: Project) -> Sequence[Component]:
    """The components of a project with their leads, in one call.

    Raises:
        JiraApiError: the call failed.
    """
    session, project_id = context.session_of(project.origin), NumericId(project.project_id)
    return await context.calls.once(
        (project.origin.label, "components", project_id),
        lambda: list_components(session, project_id),
    )


async def find_component_lead(context: Context, component: Component) -> User | None:
    """Who leads a component: lists of components do not tell.

    Raises:
        JiraApiError: the call failed.
    """
    if component.is_whole or component.lead is not None:
        return component.lead
    session = context.session_of(component.origin)
    component_id = NumericId(component.component_id)
    key = (component.origin.label, "component", component_id)
    return (await context.calls.once(key, lambda: get_component(session, component_id))).lead


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
