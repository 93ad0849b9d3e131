"""What ties the record of events together: each event's link is made of the one before it.

The key of the links is encrypted at rest. The newest link stands in the chain's row alone, and an
event shows only what is made of its own: neither an event nor an earlier end of the chain can be
made without the key. Whoever can put both tables back as they once were is not found out.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from pydantic import SecretStr

from storage.database import Queries, Row
from storage.encryption import KeyRing

_CHAIN_ID: Final = "chain"
_KEY_SIZE_BYTES: Final = 32
_LINKED: Final = (
    "sequence",
    "id",
    "kind",
    "actor",
    "at",
    "external_id",
    "provider",
    "connection_id",
    "request_id",
    "details",
)


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """How many events there are, and the link of the last, or that of none."""

    sequence: int
    link: str = field(repr=False)
    _key: bytes = field(repr=False)

    @classmethod
    def open(cls, row: Row, ring: KeyRing) -> Self:
        """The end that a row of the chain tells of."""
        key = ring.decrypt(
            row["chain_key"], table="audit_chain", column="chain_key", row_id=_CHAIN_ID
        )
        return cls(row["sequence"], row["hash"], bytes.fromhex(key.get_secret_value()))

    def start(self) -> "ChainEnd":
        """The end of the same chain when it had no event."""
        return ChainEnd(0, self._seal("start", ""), self._key)

    def follow(self, event: Mapping[str, object]) -> "ChainEnd":
        """The end that one more event makes, given by its columns."""
        told = json.dumps([self.link, *(event[name] for name in _LINKED)])
        return ChainEnd(self.sequence + 1, self._seal("link", told), self._key)

    def passing(self, sequence: int) -> "ChainEnd":
        """The same end beyond rows that are none of the chain's."""
        return ChainEnd(sequence, self.link, self._key)

    @property
    def mark(self) -> str:
        """What the last event shows of its link."""
        return self._seal("mark", self.link)

    def is_mark(self, shown: str) -> bool:
        """Whether an event shows the mark of this end."""
        return hmac.compare_digest(shown.encode(), self.mark.encode())

    def is_same(self, other: "ChainEnd") -> bool:
        """Whether both are the end of the same events."""
        is_linked = hmac.compare_digest(self.link.encode(), other.link.encode())
        return is_linked and self.sequence == other.sequence

    def _seal(self, purpose: str, text: str) -> str:
        told = f"{purpose} {text}".encode()
        return hmac.new(self._key, told, hashlib.sha256).hexdigest()


_SELECT_END = "SELECT sequence, hash, chain_key FROM audit_chain WHERE id = :chain_id"
# Whoever adds an event holds this row until the transaction ends, so that events have an order.
_HOLD_END = """
    UPDATE audit_chain SET sequence = sequence WHERE id = :chain_id
    RETURNING sequence, hash, chain_key
"""
_BEGIN = """
    INSERT INTO audit_chain (id, sequence, hash, chain_key)
    VALUES (:chain_id, 0, :link, :chain_key)
    ON CONFLICT (id) DO NOTHING
"""
_MOVE_END = "UPDATE audit_chain SET sequence = :sequence, hash = :link WHERE id = :chain_id"


async def find_end(queries: Queries, ring: KeyRing) -> ChainEnd | None:
    """The end of the chain; None before the first event.

    Raises:
        CredentialUnreadableError: The chain's key cannot be decrypted.
    """
    row = await queries.fetch_one(_SELECT_END, {"chain_id": _CHAIN_ID})
    return None if row is None else ChainEnd.open(row, ring)


async def hold_end(queries: Queries, ring: KeyRing) -> ChainEnd:
    """The end of the chain, held until the transaction ends; the chain begins here if need be.

    Raises:
        CredentialUnreadableError: The chain's key cannot be decrypted.
    """
    row = await queries.fetch_one(_HOLD_END, {"chain_id": _CHAIN_ID})
    if row is None:
        await queries.execute(_BEGIN, {"chain_id": _CHAIN_ID, **_make_chain(ring)})
        row = await queries.fetch_one(_HOLD_END, {"chain_id": _CHAIN_ID})
        assert row is not None
    return ChainEnd.open(row, ring)


async def move_end(queries: Queries, end: ChainEnd) -> None:
    """Make this the end of the chain, in the transaction that holds it."""
    values = {"chain_id": _CHAIN_ID, "sequence": end.sequence, "link": end.link}
    await queries.execute(_MOVE_END, values)


def _make_chain(ring: KeyRing) -> dict[str, str]:
    key = os.urandom(_KEY_SIZE_BYTES)
    sealed = ring.encrypt(
        SecretStr(key.hex()), table="audit_chain", column="chain_key", row_id=_CHAIN_ID
    )
    return {"link": ChainEnd(0, "", key).start().link, "chain_key": sealed}
