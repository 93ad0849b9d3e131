"""Times of work as Jira writes them, such as `1d 4h`: of five days a week and eight hours a day."""

import re
from typing import Final

_SECONDS: Final = {"w": 144_000, "d": 28_800, "h": 3_600, "m": 60}
_PART: Final = re.compile(r"([0-9]{1,6})([wdhm]?)")


def write_duration(seconds: int) -> str:
    """A time in Jira's short form; less than a minute is left out."""
    parts = []
    for unit, size in _SECONDS.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0m"


def read_duration(text: str) -> int:
    """The seconds of a time in the short form; a bare number counts minutes.

    Raises:
        ValueError: it has another form.
    """
    found = [_PART.fullmatch(part) for part in text.split()]
    if not found or None in found:
        raise ValueError(text)
    return sum(int(part[1]) * _SECONDS[part[2] or "m"] for part in found if part)
