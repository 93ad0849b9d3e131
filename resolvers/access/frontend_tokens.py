"""Frontend tokens: what a browser shows for one external id, dead with its connection or maker.

A token is a JWT that names the key of the ring that it was signed by, with a key derived from it.
Nothing that the token says decides how it is checked.

Source: RFC 8725, sections 3.1 to 3.12, read 2026-11.
"""

import json
import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from resolvers.access.viewer import FrontendScope, Viewer, ViewerKind
from storage.api_keys import ApiKey, ApiKeyState, find_api_key
from storage.database import Queries
from storage.disconnections import find_disconnection
from storage.encryption import KeyRing
from storage.errors import CredentialUnreadableError
from storage.recent import Recent
from storage.records import LinkedId

AUDIENCE: Final = "juncture:graphql"
SHORTEST_LIFE: Final = timedelta(minutes=1)
LONGEST_LIFE: Final = timedelta(minutes=15)
_ALGORITHM: Final = "HS256"
_PURPOSE: Final = "frontend token"
_LONGEST_TOKEN: Final = 4_096
DISCONNECTIONS_KEPT_FOR: Final = timedelta(hours=1)
"""Longer than any token lives, even by clocks that differ."""
_FASTEST_CLOCK: Final = timedelta(minutes=1)
_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HEADER: Final = frozenset({"alg", "kid", "typ"})
_SIGNER: Final = jwt.PyJWS(algorithms=[_ALGORITHM])


class TokenRefusedError(Exception):
    """A text that is no frontend token of ours, or one that is dead; it never says which."""


@dataclass(frozen=True, slots=True)
class MintedToken:
    """A new token, the id that events know it by, and its end."""

    token: str = field(repr=False)
    token_id: str
    expires_at: datetime


class _Claims(BaseModel):
    """All that a token says, and nothing beside it; `issued_us` is `iat` in microseconds.

    `maker` is the id of the API key that asked for it; there is none where the secret key did.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    iss: str
    aud: str
    sub: str = Field(min_length=1)
    provider: str = Field(min_length=1)
    scope: list[Annotated[FrontendScope, Field(strict=False)]] = Field(min_length=1)
    iat: int
    exp: int
    issued_us: int
    jti: str = Field(min_length=1)
    maker: str = Field(default="", min_length=1)

    def is_alive(self, now: datetime) -> bool:
        """Whether it has begun, has not ended, and was never meant to live too long."""
        now_s = (now - _EPOCH).total_seconds()
        return (
            self.iat <= now_s + _FASTEST_CLOCK.total_seconds()
            and self.exp > now_s
            and 0 < self.exp - self.iat <= LONGEST_LIFE.total_seconds()
            and self.issued_us // 1_000_000 == self.iat
        )


class FrontendTokens:
    """Makes and checks tokens; `issuer` is Juncture's public URL.

    A disconnection, and a maker's end, is seen after `blindness` at the latest, in every process.
    """

    def __init__(
        self,
        queries: Queries,
        ring: KeyRing,
        *,
        issuer: str,
        clock: Callable[[], datetime],
        blindness: timedelta,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queries = queries
        self._ring = ring
        self._keys = ring.derived(_PURPOSE)
        self._issuer = issuer
        self._clock = clock
        self._disconnections = Recent(self._find, longest=blindness, monotonic=monotonic)
        self._makers = Recent(self._find_maker, longest=blindness, monotonic=monotonic)

    def mint(
        self,
        linked_id: LinkedId,
        scopes: Iterable[FrontendScope],
        lifetime: timedelta,
        *,
        maker: str | None,
    ) -> MintedToken:
        """A token for an external id, connected or not yet, signed by the newest key.

        It is dead with the API key whose id is `maker`; None is the secret key.
        """
        issued_us = (self._clock() - _EPOCH) // _MICROSECOND
        issued_s = issued_us // 1_000_000
        claims = _Claims(
            iss=self._issuer,
            aud=AUDIENCE,
            sub=linked_id.external_id,
            provider=linked_id.provider,
            scope=sorted(set(scopes), key=lambda scope: scope.name),
            iat=issued_s,
            exp=issued_s + int(lifetime.total_seconds()),
            issued_us=issued_us,
            jti=os.urandom(16).hex(),
            **({} if maker is None else {"maker": maker}),
        )
        key_id, key = next(iter(self._keys.items()))
        # Not jwt.encode: it writes each character beyond ASCII as up to twelve.
        told = claims.model_dump(mode="json", exclude_unset=True)
        said = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
        token = _SIGNER.encode(said.encode(), key, _ALGORITHM, headers={"kid": key_id})
        return MintedToken(token, claims.jti, _instant(claims.exp))

    async def verify(self, token: str) -> Viewer:
        """The caller behind a token.

        Raises:
            TokenRefusedError: it is no token of ours, is over, its connection was cut, or the API
                key that made it is no good any more.
            StorageUnavailableError: whether that is so could not be read.
        """
        claims = self._read(token)
        linked_id = LinkedId(claims.sub, claims.provider)
        disconnected_at = await self._disconnections.get(linked_id)
        issued_at = _EPOCH + claims.issued_us * _MICROSECOND
        if disconnected_at is not None and issued_at <= disconnected_at:
            raise _refusal()
        if claims.maker and not await self._is_good(claims.maker):
            raise _refusal()
        return Viewer(
            kind=ViewerKind.FRONTEND_TOKEN,
            frontend_scopes=_with_included(claims.scope),
            key_id=claims.jti,
            linked_id=linked_id,
            maker_id=claims.maker or None,
            expires_at=_instant(claims.exp),
        )

    def forget(self, linked_id: LinkedId) -> None:
        """Look anew whether an external id was disconnected when its tokens are next shown."""
        self._disconnections.forget(linked_id)

    async def _find(self, linked_id: LinkedId) -> datetime | None:
        return await find_disconnection(
            self._queries, external_id=linked_id.external_id, provider=linked_id.provider
        )

    async def _is_good(self, maker: str) -> bool:
        key = await self._makers.get(maker)
        return key is not None and key.state(self._clock()) is ApiKeyState.ACTIVE

    async def _find_maker(self, key_id: str) -> ApiKey | None:
        """The API key of an id; None where there is none, or its row was changed past Juncture."""
        with suppress(CredentialUnreadableError):
            key = await find_api_key(self._queries, key_id)
            if key is not None:
                key.open_hash(self._ring)
                return key
        return None

    def _read(self, token: str) -> _Claims:
        """What a token says, once its signature, its header and its claims are found good."""
        if len(token) > _LONGEST_TOKEN or not all(map(_is_base64url, token.split("."))):
            raise _refusal()
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.get(header["kid"]) if header.keys() == _HEADER else None
            if key is None or header["typ"] != "JWT":
                raise _refusal()
            claims = _Claims.model_validate(self._decode(token, key))
        except (jwt.PyJWTError, ValidationError):
            raise _refusal() from None
        if not claims.is_alive(self._clock()):
            raise _refusal()
        return claims

    def _decode(self, token: str, key: bytes) -> object:
        # PyJWT knows the wall clock alone, so that times are checked by `_Claims.is_alive`.
        return jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            audience=AUDIENCE,
            issuer=self._issuer,
            options={
                "require": ["exp", "iat", "aud", "iss", "sub", "jti"],
                "strict_aud": True,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )


def _with_included(scopes: Iterable[FrontendScope]) -> frozenset[FrontendScope]:
    """Writing includes reading: a change answers with what it changed."""
    given = frozenset(scopes)
    return given | {FrontendScope.READ} if FrontendScope.WRITE in given else given


def _is_base64url(part: str) -> bool:
    """Whether a part is written the one way that base64url is: PyJWT overlooks what is not."""
    try:
        decoded = urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4))
    except ValueError:
        return False
    return urlsafe_b64encode(decoded).rstrip(b"=").decode() == part


def _instant(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def _refusal() -> TokenRefusedError:
    return TokenRefusedError("The frontend token is not valid: ask your backend for another one.")
