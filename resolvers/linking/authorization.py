"""The start of a flow, for callers who may link external ids."""

from dataclasses import dataclass, field
from datetime import datetime

from oauth.errors import RedirectNotAllowedError
from resolvers.access.viewer import Right
from resolvers.arguments import check_external_id
from resolvers.context import Context
from resolvers.errors import ErrorCode, ForbiddenError, ProblemError
from storage.records import LinkedId


class ReturnUrlRefusedError(ProblemError):
    """A return URL that the operator did not list."""

    code = ErrorCode.REDIRECT_NOT_ALLOWED


@dataclass(frozen=True, slots=True)
class BegunAuthorization:
    """The link that a person opens, and until when."""

    uri: str = field(repr=False)
    expires_at: datetime


async def begin_authorization(
    context: Context, *, external_id: str, provider: str, return_to: str | None
) -> BegunAuthorization:
    """A link that starts the authorisation of an external id; nothing changes before it ends.

    Raises:
        BadUserInputError: the external id is blank, too long or has control characters.
        ForbiddenError: the caller may not change connections, or it is a frontend token's for
            another external id.
        ReturnUrlRefusedError: `return_to` is not listed.
        StorageError: it could not be kept.
    """
    context.viewer.require(Right.BEGIN_AUTHORIZATION)
    if context.viewer.linked_id not in (None, LinkedId(external_id, provider)):
        raise ForbiddenError("This token may begin the authorisation of its own external id alone.")
    try:
        begun = await context.services.flows.begin(
            external_id=check_external_id(external_id), provider=provider, return_to=return_to
        )
    except RedirectNotAllowedError:
        raise ReturnUrlRefusedError(
            "This return URL is not one of JUNCTURE_ALLOWED_RETURN_URLS, letter by letter.",
            argument="returnTo",
        ) from None
    uri = f"{context.services.public_url}/oauth/{provider}/start?link={begun.link.text}"
    return BegunAuthorization(uri, begun.expires_at)
