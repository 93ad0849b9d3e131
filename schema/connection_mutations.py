"""Linking, and what a connection works on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import strawberry

from resolvers.access.viewer import Right
from resolvers.errors import BadUserInputError
from resolvers.linking.authorization import begin_authorization
from resolvers.linking.connections import LinkedConnection, choose_project, get_referenced
from schema.connection import Connection
from schema.enums import Provider
from schema.info import JunctureInfo
from schema.payload_errors import Complaint, ErrorsAsData, UserError
from schema.references import ConnectionRef, ProjectRef, connection_reference, project_reference


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
        default=None,
        description="The connection; a key has to name it, a frontend token means its own.",
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
class ChangedConnection:
    """What a `ConnectionPayload` is read from."""

    connection: LinkedConnection | None = None
    errors: Sequence[Complaint] = ()


@dataclass(frozen=True, slots=True)
class _Begun:
    authorization_uri: str | None = None
    expires_at: datetime | None = None
    errors: Sequence[Complaint] = ()


@strawberry.type
class ConnectionMutations:
    """Linking, and what a connection works on."""

    @strawberry.field(
        extensions=[ErrorsAsData(_Begun)],
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
        begun = await begin_authorization(
            info.context,
            external_id=input.external_id,
            provider=input.provider.value,
            return_to=input.return_to,
        )
        return _Begun(begun.uri, begun.expires_at)

    @strawberry.field(
        extensions=[ErrorsAsData(ChangedConnection)],
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
    ) -> ChangedConnection:
        """Select the project that a connection works on."""
        reference = connection_reference(input.connection)
        if input.project is strawberry.UNSET:
            raise BadUserInputError(
                "`project` has to be named; null takes the selection away.", argument="project"
            )
        project = project_reference(input.project)
        connection = await get_referenced(info.context, reference, Right.SELECT_PROJECT)
        return ChangedConnection(await choose_project(info.context, connection, project))
