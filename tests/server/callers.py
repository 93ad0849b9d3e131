"""Callers and what they show, for the tests of who is let in."""

from collections.abc import Sequence
from datetime import timedelta

from pydantic import SecretStr

from resolvers.access.frontend_tokens import FrontendTokens
from server.authentication import ApiKeys, Authenticator, UnauthenticatedError
from storage import api_key_texts
from storage.api_key_texts import ApiKeyText
from storage.api_keys import create_api_key, revoke_api_key
from storage.database import Database, open_database
from storage.encryption import KeyRing
from tests.storage.builders import HOUR
from tests.support.gateway import JUNCTURE, Gateway, MovingClock

SECRET_KEY = "k" * 40
INTERVAL = timedelta(seconds=0.5)


class Clocks:
    """The time of day, and the clock that ages are counted on."""

    def __init__(self) -> None:
        self.day = MovingClock()
        self.now_s = 1_000.0

    def pass_interval(self) -> None:
        self.now_s += INTERVAL.total_seconds()


def an_authenticator(
    database: Database, ring: KeyRing, clocks: Clocks, secret_key: str = SECRET_KEY
) -> Authenticator:
    return Authenticator(
        SecretStr(secret_key),
        ApiKeys(database, ring, clocks.day, longest=INTERVAL, monotonic=lambda: clocks.now_s),
        FrontendTokens(
            database,
            ring,
            issuer=JUNCTURE,
            clock=clocks.day,
            blindness=INTERVAL,
            monotonic=lambda: clocks.now_s,
        ),
    )


def a_silent_database() -> Database:
    """One that never answers."""
    return open_database("sqlite:///never.db", acquire_timeout=HOUR, pool_size=1)


async def a_key_text(
    database: Database,
    ring: KeyRing,
    clocks: Clocks,
    *,
    scopes: Sequence[str] = ("GRAPH_READ",),
    lifetime: timedelta | None = HOUR,
) -> ApiKeyText:
    now = clocks.day.now
    async with database.transaction() as queries:
        made = await create_api_key(
            queries,
            ring,
            name="billing",
            scopes=scopes,
            expires_at=None if lifetime is None else now + lifetime,
            now=now,
        )
    return ApiKeyText(made.key.key_id, made.text.get_secret_value())


async def revoke(database: Database, ring: KeyRing, key_id: str, clocks: Clocks) -> None:
    async with database.transaction() as queries:
        assert await revoke_api_key(queries, ring, key_id, now=clocks.day.now)


def forge(key_id: str) -> str:
    """A text of the right form, with that id and a secret of its own."""
    begun = f"jgk_{key_id}_{'Z' * 43}"
    text = begun + api_key_texts._checksum(begun)
    assert ApiKeyText.find(text)
    return text


async def show(door: Authenticator, text: str) -> str | None:
    """The words of the refusal; None where the text opens."""
    try:
        await door.authenticate([f"Bearer {text}"])
    except UnauthenticatedError as error:
        return str(error)
    return None


async def make_key(gateway: Gateway, *, lifetime: timedelta = HOUR) -> ApiKeyText:
    clocks = Clocks()
    clocks.day = gateway.clock
    services = gateway.services
    scopes = ["GRAPH_READ", "TOKENS_MINT"]
    return await a_key_text(
        services.database, services.ring, clocks, scopes=scopes, lifetime=lifetime
    )
