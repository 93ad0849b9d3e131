"""Projects, their components and their versions.

Source: Jira Cloud platform REST v3, groups Projects, Project components and Project versions,
read 2026-11.
"""

from collections.abc import Collection, Sequence

from jira_api.client import JiraSession
from jira_api.json_values import as_listing, as_object
from jira_api.pages import OffsetPage, read_page
from jira_api.paths import NumericId, ProjectKey, join_path
from jira_api.records import Component, Project, Version

EXPANDABLE = frozenset({"description", "lead", "issueTypes"})
PROJECTS_BULK_SIZE = 50
_SEARCH = "/rest/api/3/project/search"


async def search_projects(
    session: JiraSession, *, query: str | None, expand: Collection[str], start: int, size: int
) -> OffsetPage[Project]:
    """Projects whose key or name holds `query`, in Jira's order; `expand` is of `EXPANDABLE`.

    Raises:
        JiraApiError: a call failed.
    """
    parameters = {"query": query, "expand": ",".join(sorted(expand))}
    return await read_page(
        session,
        _SEARCH,
        session.decode.project,
        {name: value for name, value in parameters.items() if value},
        start=start,
        size=size,
    )


async def fetch_projects(
    session: JiraSession, project_ids: Sequence[NumericId]
) -> Sequence[Project]:
    """Up to `PROJECTS_BULK_SIZE` projects, without components and versions.

    Those that are absent, hidden or archived are left out.

    Raises:
        JiraApiError: the call failed.
    """
    parameters = {"id": list(project_ids), "expand": ",".join(sorted(EXPANDABLE))}
    size = len(project_ids)
    found = await read_page(
        session, _SEARCH, session.decode.project, parameters, start=0, size=size
    )
    return found.items


async def get_project(session: JiraSession, id_or_key: NumericId | ProjectKey) -> Project:
    """One project with all its details.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(join_path("/rest/api/3/project/{}", id_or_key))
    return session.decode.project(as_object(raw, "a project"))


async def get_component(session: JiraSession, component_id: NumericId) -> Component:
    """One component, with its lead.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(join_path("/rest/api/3/component/{}", component_id))
    return session.decode.whole_component(as_object(raw, "a component"))


async def list_components(session: JiraSession, project_id: NumericId) -> Sequence[Component]:
    """The components of a project, with their leads.

    Raises:
        NotFoundError: no such project, or it is hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(join_path("/rest/api/3/project/{}/components", project_id))
    listed = as_listing(raw, "a list of components")
    return tuple(session.decode.whole_component(as_object(each, "a component")) for each in listed)


async def get_version(session: JiraSession, version_id: NumericId) -> Version:
    """One version.

    Raises:
        NotFoundError: absent or hidden.
        JiraApiError: the call failed.
    """
    raw = await session.get(join_path("/rest/api/3/version/{}", version_id))
    return session.decode.version(as_object(raw, "a version"))
