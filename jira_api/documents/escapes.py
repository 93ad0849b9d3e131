r"""Text for Markdown, so that it reads back as the same text and never as markup.

What needs no backslash gets none: `snake_case`, `2 * 3`, `a[0]` and `C:\temp` stay as they are.
"""

import re
from string import punctuation

from markdown_it.common.utils import MD_TRIM_CHARS, isMdAsciiPunct, isPunctChar

_SIGNS = re.compile(r"\\|`|\*+|_+|~+|<|&|!(?=\[)|\[|\]")
_PAIR = re.compile(r"\[[^\[\]]*\](?![(\[])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
_BLANKS = " \t"
_BEGINS_BLOCK = re.compile(
    r"(?P<sign>>|\[|#{1,6}(?=[ \t]|$)|[-+*](?=[ \t]|$)|=+[ \t]*$|[-|:][-|: \t]*$"
    r"|(?P<rule>[-*_])[ \t]*(?:(?P=rule)[ \t]*){2,}$)"
    r"|(?P<number>\d{1,9})[.)](?=[ \t]|$)",
    re.ASCII,
)
_AT_EDGES = frozenset(MD_TRIM_CHARS)


def escape_text(text: str, *, is_in_link: bool, is_before_link: bool) -> str:
    """The text within a line; at its ends whatever may follow or go before is thought of.

    Brackets are always escaped in a link, whose words they could end.
    """
    pairs = frozenset[int]() if is_in_link else _paired_brackets(text)
    if is_before_link:
        pairs -= {len(text) - 1}

    def escape(sign: re.Match[str]) -> str:
        start, end = sign.span()
        is_literal = start in pairs or _is_literal(sign[0], text, start, end)
        return sign[0] if is_literal else "".join(f"\\{each}" for each in sign[0])

    return _SIGNS.sub(escape, text)


def escape_line_start(text: str) -> str:
    """Text at a line's start, `text` being escaped already, so that it begins no block."""
    found = _BEGINS_BLOCK.match(text)
    if found is None:
        return text
    place = found.end("number") if found["number"] else 0
    return f"{text[:place]}\\{text[place:]}"


def escape_heading_end(line: str) -> str:
    """A heading's line, so that signs at its end belong to its words."""
    words = line.rstrip("#")
    is_closing = words != line and (not words or words[-1] in _BLANKS)
    return f"{line[:-1]}\\#" if is_closing else line


def encode(character: str) -> str:
    """A character as Markdown reads it wherever it stands."""
    return "&nbsp;" if character == "\xa0" else f"&#{ord(character)};"


def is_trimmed(character: str) -> bool:
    """Whether Markdown leaves it out at both ends of a block."""
    return character in _AT_EDGES


def is_punctuation(character: str) -> bool:
    """Whether marks see punctuation in it."""
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)


def _paired_brackets(text: str) -> frozenset[int]:
    """Where brackets stand that enclose plain words and end no label."""
    return frozenset(
        place for pair in _PAIR.finditer(text) for place in (pair.start(), pair.end() - 1)
    )


def _is_literal(sign: str, text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    if sign == "\\":
        return bool(after) and after not in punctuation
    if sign == "<":
        return bool(after) and not (after.isascii() and after.isalpha()) and after not in "/!?"
    if sign == "&":
        return _ENTITY.match(text, start) is None
    if not before or not after:
        return False
    if sign == "~":
        return before in " \t/"
    is_apart = before in _BLANKS and after in _BLANKS
    is_within_word = sign[0] == "_" and before.isalnum() and after.isalnum()
    return sign[0] in "*_" and (is_apart or is_within_word)
