"""Connections: the door to everything of Jira."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from jira_api import records
from resolvers.access import credentials as shown
from resolvers.access.credentials import find_access_token, find_credentials
from resolvers.boards import find_board, find_sprint, page_boards, resolve_project_id
from resolvers.custom_fields import load_fields
from resolvers.issues import find_issue, page_issues
from resolvers.linking.connections import (
    LinkedConnection,
    find_myself,
    find_selected_project,
)
from resolvers.pages import Page
from resolvers.projects import find_project, page_projects
from schema.argument_checks import CHECKED
from schema.arguments import After, First, page_size
from schema.board import Board, BoardConnection
from schema.connection_relations import ConnectionRelations
from schema.enums import AuthorizationKind, BoardType, ConnectionStatus, ErrorCode, Provider
from schema.info import JunctureInfo
from schema.issue import Issue, IssueConnection
from schema.issue_inputs import Filter, Jql, OrderBy, question
from schema.node import Node, node_type
from schema.people import User
from schema.project import Project, ProjectConnection
from schema.scalars import Json
from schema.selection import NODES, select_issue, select_names
from schema.site_catalogue import SiteCatalogue
from schema.site_metadata import Field
from schema.site_people import SitePeople
from schema.sprint import Sprint

Parent = strawberry.Parent[LinkedConnection]
IdOrKey = Annotated[
    strawberry.ID, strawberry.argument(description="A key, a number, or a global id.")
]
Id = Annotated[strawberry.ID, strawberry.argument(description="A number, or a global id.")]


@strawberry.type(description="One Atlassian tenant.")
class Site:
    """One Atlassian tenant."""

    cloud_id: strawberry.ID | None = strawberry.field(description="Null on Data Center.")
    name: str = strawberry.field(description="What people call it; several may bear one name.")
    url: str = strawberry.field(description="Where people open it.")
    avatar_url: str | None = strawberry.field(description="A picture of it.")


@strawberry.type(description="A token that Jira accepts now.")
class AccessToken:
    """A token that Jira accepts now."""

    token: str = strawberry.field(description="The bearer token.")
    expires_at: datetime = strawberry.field(description="When Jira stops accepting it.")


@strawberry.type(description="What keeps a connection alive.")
class Credentials:
    """What keeps a connection alive."""

    refresh_token: str | None = strawberry.field(description="Null for kinds without one.")
    expires_at: datetime | None = strawberry.field(description="When the grant ends unused.")
    is_invalid: bool = strawberry.field(description="Whether the grant is dead.")


@strawberry.type(
    name="ConnectionError", description="What a connection as a whole failed at, and when."
)
class LastError:
    """What a connection as a whole failed at, and when."""

    code: ErrorCode = strawberry.field(description="As the errors of answers tell it.")
    at: datetime = strawberry.field(description="When, to the minute.")


@node_type(
    LinkedConnection,
    key="connection_id",
    description="One link between one of your own ids and one Jira site.",
)
class Connection(SitePeople, SiteCatalogue, ConnectionRelations, Node):
    """One link between a caller's own id and one Jira site."""

    external_id: strawberry.ID = strawberry.field(description="Your own id of what is linked.")
    provider: Provider = strawberry.field(description="The linked system.")
    authorization_kind: AuthorizationKind = strawberry.field(description="How it is authorised.")
    status: ConnectionStatus = strawberry.field(description="Whether its grant is good.")
    needs_reauthorization: bool = strawberry.field(
        description="Whether its grant is dead: begin an authorisation of the external id."
    )
    scopes: list[str] = strawberry.field(description="What the person granted.")
    expires_at: datetime | None = strawberry.field(description="When the grant ends unused.")
    created_at: datetime = strawberry.field(description="When the external id was first linked.")
    updated_at: datetime = strawberry.field(description="When tokens or selection last changed.")
    last_used_at: datetime | None = strawberry.field(
        description="When Jira was last asked through it, to the minute."
    )
    last_error: LastError | None = strawberry.field(
        description="What it failed at last as a whole; null where all is well. The next refresh "
        "or authorisation that succeeds clears it."
    )
    site: Site = strawberry.field(description="The chosen site.")
    metadata: Json | None = strawberry.field(
        description="Whatever was attached with setConnectionMetadata; whoever may read the "
        "connection sees it, frontend tokens included."
    )
    selected_project_id: strawberry.ID | None = strawberry.field(
        description="From Juncture's own database: answers while Jira is down or the grant dead."
    )

    @strawberry.field(
        graphql_type=AccessToken | None,
        description="Needs CREDENTIALS_READ; audited. Kept until it is due, then refreshed. Null "
        "for kinds other than OAUTH2.",
    )
    async def access_token(root: Parent, info: JunctureInfo) -> shown.AccessToken | None:
        """A token that Jira accepts now."""
        return await find_access_token(info.context, root)

    @strawberry.field(
        graphql_type=Credentials | None,
        description="Needs CREDENTIALS_READ; audited. As stored: no call to Jira. Null for kinds "
        "other than OAUTH2.",
    )
    async def credentials(root: Parent, info: JunctureInfo) -> shown.Credentials | None:
        """What keeps the connection alive."""
        return await find_credentials(info.context, root)

    @strawberry.field(graphql_type=User | None, description="The person behind the connection.")
    async def myself(root: Parent, info: JunctureInfo) -> records.User:
        """The person behind the connection."""
        return await find_myself(info.context, root)

    @strawberry.field(
        extensions=CHECKED,
        graphql_type=Project | None,
        description="Null where none is selected or it is gone.",
    )
    async def selected_project(root: Parent, info: JunctureInfo) -> records.Project | None:
        """The selected project."""
        return await find_selected_project(info.context, root)

    @strawberry.field(
        extensions=CHECKED,
        graphql_type=ProjectConnection | None,
        description="The site's projects.",
    )
    async def projects(
        root: Parent,
        info: JunctureInfo,
        query: Annotated[
            str | None, strawberry.argument(description="A part of the key or name.")
        ] = None,
        first: First = 50,
        after: After = None,
    ) -> Page[records.Project]:
        """The site's projects."""
        return await page_projects(
            info.context,
            root.origin,
            query=query,
            selected=select_names(info, *NODES, type_name="Project"),
            first=page_size(first),
            after=after,
        )

    @strawberry.field(
        extensions=CHECKED,
        graphql_type=Project | None,
        description="A project; without an argument, the selected one.",
    )
    async def project(
        root: Parent,
        info: JunctureInfo,
        id_or_key: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="A key, a number, or a global id."),
        ] = None,
    ) -> records.Project | None:
        """A project; without an argument, the selected one."""
        if id_or_key is None:
            return await find_selected_project(info.context, root)
        return await find_project(info.context, root.origin, id_or_key)

    @strawberry.field(
        extensions=CHECKED,
        graphql_type=BoardConnection | None,
        description="Boards of the whole site, or of one project; null where there is no such one.",
    )
    async def boards(
        root: Parent,
        info: JunctureInfo,
        project_id_or_key: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="A key, a number, or a global id."),
        ] = None,
        type: Annotated[  # noqa: A002 - the contract's name
            BoardType | None, strawberry.argument(description="Of this kind alone.")
        ] = None,
        name: Annotated[str | None, strawberry.argument(description="A part of the name.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Page[records.Board] | None:
        """Boards."""
        project_id = None
        if project_id_or_key is not None:
            project_id = await resolve_project_id(info.context, root.origin, project_id_or_key)
            if project_id is None:
                return None
        return await page_boards(
            info.context,
            root.origin,
            project_id=project_id,
            board_type=type,
            name=name,
            first=page_size(first),
            after=after,
        )

    @strawberry.field(extensions=CHECKED, graphql_type=Board | None, description="A board.")
    async def board(root: Parent, info: JunctureInfo, board_id: Id) -> records.Board | None:
        """A board."""
        return await find_board(info.context, root.origin, board_id)

    @strawberry.field(extensions=CHECKED, graphql_type=Sprint | None, description="A sprint.")
    async def sprint(root: Parent, info: JunctureInfo, sprint_id: Id) -> records.Sprint | None:
        """A sprint."""
        return await find_sprint(info.context, root.origin, sprint_id)

    @strawberry.field(extensions=CHECKED, graphql_type=Issue | None, description="An issue.")
    async def issue(root: Parent, info: JunctureInfo, id_or_key: IdOrKey) -> records.Issue | None:
        """An issue."""
        return await find_issue(info.context, root.origin, id_or_key, select_issue(info, ()))

    @strawberry.field(
        extensions=CHECKED,
        graphql_type=IssueConnection | None,
        description="Issues of the whole site, newest first unless ordered otherwise.",
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
        """Issues of the whole site."""
        asked = question(condition=filter, order_by=order_by, first=first, after=after, jql=jql)
        return await page_issues(info.context, root.origin, asked, select_issue(info, *NODES))

    @strawberry.field(
        graphql_type=list[Field] | None, description="The site's fields; kept for ten minutes."
    )
    async def fields(root: Parent, info: JunctureInfo) -> Sequence[records.Field]:
        """The site's fields."""
        return await load_fields(info.context, root.origin)
