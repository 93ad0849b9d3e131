"""From what stands in a paragraph, a heading or a cell to a line of Markdown."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from markdown_it.common.utils import MD_WHITESPACE

from jira_api.documents.escapes import (
    encode,
    escape_heading_end,
    escape_line_start,
    escape_text,
    is_trimmed,
)
from jira_api.documents.nodes import Node
from jira_api.documents.written_marks import LINK, Mark, Part, UnwritableError, nest_marks

BREAK = "<br>"
_LINE_END = "\\\n"
_SPACES = "".join(map(chr, [*sorted(MD_WHITESPACE), *range(0x2000, 0x200B)]))
_TICKS = re.compile("`+")
_BLANKS = " \t"


def write_words(line: Sequence[Node]) -> str:
    """A paragraph's lines, hard breaks being line ends with a backslash."""
    return _write(line, is_one_line=False)


def write_heading(line: Sequence[Node]) -> str:
    """A heading's line, hard breaks being `<br>`."""
    return escape_heading_end(_write(line, is_one_line=True))


def write_cell(line: Sequence[Node]) -> str:
    """A cell's line, hard breaks being `<br>`, and bars escaped, which readers take back first."""
    return _write(line, is_one_line=True).replace("|", "\\|")


def _write(line: Sequence[Node], *, is_one_line: bool) -> str:
    try:
        nested = nest_marks(_parts(line))
    except UnwritableError:
        nested = nest_marks([_with_links_alone(part) for part in _parts(line)])
    _write_breaks(nested, is_one_line=is_one_line)
    _encode_edges(nested)
    if not is_one_line:
        _note_line_starts(nested)
    followers = [*nested[1:], None]
    return "".join(_write_part(*each) for each in zip(nested, followers, strict=False))


def _parts(line: Sequence[Node]) -> list[Part]:
    return [part for node in line for part in _parts_of(node)]


def _parts_of(node: Node) -> Iterable[Part]:
    if node["type"] == "hardBreak":
        return [Part(BREAK, is_break=True, is_blank=True)]
    if node["type"] == "inlineCard":
        return [Part(f"<{node['attrs']['url']}>")]
    marks = {mark["type"]: mark for mark in node.get("marks", ())}
    link = frozenset({_link(marks[LINK]["attrs"])} if LINK in marks else ())
    if "code" in marks:
        return [Part(_code_span(node["text"]), link)]
    every = link | {Mark(kind) for kind in marks if kind != LINK}
    return _words(node["text"], every)


def _words(text: str, marks: frozenset[Mark]) -> Iterable[Part]:
    """Marked words apart from the blanks around them, where no mark can begin or end."""
    if not marks:
        return [Part(text, is_words=True)]
    end = len(text.rstrip(_SPACES))
    start = len(text) - len(text.lstrip(_SPACES)) if end else 0
    pieces = [(text[:start], True), (text[start:end], False), (text[end:], True)]
    return [
        Part(piece, marks, is_words=True, is_blank=is_blank) for piece, is_blank in pieces if piece
    ]


def _with_links_alone(part: Part) -> Part:
    return replace(part, marks=frozenset(mark for mark in part.marks if mark.kind == LINK))


def _link(attributes: Node) -> Mark:
    title = attributes.get("title")
    written = f' "{_escape_title(title)}"' if title else ""
    return Mark(LINK, _escape_address(attributes["href"]) + written)


def _escape_address(address: str) -> str:
    """Parentheses that enclose something may stand; those alone would end the link."""
    depth = 0
    for character in address:
        depth += (character == "(") - (character == ")")
        if not 0 <= depth <= 1:
            break
    escaped = re.sub("[()]", r"\\\g<0>", address) if depth else address
    return escaped.replace("&", "\\&") if re.search(r"&[#\w]+;", address) else escaped


def _escape_title(title: str) -> str:
    escaped = re.sub(r'[\\"&]', r"\\\g<0>", title)
    return re.sub(r"[\r\n]", lambda end: encode(end[0]), escaped)


def _code_span(text: str) -> str:
    lengths = {len(run) for run in _TICKS.findall(text)}
    fence = "`" * next(size for size in range(1, len(lengths) + 2) if size not in lengths)
    is_padded = text.startswith(" ") and text.endswith(" ") and text.strip(" ")
    space = " " if is_padded or text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def _write_breaks(parts: Sequence[Part], *, is_one_line: bool) -> None:
    """Breaks within a paragraph end lines; at a paragraph's end a backslash would be itself."""
    is_last = True
    for part in reversed(parts):
        is_last &= part.is_break
        if part.is_break:
            part.text = BREAK if is_one_line or is_last else _LINE_END


def _encode_edges(parts: Sequence[Part]) -> None:
    """Write the blanks as references that readers would leave out."""
    last = None
    for part in parts:
        if part.is_words:
            is_first = last is None
            is_lost = is_trimmed(part.text[0]) if is_first else part.text[0] in _BLANKS
            if is_lost and (last is None or last.text == _LINE_END):
                part.encodes_first = True
        last = part
    if last is not None and last.is_words and is_trimmed(last.text[-1]):
        last.encodes_last = True


def _note_line_starts(parts: Sequence[Part]) -> None:
    for before, part in zip([None, *parts], parts, strict=False):
        part.begins_line = before is None or before.text == _LINE_END


def _write_part(part: Part, follower: Part | None) -> str:
    if not part.is_words:
        return part.text
    is_before_link = follower is not None and follower.text == "["
    written = _write_text(part, is_before_link=is_before_link)
    if part.begins_line and not part.encodes_first:
        written = escape_line_start(written)
    if is_before_link and written.endswith("!"):
        written = f"{written[:-1]}\\!"
    return written


def _write_text(part: Part, *, is_before_link: bool) -> str:
    text = part.text
    if len(text) == 1 and (part.encodes_first or part.encodes_last):
        return encode(text)
    first = encode(text[0]) if part.encodes_first else ""
    last = encode(text[-1]) if part.encodes_last else ""
    middle = text[part.encodes_first : len(text) - part.encodes_last]
    is_near = is_before_link and not last
    escaped = escape_text(middle, is_in_link=part.is_in_link, is_before_link=is_near)
    return f"{first}{escaped}{last}"
