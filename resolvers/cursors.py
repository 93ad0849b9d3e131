"""Cursors: opaque, signed, and good only for the query that they came from."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from jira_api.paths import NumericId
from resolvers.errors import BadUserInputError
from storage.encryption import KeyRing

_SIGNATURE_BYTES = 16
_LONGEST = 8_192
_PURPOSE = "cursor"
_FORM = "cursor form"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list: how many items after the start of the page that a token of Jira opens.

    Without a token, after the start of the list. `reconciled` are the ids of the issues that every
    page of the list names to Jira as just written.
    """

    token: str | None
    offset: int
    reconciled: tuple[NumericId, ...] = ()


START = Position(token=None, offset=0)


@dataclass(frozen=True, slots=True)
class Cursors:
    """The cursors of one query: its connection, its field, its filter and its order."""

    ring: KeyRing
    query: str

    def write(self, position: Position) -> str:
        """The cursor of a place."""
        place: list[object] = [position.token, position.offset]
        place += [position.reconciled] if position.reconciled else []
        body = json.dumps(place, separators=(",", ":")).encode()
        bound = self.ring.sign(_PURPOSE, self._bound(body)) + body
        return _encode(self.ring.sign(_FORM, bound) + bound)

    def read(self, after: str | None) -> Position:
        """The place behind a cursor; the start where there is none.

        Raises:
            BadUserInputError: it is broken, or of another query.
        """
        if after is None:
            return START
        bound = check_form(self.ring, after)
        signature, body = bound[:_SIGNATURE_BYTES], bound[_SIGNATURE_BYTES:]
        if not self.ring.is_signed(_PURPOSE, self._bound(body), signature):
            raise _refusal()
        token, offset, *reconciled = json.loads(body)
        return Position(token, offset, *map(tuple, reconciled))

    def _bound(self, body: bytes) -> bytes:
        return self.query.encode() + b"\x00" + body


def check_form(ring: KeyRing, after: str) -> bytes:
    """A cursor without the signature that tells it from a broken one, whichever query it is of.

    Raises:
        BadUserInputError: Juncture never wrote it.
    """
    decoded = _decode(after)
    form, bound = decoded[:_SIGNATURE_BYTES], decoded[_SIGNATURE_BYTES:]
    if not ring.is_signed(_FORM, bound, form):
        raise _refusal()
    return bound


def _decode(after: str) -> bytes:
    if len(after) > _LONGEST:
        raise _refusal()
    try:
        decoded = urlsafe_b64decode(after.encode("ascii") + b"=" * (-len(after) % 4))
    except (ValueError, binascii.Error):
        raise _refusal() from None
    if _encode(decoded) != after:
        raise _refusal()
    return decoded


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _refusal() -> BadUserInputError:
    return BadUserInputError(
        "`after` is no cursor of this query: pass an `endCursor` that the same field with the "
        "same arguments gave.",
        argument="after",
    )
