"""Marks put around words, one within another, so that Markdown's readers see the same ones."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markdown_it.common.utils import isValidEntityCode, isWhiteSpace

from jira_api.documents.escapes import is_punctuation

LINK = "link"
_STRONG, _EM, _STRIKE = "strong", "em", "strike"
_SIGNS = {_STRONG: "**", _EM: "*", _STRIKE: "~~"}
_APART = "_"


@dataclass(frozen=True, slots=True)
class Mark:
    """A kind of mark, and where a link leads to, written out."""

    kind: str
    target: str = ""


@dataclass(slots=True)
class Part:
    """A part of a line.

    Words are escaped when the line is put together; everything else is written already. A `sign`
    opens a mark, or closes one. No mark begins or ends with a part that is blank. `encodes_first`
    and `encodes_last` are about the words' characters.
    """

    text: str
    marks: frozenset[Mark] = frozenset()
    is_words: bool = False
    is_break: bool = False
    is_blank: bool = False
    sign: str = ""
    is_opening: bool = False
    is_in_link: bool = False
    begins_line: bool = False
    encodes_first: bool = False
    encodes_last: bool = False


class UnwritableError(Exception):
    """Marks stand beside a character that lets them not be marks, whatever is done."""


def nest_marks(parts: Sequence[Part]) -> list[Part]:
    """The parts with the signs that open and close their marks.

    The mark that reaches farthest is the outermost; one that reaches beyond the mark around it is
    closed and opened again. The parts are used up.

    Raises:
        UnwritableError: there is no way to write these marks.
    """
    nested: list[Part] = []
    _nest(parts, 0, len(parts), frozenset(), nested)
    if _do_touch(nested):
        for part in nested:
            if part.sign == _EM:
                part.text = _APART
    joined = _join_words(nested)
    _encode_neighbours(joined)
    return joined


def _nest(
    parts: Sequence[Part], start: int, stop: int, around: frozenset[Mark], nested: list[Part]
) -> None:
    while start < stop:
        part = parts[start]
        pending = frozenset() if part.is_blank else part.marks - around
        if not pending:
            part.is_in_link = any(mark.kind == LINK for mark in around)
            nested.append(part)
            start += 1
            continue
        ends = {mark: _reach(parts, start, stop, mark) for mark in pending}
        mark = max(pending, key=lambda each: (ends[each], each.kind == LINK, each.kind))
        nested.append(_opening(mark))
        _nest(parts, start, ends[mark], around | {mark}, nested)
        nested.append(_closing(mark))
        start = ends[mark]


def _reach(parts: Sequence[Part], start: int, stop: int, mark: Mark) -> int:
    end = start + 1
    while end < stop and (parts[end].is_break or mark in parts[end].marks):
        end += 1
    while parts[end - 1].is_blank:
        end -= 1
    return end


def _opening(mark: Mark) -> Part:
    if mark.kind == LINK:
        return Part("[")
    return Part(_SIGNS[mark.kind], sign=mark.kind, is_opening=True)


def _closing(mark: Mark) -> Part:
    if mark.kind == LINK:
        return Part(f"]({mark.target})")
    return Part(_SIGNS[mark.kind], sign=mark.kind)


def _do_touch(parts: Iterable[Part]) -> bool:
    """Whether strong words and emphasised ones lie in or right beside each other.

    Then both cannot be written by asterisks: how many of them belong to which would be a guess.
    """
    opened: set[str] = set()
    last = ""
    for part in parts:
        if part.sign in {_STRONG, _EM}:
            if {last, *opened, part.sign} >= {_STRONG, _EM}:
                return True
            (opened.add if part.is_opening else opened.discard)(part.sign)
        last = part.sign
    return False


def _join_words(parts: Iterable[Part]) -> list[Part]:
    joined: list[Part] = []
    for part in parts:
        if joined and part.is_words and joined[-1].is_words:
            joined[-1].text += part.text
        else:
            joined.append(part)
    return joined


def _encode_neighbours(parts: Sequence[Part]) -> None:
    """Let every sign open or close, by writing a letter beside it as a reference if need be.

    Source: CommonMark 0.31, section 6.2, rules 1 to 8 and left- and right-flanking runs.
    """
    waiting = deque(range(len(parts)))
    while waiting:
        place = waiting.popleft()
        if not parts[place].sign or _can_stand(parts, place):
            continue
        is_opening = parts[place].is_opening
        changed = place - 1 if is_opening else place + 1
        _encode(parts[changed], is_last=is_opening)
        around = range(max(0, changed - _MOST_SIGNS), min(len(parts), changed + _MOST_SIGNS + 1))
        waiting.extend(around)


_MOST_SIGNS = 2 * len(_SIGNS)


def _encode(part: Part, *, is_last: bool) -> None:
    character = part.text[-1 if is_last else 0]
    if not isValidEntityCode(ord(character)):
        raise UnwritableError
    part.encodes_last |= is_last or len(part.text) == 1
    part.encodes_first |= not is_last or len(part.text) == 1


def _can_stand(parts: Sequence[Part], place: int) -> bool:
    """Whether the sign at a place opens or closes as it shall."""
    part = parts[place]
    before = _before(parts[place - 1]) if place else _BLANK
    after = _after(parts[place + 1]) if place + 1 < len(parts) else _BLANK
    inner, outer = (after, before) if part.is_opening else (before, after)
    if part.text == _APART:
        return outer != _LETTER
    return inner == _LETTER or outer != _LETTER


_BLANK, _PUNCTUATION, _LETTER = "blank", "punctuation", "letter"


def _before(part: Part) -> str:
    return _PUNCTUATION if part.encodes_last else _kind_of(part.text[-1])


def _after(part: Part) -> str:
    return _PUNCTUATION if part.encodes_first else _kind_of(part.text[0])


def _kind_of(character: str) -> str:
    if isWhiteSpace(ord(character)):
        return _BLANK
    return _PUNCTUATION if is_punctuation(character) else _LETTER
