"""Frontend tokens, made by the code that makes ours and by other hands, and their keeper."""

import asyncio
import base64
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from resolvers.access.frontend_tokens import FrontendTokens, TokenRefusedError
from resolvers.access.viewer import FrontendScope, Viewer
from storage.encryption import KeyRing
from storage.errors import StorageUnavailableError
from storage.instants import write_instant
from storage.records import LinkedId
from tests.storage.builders import a_key_ring

NOW = datetime(2026, 6, 1, 12, 0, 0, 250_000, tzinfo=UTC)
IAT = int(NOW.timestamp())
ISSUER = "https://juncture.example"
ACME = LinkedId("acme", "jira")
TEN_MINUTES = timedelta(minutes=10)
REFUSAL = "The frontend token is not valid: ask your backend for another one."
RING = a_key_ring()


class Disconnections:
    """Instead of the database: when external ids were disconnected."""

    def __init__(self, rows: Mapping[str, datetime] | None = None) -> None:
        self.rows = dict(rows or {})
        self.reads = 0
        self.is_down = False

    async def fetch_one(self, _sql: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
        self.reads += 1
        if self.is_down:
            raise StorageUnavailableError("the database does not answer")
        at = self.rows.get(values["external_id"])
        return None if at is None else {"disconnected_at": write_instant(at)}


def the_tokens(
    ring: KeyRing = RING,
    *,
    now: datetime = NOW,
    rows: Disconnections | None = None,
    monotonic: Callable[[], float] = lambda: 0.0,
    issuer: str = ISSUER,
) -> FrontendTokens:
    return FrontendTokens(
        rows or Disconnections(),  # type: ignore[arg-type]  # only rows are asked for
        ring,
        issuer=issuer,
        clock=lambda: now,
        blindness=timedelta(seconds=0.5),
        monotonic=monotonic,
    )


def mint(tokens: FrontendTokens | None = None, *scopes: FrontendScope) -> str:
    tokens = tokens or the_tokens()
    return tokens.mint(ACME, scopes or [FrontendScope.READ], TEN_MINUTES, maker=None).token


def accept(token: str, tokens: FrontendTokens | None = None) -> Viewer:
    return asyncio.run((tokens or the_tokens()).verify(token))


def is_refused(token: str, tokens: FrontendTokens | None = None) -> bool:
    try:
        accept(token, tokens)
    except TokenRefusedError as error:
        return str(error) == REFUSAL
    return False


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def the_header(**changes: Any) -> dict[str, Any]:
    return without({"alg": "HS256", "kid": "k1", "typ": "JWT", **changes})


def the_claims(**changes: Any) -> dict[str, Any]:
    claims = {
        "iss": ISSUER,
        "aud": "juncture:graphql",
        "sub": "acme",
        "provider": "jira",
        "scope": ["read"],
        "iat": IAT,
        "exp": IAT + 600,
        "issued_us": IAT * 1_000_000 + 250_000,
        "jti": "6f0a",
    }
    return without({**claims, **changes})


ABSENT = object()


def without(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not ABSENT}


def sign(header: object, claims: object, key: bytes | None = None, digest: str = "sha256") -> str:
    """A token of any content, made without the code that makes ours; by our key unless told."""
    right = RING.derived("frontend token")["k1"]
    signed = f"{part(header)}.{part(claims)}"
    signature = hmac.new(right if key is None else key, signed.encode(), digest).digest()
    return f"{signed}.{part(signature)}"
