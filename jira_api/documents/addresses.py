"""The addresses that links of documents lead to, written in one way alone."""

import re

from markdown_it.common.normalize_url import normalizeLink

_LINKED = re.compile(r"(?:https?://[^/?#]|mailto:[^?])[!-;=?-\[\]-~]*", re.IGNORECASE)
_MOST_PASSES = 3


def find_address(written: str) -> str | None:
    """The address as Markdown's readers keep it, for http, https and mailto; None for any other.

    What is percent-encoded once more is encoded no further. An address that each reading changes
    again leads nowhere.
    """
    address = written
    for _ in range(_MOST_PASSES):
        normal = normalizeLink(address)
        if normal == address:
            return address if _LINKED.fullmatch(address) else None
        address = normal
    return None


def find_page(written: str) -> str | None:
    """Such an address, of http or https."""
    address = find_address(written)
    return None if address is None or address[:4].lower() != "http" else address
