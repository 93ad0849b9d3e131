"""Addresses at which an attachment may be fetched without a key, for as long as they live.

An address carries a ticket, signed by the key ring: which attachment, through which connection,
until when, and for whom. It is good for that one file alone, and whoever honours it checks again
that the connection is there, and that the key behind it still opens what it did.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from jira_api.paths import NumericId, is_numeric_id
from jira_api.records import Attachment
from resolvers.access.viewer import Viewer, ViewerKind
from storage.encryption import KeyRing
from storage.records import ConnectionId

PATH: Final = "/attachments/"
_PURPOSE: Final = "attachment address"
_LONGEST: Final = 1_024
_SEPARATOR: Final = "."


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an address is good for; `key_id` and `maker_id` are those of the viewer who got it."""

    connection_id: ConnectionId
    attachment_id: NumericId
    expires_at: datetime
    kind: ViewerKind
    key_id: str | None
    maker_id: str | None


class AttachmentUrls:
    """Writes and reads addresses below Juncture's own; they end `lifetime` after they are given."""

    def __init__(
        self,
        ring: KeyRing,
        *,
        public_url: str,
        clock: Callable[[], datetime],
        lifetime: timedelta,
    ) -> None:
        """Sign with the newest key of the ring."""
        self._ring = ring
        self._root = public_url + PATH
        self._clock = clock
        self._lifetime = lifetime

    def write(self, attachment: Attachment, viewer: Viewer) -> str:
        """An address for a viewer who may read the attachment; no call is made for it.

        It ends with the frontend token that asked for it, if that is sooner.
        """
        expires_at = self._clock() + self._lifetime
        if viewer.expires_at is not None:
            expires_at = min(expires_at, viewer.expires_at)
        said = [
            attachment.origin.label,
            attachment.attachment_id,
            int(expires_at.timestamp()),
            viewer.kind.name,
            viewer.key_id,
            viewer.maker_id,
        ]
        payload = _encode(json.dumps(said, separators=(",", ":")).encode())
        signature = _encode(self._ring.sign(_PURPOSE, payload.encode()))
        return f"{self._root}{payload}{_SEPARATOR}{signature}"

    def read(self, token: str) -> Ticket | None:
        """What the last part of an address is good for; None where it is forged or over."""
        payload, _, signature = token.partition(_SEPARATOR)
        if len(token) > _LONGEST or not token.isascii() or not self._is_ours(payload, signature):
            return None
        ticket = _parse(payload)
        return ticket if ticket is not None and ticket.expires_at > self._clock() else None

    def _is_ours(self, payload: str, signature: str) -> bool:
        decoded = _decode(signature)
        # One spelling alone is taken, so that an address cannot be told apart from itself.
        if decoded is None or _encode(decoded) != signature:
            return False
        return self._ring.is_signed(_PURPOSE, payload.encode(), decoded)


def _parse(payload: str) -> Ticket | None:
    """What a payload says that was found to be signed; None for another release's form."""
    try:
        said = json.loads(_decode(payload) or b"")
        label, attachment_id, expires_s, kind, key_id, maker_id = said
        if not is_numeric_id(attachment_id):
            return None
        return Ticket(
            ConnectionId(str(UUID(label))),
            NumericId(attachment_id),
            datetime.fromtimestamp(expires_s, UTC),
            ViewerKind[kind],
            key_id,
            maker_id,
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes | None:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
