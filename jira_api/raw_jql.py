"""JQL in a caller's own words, read as far as needed to put it into brackets.

What is let through has its quotes and brackets in pairs, so that nothing of it reaches past the
brackets around it, however Jira reads the rest. What Jira itself would refuse inside of them (an
unknown field, a word out of place) is left to Jira, which says it better.

Source: Atlassian's JQL reference (quoting, escapes, reserved characters, ORDER BY), read 2026-11.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from jira_api.errors import InvalidArgumentError
from jira_api.jql_values import UNKNOWN_TO_JQL

LONGEST_JQL = 10_000
_DEEPEST = 50
_PAIRS = {")": "(", "]": "["}
_BLANKS = " \t\r\n"
_SIGNS = "=!<>~&|,"
_ESCAPE = re.compile(r"""\\(?:[tnr\\'" ]|u[0-9A-Fa-f]{4})""")
# Blanks other than those four are none in JQL, and no part of a word here.
_WORD = re.compile(r"""[^\s()\[\]"'\\=!<>~&|,]+""")


@dataclass(frozen=True, slots=True)
class RawJql:
    """A condition and the columns of an order, as their caller wrote them; "" for none."""

    condition: str
    order: str


class _Kind(Enum):
    WORD = auto()
    QUOTED = auto()
    SIGN = auto()
    OPENING = auto()
    CLOSING = auto()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: _Kind
    text: str
    at: int

    def says(self, word: str) -> bool:
        return self.kind is _Kind.WORD and self.text.isascii() and self.text.lower() == word


def split_jql(text: str) -> RawJql:
    """The condition of a JQL, and its order.

    Raises:
        InvalidArgumentError: it is too long, has characters that JQL does not know, its quotes or
            brackets are not in pairs, or its order is none. The message tells the place.
    """
    if len(text) > LONGEST_JQL:
        raise InvalidArgumentError(f"The JQL is too long: {LONGEST_JQL} characters will do.")
    tokens = list(_read_tokens(text))
    _check_brackets(tokens)
    place = _find_order(tokens)
    if place is None:
        return RawJql(text.strip(_BLANKS), "")
    order = text[tokens[place + 1].at + len("by") :].strip(_BLANKS)
    if not order:
        raise _fault("ORDER BY names no field", tokens[place].at)
    return RawJql(text[: tokens[place].at].strip(_BLANKS), order)


def _read_tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        character = text[at]
        if character in _BLANKS:
            at += 1
            continue
        token = _read_token(text, at, character)
        yield token
        at += len(token.text)


def _read_token(text: str, at: int, character: str) -> _Token:
    if character in "\"'":
        return _Token(_Kind.QUOTED, text[at : _find_closing_quote(text, at)], at)
    if character in _PAIRS.values():
        return _Token(_Kind.OPENING, character, at)
    if character in _PAIRS:
        return _Token(_Kind.CLOSING, character, at)
    if character in _SIGNS:
        return _Token(_Kind.SIGN, character, at)
    if character == "\\":
        raise _fault("there is a backslash outside of quotes", at)
    word = _WORD.match(text, at)
    strange = UNKNOWN_TO_JQL.search(word[0]) if word else None
    if word is None or strange is not None:
        place = at + (strange.start() if strange else 0)
        raise _fault("there is a character that JQL does not know outside of quotes", place)
    return _Token(_Kind.WORD, word[0], at)


def _find_closing_quote(text: str, start: int) -> int:
    """The place behind the quote that closes the one at `start`."""
    at = start + 1
    while at < len(text) and text[at] != text[start]:
        if UNKNOWN_TO_JQL.match(text, at):
            raise _fault("there is a control character in quotes", at)
        escape = _ESCAPE.match(text, at)
        if text[at] == "\\" and escape is None:
            raise _fault("there is an escape that JQL does not know", at)
        at += len(escape[0]) if escape else 1
    if at >= len(text):
        raise _fault("there is a quote that is not closed", start)
    return at + 1


def _check_brackets(tokens: list[_Token]) -> None:
    opened: list[_Token] = []
    for token in tokens:
        if token.kind is _Kind.OPENING:
            opened.append(token)
        elif token.kind is _Kind.CLOSING and (
            not opened or opened.pop().text != _PAIRS[token.text]
        ):
            raise _fault(f"there is a {token.text} that closes nothing", token.at)
        elif opened and token.says("order"):
            raise _fault("there is an ORDER BY in brackets", token.at)
        if len(opened) > _DEEPEST:
            raise _fault(f"brackets nest {_DEEPEST} deep at most", token.at)
    if opened:
        raise _fault(f"there is a {opened[-1].text} that is not closed", opened[-1].at)


def _find_order(tokens: list[_Token]) -> int | None:
    """Which token is the ORDER of an ORDER BY, if any is."""
    places = [number for number, token in enumerate(tokens) if token.says("order")]
    if not places:
        return None
    first, *others = places
    if others:
        raise _fault("there is a second ORDER BY", tokens[others[0]].at)
    if first + 1 == len(tokens) or not tokens[first + 1].says("by"):
        raise _fault("there is an ORDER without a BY behind it", tokens[first].at)
    return first


def _fault(what: str, at: int) -> InvalidArgumentError:
    return InvalidArgumentError(f"`jql` cannot be read: {what}, at character {at + 1}.")
