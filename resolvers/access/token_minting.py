"""New frontend tokens, for backends that may make them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from pydantic import JsonValue

from resolvers.access.frontend_tokens import (
    DISCONNECTIONS_KEPT_FOR,
    LONGEST_LIFE,
    SHORTEST_LIFE,
    MintedToken,
)
from resolvers.access.viewer import FrontendScope, Right
from resolvers.arguments import check_external_id
from resolvers.context import Context
from resolvers.errors import BadUserInputError
from storage.audit import AuditKind, Subject, append_event
from storage.disconnections import delete_old_disconnections
from storage.records import LinkedId

_NEEDED: Final = {
    FrontendScope.READ: (Right.READ_GRAPH,),
    FrontendScope.WRITE: (Right.READ_GRAPH, Right.WRITE_GRAPH),
    FrontendScope.CONNECT: (Right.BEGIN_AUTHORIZATION,),
}
"""What the caller has to have itself, for each scope of the token."""


async def create_frontend_token(
    context: Context,
    *,
    external_id: str,
    provider: str,
    scopes: Sequence[FrontendScope],
    expires_in_s: int,
) -> MintedToken:
    """A token for one external id, connected or not yet; given once the event is kept.

    It can do no more than who makes it, and is dead with the API key that made it.

    Raises:
        ForbiddenError: the caller may not make tokens, or not do what this one could.
        BadUserInputError: the external id has another form, no scope is named, or the time is
            shorter than a minute or longer than fifteen.
        StorageError: the event could not be kept.
    """
    context.viewer.require(Right.MINT_TOKENS)
    for right in dict.fromkeys(right for scope in scopes for right in _NEEDED[scope]):
        context.viewer.require(right)
    linked_id = LinkedId(check_external_id(external_id), provider)
    lifetime = _check_lifetime(expires_in_s)
    if not scopes:
        raise BadUserInputError("`scopes` takes one scope at least.", argument="scopes")
    services = context.services
    minted = services.frontend_tokens.mint(linked_id, scopes, lifetime, maker=context.viewer.key_id)
    details: dict[str, JsonValue] = {
        "tokenId": minted.token_id,
        "scopes": [scope.name for scope in FrontendScope if scope in scopes],
        "expiresAt": minted.expires_at.isoformat(),
    }
    async with services.database.transaction() as queries:
        before = context.now - DISCONNECTIONS_KEPT_FOR
        await delete_old_disconnections(queries, before=before)
        await append_event(
            queries,
            services.ring,
            AuditKind.FRONTEND_TOKEN_MINTED,
            now=context.now,
            subject=Subject(linked_id.external_id, linked_id.provider),
            details=details,
        )
    return minted


def _check_lifetime(expires_in_s: int) -> timedelta:
    shortest, longest = (int(each.total_seconds()) for each in (SHORTEST_LIFE, LONGEST_LIFE))
    if not shortest <= expires_in_s <= longest:
        raise BadUserInputError(
            f"`expiresInSeconds` takes {shortest} to {longest}, not {expires_in_s}.",
            argument="expiresInSeconds",
        )
    return timedelta(seconds=expires_in_s)
