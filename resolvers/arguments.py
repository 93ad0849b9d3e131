"""Arguments are checked here before anything is looked up or called."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from resolvers.errors import BadUserInputError

MOST_EXTERNAL_ID = 255
MOST_ITEMS = 100
MOST_ISSUES = 1_000
MOST_LABELS = 1_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def check_external_id(external_id: str, *, argument: str = "externalId") -> str:
    """An external id as the caller wrote it.

    Raises:
        BadUserInputError: empty, over 255 characters, or with control characters.
    """
    return check_text(external_id, argument=argument, longest=MOST_EXTERNAL_ID)


def check_text(text: str, *, argument: str, longest: int) -> str:
    """A text as the caller wrote it.

    Raises:
        BadUserInputError: blank, too long, or with control characters.
    """
    if not text.strip() or len(text) > longest or _CONTROL.search(text):
        raise BadUserInputError(
            f"`{argument}` takes 1 to {longest} characters, none of them a control character.",
            argument=argument,
        )
    return text


def check_instant(instant: datetime, *, argument: str) -> datetime:
    """An instant, by the clock of UTC.

    Raises:
        BadUserInputError: there it lies before the year 1 or after the year 9999.
    """
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise BadUserInputError(
            f"`{argument}` lies beyond the years that can be written.", argument=argument
        ) from None


def check_page_size(first: int, *, most: int = MOST_ITEMS) -> int:
    """A page's size.

    Raises:
        BadUserInputError: below 1 or above `most`.
    """
    if not 1 <= first <= most:
        raise BadUserInputError(f"`first` takes 1 to {most} here, not {first}.", argument="first")
    return first


def check_count(values: Sequence[object], *, argument: str, most: int) -> None:
    """The length of a list.

    Raises:
        BadUserInputError: longer than `most`.
    """
    if len(values) > most:
        raise BadUserInputError(
            f"`{argument}` takes {most} values at most, not {len(values)}.", argument=argument
        )
