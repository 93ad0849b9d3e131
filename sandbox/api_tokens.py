"""API tokens: what a person's scripts use in place of OAuth, by Basic authentication.

A classic token opens the site's own address and bears all the person may do. A scoped one opens the
gateway alone, and only what its scopes name. Neither opens the other's door.
Source: the project's notes on the Jira API, sections 1 and 2.
"""

import base64
import hmac
from enum import Enum
from typing import Final

from sandbox.state import SandboxState
from sandbox.world import PERSON_EMAIL

SCOPES: Final = frozenset(
    {
        "manage:jira-configuration",
        "manage:jira-project",
        "manage:jira-webhook",
        "read:jira-user",
        "read:jira-work",
        "write:jira-work",
    }
)
"""What the scoped token bears: the platform's classic scopes, and so no boards and sprints."""


class ApiToken(Enum):
    """The two kinds, with the names that recorded calls give them."""

    CLASSIC = "api-token"
    SCOPED = "scoped-api-token"


def find_api_token(sandbox: SandboxState, authorization: str) -> ApiToken | None:
    """The token of an Authorization header, where it is the person's and right."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        given = base64.b64decode(encoded, validate=True)
    except ValueError:
        return None
    known = {
        ApiToken.CLASSIC: sandbox.settings.api_token,
        ApiToken.SCOPED: sandbox.settings.scoped_api_token,
    }
    for kind, token in known.items():
        if hmac.compare_digest(given, f"{PERSON_EMAIL}:{token}".encode()):
            return kind
    return None
