"""Projects, and pages of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from jira_api import records
from resolvers.boards import list_project_sprints, page_boards, page_project_sprints
from resolvers.issues import page_project_issues
from resolvers.pages import Page
from resolvers.projects import list_whole_components, load_details
from schema.arguments import After, First, States, chosen_states, page_size
from schema.enums import BoardType, SprintState
from schema.info import JunctureInfo
from schema.issue_inputs import Filter, Jql, OrderBy, question
from schema.node import Node, node_type
from schema.pages import PageInfo
from schema.people import User
from schema.permissions import PermittedProject
from schema.project_forms import ProjectForms
from schema.project_people import ProjectPeople
from schema.selection import NODES, select_issue, select_names
from schema.site_metadata import Component, IssueType, Version

if TYPE_CHECKING:
    from schema.board import BoardConnection
    from schema.issue import IssueConnection
    from schema.sprint import Sprint, SprintConnection

Parent = strawberry.Parent[records.Project]
Boards = Annotated["BoardConnection", strawberry.lazy("schema.board")]
Sprints = Annotated["SprintConnection", strawberry.lazy("schema.sprint")]
OneSprint = Annotated["Sprint", strawberry.lazy("schema.sprint")]
Issues = Annotated["IssueConnection", strawberry.lazy("schema.issue")]


@node_type(records.Project, key="project_id", description="A project.")
class Project(ProjectForms, PermittedProject, ProjectPeople, Node):
    """A project; what an embedded one lacks is fetched once for all that ask."""

    project_id: strawberry.ID = strawberry.field(description="Jira's id, which never changes.")
    key: str = strawberry.field(description="Such as PROJ; an administrator can change it.")
    name: str = strawberry.field(description="What people call it.")
    url: str = strawberry.field(description="The page that people open.")
    avatar_url: str | None = strawberry.field(description="A picture of 48 by 48 pixels.")
    type: str | None = strawberry.field(description="software, service_desk or business.")

    @strawberry.field(description="What it is about.")
    async def description(root: Parent, info: JunctureInfo) -> str | None:
        """What it is about."""
        return (await load_details(info.context, root)).description

    @strawberry.field(description="The category that administrators put it in.")
    async def category(root: Parent, info: JunctureInfo) -> str | None:
        """The category that administrators put it in."""
        return (await load_details(info.context, root)).category

    @strawberry.field(description="Whether it is a private team-managed project.")
    async def is_private(root: Parent, info: JunctureInfo) -> bool | None:
        """Whether it is a private team-managed project."""
        return (await load_details(info.context, root)).is_private

    @strawberry.field(description="Whether it is archived.")
    async def is_archived(root: Parent, info: JunctureInfo) -> bool | None:
        """Whether it is archived."""
        return (await load_details(info.context, root)).is_archived

    @strawberry.field(graphql_type=User | None, description="Who leads it.")
    async def lead(root: Parent, info: JunctureInfo) -> records.User | None:
        """Who leads it."""
        return (await load_details(info.context, root)).lead

    @strawberry.field(
        graphql_type=list[IssueType] | None, description="The kinds of work that it knows."
    )
    async def issue_types(root: Parent, info: JunctureInfo) -> tuple[records.IssueType, ...] | None:
        """The kinds of work that it knows."""
        return (await load_details(info.context, root)).issue_types

    @strawberry.field(graphql_type=list[Component] | None, description="Its parts.")
    async def components(root: Parent, info: JunctureInfo) -> Sequence[records.Component] | None:
        """Its parts."""
        if "lead" in select_names(info, (), type_name="Component"):
            return await list_whole_components(info.context, root)
        return (await load_details(info.context, root, whole=True)).components

    @strawberry.field(graphql_type=list[Version] | None, description="Its releases.")
    async def versions(root: Parent, info: JunctureInfo) -> tuple[records.Version, ...] | None:
        """Its releases."""
        return (await load_details(info.context, root, whole=True)).versions

    @strawberry.field(graphql_type=Boards | None, description="Its boards.")
    async def boards(
        root: Parent,
        info: JunctureInfo,
        type: Annotated[  # noqa: A002 - the contract's name
            BoardType | None, strawberry.argument(description="Of this kind alone.")
        ] = None,
        first: First = 50,
        after: After = None,
    ) -> Page[records.Board]:
        """Its boards."""
        return await page_boards(
            info.context,
            root.origin,
            project_id=root.project_id,
            board_type=type,
            name=None,
            first=page_size(first),
            after=after,
        )

    @strawberry.field(
        graphql_type=Sprints | None, description="The sprints of all its boards, each once."
    )
    async def sprints(
        root: Parent,
        info: JunctureInfo,
        states: States = None,
        first: First = 50,
        after: After = None,
    ) -> Page[records.Sprint]:
        """The sprints of all its boards, each once."""
        return await page_project_sprints(
            info.context,
            root,
            states=chosen_states(states),
            first=page_size(first),
            after=after,
        )

    @strawberry.field(
        graphql_type=list[OneSprint] | None, description="The active sprints of all its boards."
    )
    async def active_sprints(root: Parent, info: JunctureInfo) -> list[records.Sprint]:
        """The active sprints of all its boards."""
        return await list_project_sprints(info.context, root, {SprintState.ACTIVE})

    @strawberry.field(
        graphql_type=Issues | None,
        description="Its issues, newest first unless ordered otherwise.",
    )
    async def issues(
        root: Parent,
        info: JunctureInfo,
        filter: Filter = None,  # noqa: A002 - the contract's name
        jql: Jql = None,
        order_by: OrderBy = None,
        first: First = 50,
        after: After = None,
    ) -> Page[records.Issue]:
        """Its issues."""
        asked = question(condition=filter, order_by=order_by, first=first, after=after, jql=jql)
        return await page_project_issues(info.context, root, asked, select_issue(info, *NODES))


@strawberry.type(description="A project with its cursor.")
class ProjectEdge:
    """A project with its cursor."""

    cursor: str = strawberry.field(description="The place behind it.")
    node: Project = strawberry.field(description="The project.")


@strawberry.type(description="A page of projects.")
class ProjectConnection:
    """A page of projects."""

    edges: list[ProjectEdge] = strawberry.field(description="The projects, each with its cursor.")
    nodes: list[Project] = strawberry.field(description="The projects.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    total_count: int | None = strawberry.field(description="How many there are in all.")
