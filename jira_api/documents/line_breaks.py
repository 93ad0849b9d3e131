"""`<br>` in Markdown: the one piece of HTML that is more than text."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

_BREAK = re.compile(r"<br[ \t]*/?>(?:[ \t]*\n[ \t]*)?", re.IGNORECASE)


def add_line_breaks(markdown: MarkdownIt) -> None:
    """Let a reader of Markdown take `<br>` for a line's end, which cells and headings need."""
    markdown.inline.ruler.before("autolink", "line_break", _read_break)


def _read_break(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # markdown-it calls it so
    found = _BREAK.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True
