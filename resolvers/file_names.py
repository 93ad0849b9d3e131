"""Names of files as they may travel: one name, without a way to anywhere or a trick in it."""

import unicodedata
from typing import Final

LONGEST: Final = 200
"""In characters; with an extension that is kept where the rest is cut."""
_LONGEST_EXTENSION: Final = 20
_UNNAMED: Final = "file"
_TURNING: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""Marks that turn the direction of writing, so that `exe.gpj` could look like `jpg.exe`."""


def clean_filename(text: str) -> str:
    """The last part of a path, without characters that are not shown; a double quote becomes two.

    Shape: never empty, `LONGEST` characters at most.
    """
    last = text.replace("\\", "/").rpartition("/")[2].replace('"', "''")
    shown = "".join(each for each in last if _is_shown(each)).strip()
    if shown.strip(".") == "":
        return _UNNAMED
    if len(shown) <= LONGEST:
        return shown
    stem, dot, extension = shown.rpartition(".")
    if not stem or len(extension) > _LONGEST_EXTENSION:
        return shown[:LONGEST].rstrip()
    return stem[: LONGEST - len(extension) - 1].rstrip() + dot + extension


def _is_shown(character: str) -> bool:
    if character in _TURNING:
        return False
    category = unicodedata.category(character)
    return character == " " or (category[0] not in "CZ" or character in "\u200c\u200d")
