"""The text of an API key: `jgk_<id>_<secret><checksum>`.

The id finds the key's row, the secret is 256 random bits, and the checksum lets a scanner of
sources, and Juncture before it reads any row, tell a key from a typo. It is no protection: everyone
can compute it.
"""

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass, field
from typing import Final, Self

PREFIX: Final = "jgk_"
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_SIZE_BYTES: Final = 8
_SECRET_BITS: Final = 256
# 62 ** 43 > 2 ** 256 and 62 ** 6 > 2 ** 32
_SECRET_LENGTH: Final = 43
_CHECKSUM_LENGTH: Final = 6
_FORM: Final = re.compile(
    rf"{PREFIX}(?P<key_id>[0-9a-f]{{{2 * _ID_SIZE_BYTES}}})_"
    rf"[0-9A-Za-z]{{{_SECRET_LENGTH + _CHECKSUM_LENGTH}}}"
)
_NAMED: Final = re.compile(rf"(?:{PREFIX})?(?P<key_id>[0-9a-f]{{{2 * _ID_SIZE_BYTES}}})(?:_\w*)?")


@dataclass(frozen=True, slots=True)
class ApiKeyText:
    """A key as its holder has it."""

    key_id: str
    text: str = field(repr=False)

    @classmethod
    def make(cls) -> Self:
        """A new key, of 256 random bits."""
        key_id = secrets.token_hex(_ID_SIZE_BYTES)
        secret = _write_number(secrets.randbits(_SECRET_BITS), _SECRET_LENGTH)
        begun = f"{PREFIX}{key_id}_{secret}"
        return cls(key_id, begun + _checksum(begun))

    @classmethod
    def find(cls, text: str) -> Self | None:
        """The key that a text is; None where it has another form or a wrong checksum."""
        form = _FORM.fullmatch(text)
        if form is None or _checksum(text[:-_CHECKSUM_LENGTH]) != text[-_CHECKSUM_LENGTH:]:
            return None
        return cls(form["key_id"], text)

    @property
    def hash(self) -> str:
        """SHA-256 in hex: the secret is 256 random bits, so nothing slower is needed."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def find_key_id(text: str) -> str | None:
    """The id that somebody names a key by: the id alone, or as the beginning of the key itself."""
    form = _NAMED.fullmatch(text.strip())
    return None if form is None else form["key_id"]


def _checksum(begun: str) -> str:
    return _write_number(zlib.crc32(begun.encode()), _CHECKSUM_LENGTH)


def _write_number(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, rest = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[rest] + digits
    return digits
