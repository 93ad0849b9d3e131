"""Opaque ids that name a thing of a connection across Juncture's whole graph.

They are no permission: whoever shows one is checked again.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

from resolvers.errors import BadUserInputError

_VERSION = "1"
_SEPARATOR = "\x1f"
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class GlobalId:
    """A GraphQL type, the connection it is seen through, and Jira's own id (never its key)."""

    type_name: str
    connection_id: str
    jira_id: str

    def __str__(self) -> str:
        joined = _SEPARATOR.join((_VERSION, self.type_name, self.connection_id, self.jira_id))
        return urlsafe_b64encode(joined.encode()).rstrip(b"=").decode()


def parse_global_id(text: str, *, argument: str = "id") -> GlobalId:
    """What an opaque id names.

    Raises:
        BadUserInputError: it was not made by Juncture.
    """
    found = find_global_id(text)
    if found is None:
        raise BadUserInputError(f"`{argument}` is not one of Juncture's ids.", argument=argument)
    return found


def find_global_id(text: str) -> GlobalId | None:
    """What an opaque id names; None where the text is none."""
    if len(text) > _LONGEST:
        return None
    try:
        decoded = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode()
    except (ValueError, binascii.Error):
        return None
    version, *parts = decoded.split(_SEPARATOR)
    if version != _VERSION or len(parts) != len(GlobalId.__slots__) or not _is_uuid(parts[1]):
        return None
    found = GlobalId(*parts)
    return found if str(found) == text else None


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
