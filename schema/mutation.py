"""Where changing begins: one input, one payload."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import strawberry

from resolvers.authorization import begin_authorization
from resolvers.connections import (
    ConnectionReference,
    LinkedConnection,
    ProjectReference,
    choose_project,
    get_referenced,
)
from resolvers.errors import EXPECTED, BadUserInputError
from schema.connection import Connection
from schema.enums import Provider
from schema.info import JunctureInfo
from schema.payload_errors import Complaint, UserError, complaint_of


@strawberry.input(one_of=True, description="One of: your own id, or the connection's global id.")
class ConnectionRef:
    """One of: the caller's own id, or the connection's global id."""

    external_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Your own id."
    )
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The connection's global id."
    )


@strawberry.input(one_of=True, description="One of: a project's id, or its key.")
class ProjectRef:
    """One of: a project's id, or its key."""

    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Jira's id; no call is made for it."
    )
    key: str | None = strawberry.field(default=strawberry.UNSET, description="Such as PROJ.")


@strawberry.input(description="Whom to send to Jira's consent, and where to send them after.")
class BeginAuthorizationInput:
    """Whom to send to the consent, and where to send them after."""

    external_id: strawberry.ID = strawberry.field(description="Your own id of what is linked.")
    provider: Provider = strawberry.field(default=Provider.JIRA, description="The system to link.")
    return_to: str | None = strawberry.field(
        default=None,
        description="An allow-listed URL; it gets ?juncture=connected|denied|failed.",
    )


@strawberry.input(description="Null takes the selection away.")
class SelectProjectInput:
    """Which connection works on which project."""

    connection: ConnectionRef | None = strawberry.field(
        default=None, description="The connection; a secret key has to name it."
    )
    project: ProjectRef | None = strawberry.field(
        default=strawberry.UNSET, description="The project; null takes the selection away."
    )


@strawberry.type(description="The link that a person opens.")
class BeginAuthorizationPayload:
    """The link that a person opens."""

    authorization_uri: str | None = strawberry.field(
        description="Open it in the person's browser; it may be opened again."
    )
    expires_at: datetime | None = strawberry.field(description="Until when it opens.")
    errors: list[UserError] = strawberry.field(description="Empty where all went well.")


@strawberry.type(description="The connection as it is now.")
class ConnectionPayload:
    """The connection as it is now."""

    connection: Connection | None = strawberry.field(description="Null where it was not changed.")
    errors: list[UserError] = strawberry.field(description="Empty where all went well.")


@dataclass(frozen=True, slots=True)
class _Begun:
    authorization_uri: str | None = None
    expires_at: datetime | None = None
    errors: tuple[Complaint, ...] = ()


@dataclass(frozen=True, slots=True)
class _Changed:
    connection: LinkedConnection | None = None
    errors: tuple[Complaint, ...] = ()


@strawberry.type(description="Everything that can be changed.")
class Mutation:
    """Everything that can be changed."""

    @strawberry.field(
        graphql_type=BeginAuthorizationPayload,
        description="Start linking an external id; nothing of an existing connection changes "
        "before a person has chosen a site.",
    )
    async def begin_authorization(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            BeginAuthorizationInput, strawberry.argument(description="Whom and where to.")
        ],
    ) -> _Begun:
        """Start linking an external id."""
        try:
            begun = await begin_authorization(
                info.context,
                external_id=input.external_id,
                provider=input.provider.value,
                return_to=input.return_to,
            )
        except EXPECTED as error:
            return _Begun(errors=(complaint_of(error),))
        return _Begun(begun.uri, begun.expires_at)

    @strawberry.field(
        graphql_type=ConnectionPayload,
        description="Select the project that a connection works on. By id it makes no call "
        "to Jira.",
    )
    async def select_project(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            SelectProjectInput, strawberry.argument(description="Which connection, which project.")
        ],
    ) -> _Changed:
        """Select the project that a connection works on."""
        try:
            reference = _connection_reference(input.connection)
            project = _project_reference(input.project)
            connection = await get_referenced(info.context, reference)
            return _Changed(await choose_project(info.context, connection, project))
        except EXPECTED as error:
            return _Changed(errors=(complaint_of(error),))


def _connection_reference(given: ConnectionRef | None) -> ConnectionReference:
    if given is None:
        raise BadUserInputError(
            "`connection` has to be named: a secret key opens many.", argument="connection"
        )
    return ConnectionReference(
        external_id=None if given.external_id is strawberry.UNSET else given.external_id,
        global_id=None if given.id is strawberry.UNSET else given.id,
    )


def _project_reference(given: ProjectRef | None) -> ProjectReference | None:
    if given is strawberry.UNSET:
        raise BadUserInputError(
            "`project` has to be named; null takes the selection away.", argument="project"
        )
    if given is None:
        return None
    return ProjectReference(
        project_id=None if given.id is strawberry.UNSET else given.id,
        key=None if given.key is strawberry.UNSET else given.key,
    )
