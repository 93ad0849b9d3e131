"""Ids as callers write them, in paths, bodies and queries."""

import re
from typing import Final

_ID: Final = re.compile(r"[0-9]{1,18}")
"""As many digits as any id of Jira's has; Python refuses to read thousands of them."""


def find_id(text: str) -> int | None:
    """The number that a text spells; None for a text that can be no id."""
    return int(text) if _ID.fullmatch(text) else None
