"""Tokens that a backend makes for its frontend."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import strawberry

from resolvers.access.token_minting import create_frontend_token
from schema.enums import FrontendScope, Provider
from schema.info import JunctureInfo
from schema.payload_errors import Complaint, ErrorsAsData, UserError

_USUAL_LIFE_S = 600


@strawberry.input(
    description="May be made for an external id that is not connected yet: with CONNECT, its "
    "browser can begin the authorisation of that id alone."
)
class CreateFrontendTokenInput:
    """Whom the token is for, what it may do, and for how long."""

    external_id: strawberry.ID = strawberry.field(
        description="Your own id; the token sees the connection of this one and no other."
    )
    provider: Provider = strawberry.field(default=Provider.JIRA, description="The linked system.")
    scopes: list[FrontendScope] = strawberry.field(description="What it may do; one at least.")
    expires_in_seconds: int | None = strawberry.field(
        default=_USUAL_LIFE_S, description="60 to 900."
    )


@strawberry.type(description="A token to hand to the browser.")
class FrontendTokenPayload:
    """A token to hand to the browser."""

    token: str | None = strawberry.field(
        description="Send it as `Authorization: Bearer <token>`; it is shown this once."
    )
    expires_at: datetime | None = strawberry.field(description="When it ends by itself.")
    errors: list[UserError] = strawberry.field(description="Empty where all went well.")


@dataclass(frozen=True, slots=True)
class _Minted:
    token: str | None = None
    expires_at: datetime | None = None
    errors: Sequence[Complaint] = ()


@strawberry.type
class FrontendTokenMutations:
    """Tokens that a backend makes for its frontend."""

    @strawberry.field(
        extensions=[ErrorsAsData(_Minted)],
        graphql_type=FrontendTokenPayload,
        description="Make a short-lived token for the browser of one external id. It is dead "
        "for ever once that id is disconnected, or the API key that made it is revoked or over. "
        "A key makes what it may do itself: READ takes GRAPH_READ beside TOKENS_MINT, WRITE takes "
        "GRAPH_READ and GRAPH_WRITE, CONNECT takes CONNECTIONS_WRITE.",
    )
    async def create_frontend_token(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            CreateFrontendTokenInput,
            strawberry.argument(description="Whom it is for, what it may do, how long."),
        ],
    ) -> _Minted:
        """Make a token for the browser of one external id."""
        life_s = input.expires_in_seconds
        minted = await create_frontend_token(
            info.context,
            external_id=input.external_id,
            provider=input.provider.value,
            scopes=input.scopes,
            expires_in_s=_USUAL_LIFE_S if life_s is None else life_s,
        )
        return _Minted(minted.token, minted.expires_at)
