"""Who makes a call: an app with a grant, a person with an API token, or nobody known.

The gateway and a site's own address let different callers in.
Source: the project's notes on the Jira API, section 1.
"""

from collections.abc import Collection
from dataclasses import dataclass

from starlette.requests import Request

from sandbox.api_tokens import SCOPES, ApiToken, find_api_token
from sandbox.errors import JiraError
from sandbox.oauth import authenticate, find_bearer_grant
from sandbox.state import SandboxState, get_sandbox


@dataclass(frozen=True, slots=True)
class Caller:
    """One who was let in, with the cloud ids that are open to them.

    `scopes` is None for a caller who may do all that the person may.
    """

    scopes: frozenset[str] | None
    sites: Collection[str]


def authenticate_at_gateway(request: Request) -> Caller:
    """The grant of a bearer token, or the person of a scoped API token.

    Raises:
        GatewayError: 401 for any other credentials.
    """
    sandbox = get_sandbox(request)
    if _find_token(request) is ApiToken.SCOPED:
        return Caller(SCOPES, sandbox.world.data.keys())
    grant = authenticate(request)
    return Caller(frozenset(grant.scopes), sandbox.tokens.list_sites(grant.client_id).keys())


def authenticate_on_site(request: Request) -> Caller:
    """The person of a classic API token, or nobody, to whom what needs no scope is open.

    Raises:
        JiraError: 401 for any other credentials, OAuth's among them.
    """
    sites = get_sandbox(request).world.data.keys()
    if "authorization" not in request.headers:
        return Caller(frozenset(), sites)
    if _find_token(request) is not ApiToken.CLASSIC:
        raise refuse_stranger()
    return Caller(None, sites)


def refuse_stranger() -> JiraError:
    """What a site answers those it does not know."""
    return JiraError(401, ["Client must be authenticated to access this resource."])


def name_caller(sandbox: SandboxState, authorization: str) -> str | None:
    """How recorded calls name the bearer of an Authorization header; None for a stranger."""
    token = find_api_token(sandbox, authorization)
    if token is not None:
        return token.value
    grant = find_bearer_grant(sandbox, authorization)
    return None if grant is None else grant.id


def _find_token(request: Request) -> ApiToken | None:
    return find_api_token(get_sandbox(request), request.headers.get("authorization", ""))
