"""Secrets at rest: a ring of keys, each ciphertext bound to the one cell it was written for."""

import base64
import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from storage.errors import CredentialUnreadableError, KeyRingError

_VERSION = "v1"
_KEY_SIZE_BYTES = 32
_NONCE_SIZE_BYTES = 12
_SIGNATURE_SIZE_BYTES = 16
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_FEWEST_DISTINCT_BYTES = 17
"""So that one byte, or a pattern of up to 16, repeated, is no key. Of 32 random bytes, 16 or fewer
are distinct with a probability of 2.2e-15, and all are printable with one of 1.7e-14."""


@dataclass(frozen=True, slots=True)
class _Key:
    key_id: str
    secret: bytes


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """The encryption keys in force: the first encrypts and signs, every one decrypts and checks.

    Made by `KeyRing.parse`. Its repr shows the ids of the keys and nothing of the keys.
    """

    _keys: tuple[_Key, ...]

    @classmethod
    def parse(cls, entries: Sequence[str]) -> Self:
        """The ring of these entries, each `id:base64 of 32 bytes`, the newest first.

        Raises:
            KeyRingError: There is no entry, an entry is malformed or no random key, or an id stands
                twice.
        """
        if not entries:
            raise KeyRingError("is empty")
        keys: list[_Key] = []
        for position, entry in enumerate(entries, start=1):
            key = _parse_key(entry, position)
            if any(key.key_id == earlier.key_id for earlier in keys):
                raise KeyRingError("repeats an id", position=position, key_id=key.key_id)
            keys.append(key)
        return cls(tuple(keys))

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self.key_ids)})"

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys, in the ring's order."""
        return tuple(key.key_id for key in self._keys)

    @property
    def first_key_id(self) -> str:
        """The id of the key that encrypts."""
        return self._keys[0].key_id

    def encrypt(self, plaintext: SecretStr, *, table: str, column: str, row_id: str) -> str:
        """The text to store in that cell, `v1.<key id>.<base64url of nonce and ciphertext>`.

        Decrypting it as any other cell fails: table, column and row are authenticated with it.
        """
        key = self._keys[0]
        nonce = os.urandom(_NONCE_SIZE_BYTES)
        ciphertext = AESGCM(key.secret).encrypt(
            nonce,
            plaintext.get_secret_value().encode(),
            _associated_data(key.key_id, table, column, row_id),
        )
        body = base64.urlsafe_b64encode(nonce + ciphertext).rstrip(b"=").decode()
        return f"{_VERSION}.{key.key_id}.{body}"

    def decrypt(self, text: str, *, table: str, column: str, row_id: str) -> SecretStr:
        """The secret that `encrypt` stored in that cell, under whichever key of the ring.

        Raises:
            CredentialUnreadableError: The text is damaged, was written for another cell, or
                under a key that is not in the ring.
        """
        try:
            key_id, nonce, ciphertext = _open_envelope(text)
            key = next(key for key in self._keys if key.key_id == key_id)
            plaintext = AESGCM(key.secret).decrypt(
                nonce, ciphertext, _associated_data(key_id, table, column, row_id)
            )
            return SecretStr(plaintext.decode())
        except (StopIteration, ValueError, InvalidTag):
            raise CredentialUnreadableError(row_id, column) from None

    def sign(self, purpose: str, payload: bytes) -> bytes:
        """A 16-byte signature of the payload, good for this purpose alone."""
        return _sign(self._keys[0], purpose, payload)

    def is_signed(self, purpose: str, payload: bytes, signature: bytes) -> bool:
        """Whether a key of the ring signed this payload for this purpose.

        Every key is tried, whichever matches, so that the time taken tells nothing.
        """
        matches = [
            hmac.compare_digest(_sign(key, purpose, payload), signature) for key in self._keys
        ]
        return any(matches)

    def derived(self, purpose: str) -> Mapping[str, bytes]:
        """Keys of 32 bytes for this purpose alone, one of each of the ring, by id, newest first."""
        return {key.key_id: _derive(key, f"juncture key {purpose}") for key in self._keys}


def generate_key(created_on: date) -> str:
    """A new ring entry, `k<yyyymmdd>:<base64>`, its id saying when it was made."""
    secret = base64.b64encode(os.urandom(_KEY_SIZE_BYTES)).decode()
    return f"k{created_on:%Y%m%d}:{secret}"


def _parse_key(entry: str, position: int) -> _Key:
    key_id, colon, encoded = entry.partition(":")
    # A text that is no id may be the key itself, pasted without one: it is never shown.
    if not colon or not _KEY_ID.fullmatch(key_id):
        raise KeyRingError(
            "does not begin with an id of 1 to 32 letters, digits, _ or - and a colon",
            position=position,
        )
    try:
        secret = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise KeyRingError("is not base64", position=position, key_id=key_id) from None
    if len(secret) != _KEY_SIZE_BYTES:
        raise KeyRingError(
            f"holds {len(secret)} bytes instead of {_KEY_SIZE_BYTES}",
            position=position,
            key_id=key_id,
        )
    if len(set(secret)) < _FEWEST_DISTINCT_BYTES or _is_text(secret):
        raise KeyRingError("is no random key", position=position, key_id=key_id)
    return _Key(key_id, secret)


def _is_text(secret: bytes) -> bool:
    """Whether somebody's words or hexadecimal digits stand in the place of random bytes."""
    return secret.isascii() and secret.decode("ascii").isprintable()


def _open_envelope(text: str) -> tuple[str, bytes, bytes]:
    version, key_id, body = text.split(".")
    if version != _VERSION:
        raise ValueError("unknown envelope version")
    sealed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    return key_id, sealed[:_NONCE_SIZE_BYTES], sealed[_NONCE_SIZE_BYTES:]


def _associated_data(key_id: str, table: str, column: str, row_id: str) -> bytes:
    # JSON quotes its strings, so no two different cells can join to the same bytes.
    return json.dumps([_VERSION, key_id, table, column, row_id]).encode()


def _sign(key: _Key, purpose: str, payload: bytes) -> bytes:
    derived = _derive(key, f"juncture signature {purpose}")
    return hmac.new(derived, payload, hashlib.sha256).digest()[:_SIGNATURE_SIZE_BYTES]


def _derive(key: _Key, purpose: str) -> bytes:
    return HKDF(
        algorithm=SHA256(), length=_KEY_SIZE_BYTES, salt=None, info=purpose.encode()
    ).derive(key.secret)
