"""Who calls: what the Authorization header shows, a key or a frontend token."""

import hmac
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr

from resolvers.access.frontend_tokens import FrontendTokens, TokenRefusedError
from resolvers.access.viewer import SECRET_KEY_VIEWER, Scope, Viewer, ViewerKind
from storage.api_key_texts import PREFIX, ApiKeyText
from storage.api_keys import ApiKey, ApiKeyState, find_api_key, note_key_use
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import CredentialUnreadableError, StorageError
from storage.recent import Recent

_LONGEST_SHOWN: Final = 4_096
_DOTS_OF_JWT: Final = 2
_USE_NOTED_EVERY: Final = timedelta(minutes=1)
_NO_HASH: Final = SecretStr("0" * 64)
"""Compared with where there is no such key, so that it takes as long as a wrong one."""
_HOW: Final = "Send one header `Authorization: Bearer <key>`."
_WRONG: Final = "The key is not valid."
"""The same words for wrong, unknown, revoked and expired: nobody learns which keys there are."""
_log = logging.getLogger("juncture.server")


class UnauthenticatedError(Exception):
    """The caller showed no key, or a wrong one."""


@dataclass(frozen=True, slots=True)
class _KnownKey:
    key: ApiKey
    hash: SecretStr


class ApiKeys:
    """The API keys, as they were at most `longest` ago: so long may one that was revoked go on."""

    def __init__(
        self,
        database: Database,
        ring: KeyRing,
        clock: Callable[[], datetime],
        *,
        longest: timedelta,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._ring = ring
        self._clock = clock
        self._recent = Recent(self._read, longest=longest, monotonic=monotonic)
        self._noted_at: dict[str, datetime] = {}

    async def find_viewer(self, text: str) -> Viewer | None:
        """The caller who shows a key; None where it opens nothing, whatever the reason.

        Raises:
            StorageError: the keys cannot be read.
        """
        shown = ApiKeyText.find(text)
        if shown is None:
            return None
        known, now = await self._recent.get(shown.key_id), self._clock()
        expected = _NO_HASH if known is None else known.hash
        is_right = hmac.compare_digest(shown.hash, expected.get_secret_value())
        if known is None or not is_right or known.key.state(now) is not ApiKeyState.ACTIVE:
            return None
        await self._note_use(known.key, now)
        return _viewer_of(known.key)

    async def find_viewer_by_id(self, key_id: str) -> Viewer | None:
        """The caller whose key bears an id, while that is good; its use is not noted.

        Raises:
            StorageError: the keys cannot be read.
        """
        known = await self._recent.get(key_id)
        if known is None or known.key.state(self._clock()) is not ApiKeyState.ACTIVE:
            return None
        return _viewer_of(known.key)

    async def _read(self, key_id: str) -> _KnownKey | None:
        try:
            key = await find_api_key(self._database, key_id)
            return None if key is None else _KnownKey(key, key.open_hash(self._ring))
        except CredentialUnreadableError:
            _log.warning(
                "API key %s opens nothing: it cannot be decrypted with the keys of this server, or "
                "its row was changed past Juncture",
                key_id,
            )
            return None

    async def _note_use(self, key: ApiKey, now: datetime) -> None:
        """Keep that the key was used, once a minute; no request fails for want of it."""
        last_at = self._noted_at.get(key.key_id, key.last_used_at)
        if last_at is not None and now - last_at < _USE_NOTED_EVERY:
            return
        self._noted_at[key.key_id] = now
        with suppress(StorageError):
            await note_key_use(self._database, key.key_id, before=now - _USE_NOTED_EVERY, now=now)


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Tells callers by what they show.

    Something has to be shown, so that an empty secret key lets nobody in.
    """

    secret_key: SecretStr
    api_keys: ApiKeys
    frontend_tokens: FrontendTokens

    async def authenticate(self, headers: Sequence[str]) -> Viewer:
        """The caller behind the `Authorization` headers of a request.

        The secret key needs no database.

        Raises:
            UnauthenticatedError: none, several, another scheme, or nothing that opens.
            StorageError: it cannot be told, for the database does not answer.
        """
        shown = _shown_in(headers)
        viewer = SECRET_KEY_VIEWER if self._is_secret_key(shown) else await self._find(shown)
        if viewer is None:
            raise UnauthenticatedError(_WRONG)
        return viewer

    def _is_secret_key(self, shown: str) -> bool:
        expected = self.secret_key.get_secret_value().encode()
        return hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), expected)

    async def _find(self, shown: str) -> Viewer | None:
        if shown.startswith(PREFIX):
            return await self.api_keys.find_viewer(shown)
        if shown.count(".") != _DOTS_OF_JWT:
            return None
        try:
            return await self.frontend_tokens.verify(shown)
        except TokenRefusedError as error:
            raise UnauthenticatedError(str(error)) from None


def _shown_in(headers: Sequence[str]) -> str:
    scheme, _, shown = headers[0].partition(" ") if len(headers) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not shown or len(shown) > _LONGEST_SHOWN:
        raise UnauthenticatedError(_HOW)
    return shown


def _viewer_of(key: ApiKey) -> Viewer:
    # A later release may have scopes that this one does not know.
    scopes = frozenset(Scope[name] for name in key.scopes if name in Scope.__members__)
    return Viewer(
        kind=ViewerKind.API_KEY, scopes=scopes, key_id=key.key_id, expires_at=key.expires_at
    )
