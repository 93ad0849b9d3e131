"""What happens to connections after they were linked: notes attached to them, and their end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from resolvers.errors import BadUserInputError
from resolvers.linking.connection_metadata import attach_metadata
from resolvers.linking.disconnection import disconnect
from schema.connection_mutations import ChangedConnection, ConnectionPayload
from schema.info import JunctureInfo
from schema.payload_errors import Complaint, ErrorsAsData, UserError
from schema.references import ConnectionRef, connection_reference
from schema.scalars import Json, read_json


@strawberry.input(description="Which connection to take away.")
class DisconnectInput:
    """Which connection to take away."""

    connection: ConnectionRef = strawberry.field(description="The connection.")


@strawberry.input(description="What to attach to which connection.")
class SetConnectionMetadataInput:
    """What to attach to which connection."""

    connection: ConnectionRef = strawberry.field(description="The connection.")
    metadata: Json | None = strawberry.field(
        default=strawberry.UNSET,
        description="Any JSON of 64 KiB at most, in the place of what was there; null clears. "
        "Put no secret in it.",
    )


@strawberry.type(description="The connection that is no more.")
class DisconnectPayload:
    """The connection that is no more."""

    disconnected_id: strawberry.ID | None = strawberry.field(
        description="The global id that it had; null where nothing was taken away."
    )
    errors: list[UserError] = strawberry.field(description="Empty where all went well.")


@dataclass(frozen=True, slots=True)
class _Disconnected:
    disconnected_id: str | None = None
    errors: Sequence[Complaint] = ()


@strawberry.type
class ConnectionChanges:
    """What happens to connections after they were linked."""

    @strawberry.field(
        extensions=[ErrorsAsData(_Disconnected)],
        graphql_type=DisconnectPayload,
        description="Take a connection away with its tokens; needs CONNECTIONS_WRITE. Within a "
        "second no process uses them any more: work under way for it ends with "
        "CONNECTION_NOT_FOUND, and its frontend tokens, start links and open consents are dead. "
        "Atlassian has no way to revoke a grant: the person removes the app under Connected apps "
        "of their Atlassian account.",
    )
    async def disconnect(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            DisconnectInput, strawberry.argument(description="Which connection.")
        ],
    ) -> _Disconnected:
        """Take a connection away with its tokens."""
        reference = connection_reference(input.connection)
        return _Disconnected(await disconnect(info.context, reference))

    @strawberry.field(
        extensions=[ErrorsAsData(ChangedConnection)],
        graphql_type=ConnectionPayload,
        description="Attach a JSON value of your own to a connection; needs CONNECTIONS_WRITE. "
        "It stays when the connection is authorised again.",
    )
    async def set_connection_metadata(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            SetConnectionMetadataInput,
            strawberry.argument(description="What to attach to which connection."),
        ],
    ) -> ChangedConnection:
        """Attach a JSON value of the caller's own to a connection."""
        if input.metadata is strawberry.UNSET:
            raise BadUserInputError(
                "`metadata` has to be named; null takes it away.", argument="metadata"
            )
        metadata = read_json(input.metadata)
        reference = connection_reference(input.connection)
        return ChangedConnection(await attach_metadata(info.context, reference, metadata))
