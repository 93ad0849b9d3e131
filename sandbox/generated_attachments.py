"""The few files of the generated world: small ones with contents, and one that is made up."""

import base64
from typing import Final

from sandbox.builders import SiteBuilder

_DOT: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A picture of one pixel."""
_LONG: Final = 3_000_000


def attach_files(site: SiteBuilder) -> None:
    """Put files on two issues of the web shop, which change in nothing else."""
    first, second = (site.data.find_issue(key) for key in ("SHOP-9", "SHOP-10"))
    if first is None or second is None:
        raise LookupError("SHOP-9 and SHOP-10 have to be there first")
    site.add_attachment(first, "login page.png", _DOT)
    site.add_attachment(first, "steps to reproduce.txt", b"1. Open the page.\n2. Wait.\n")
    site.add_attachment(second, "Größenvergleich 大.csv", "size;größe\nS;36\n".encode())
    site.add_attachment(second, "recording.mp4", size=_LONG)
