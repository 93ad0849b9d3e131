"""A bound on the work that a Markdown text makes, in steps that every machine counts alike."""

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

MOST_STEPS = 30_000
"""Steps before a text is given up: several times what the longest text of people asks for.

Each takes up to some twenty microseconds, so that no text takes more than about half a second.
"""

_PAIRS_A_STEP = 300
_STEPS = "steps"
_AT_EVERY_LINE = ["paragraph", "reference", "blockquote", "list", "table"]


class TooManyStepsError(Exception):
    """A text makes more work than its length is worth; it was read no further."""


def bound_steps(markdown: MarkdownIt) -> None:
    """Let a reader of Markdown raise `TooManyStepsError` beyond `MOST_STEPS`.

    A step is a line looked at once, which happens again and again in quotes and lists, a place in a
    line where marks may begin, or three hundred pairs of marks that may belong together.
    """
    markdown.block.ruler.before("table", _STEPS, _count_line, {"alt": _AT_EVERY_LINE})
    markdown.inline.ruler.before("text", _STEPS, _count_place)
    markdown.inline.ruler2.before("balance_pairs", _STEPS, _count_pairs)


def _count_line(state: StateBlock, _start: int, _end: int, _silent: bool) -> bool:  # noqa: FBT001  # markdown-it calls it so
    _count(state, 1)
    return False


def _count_place(state: StateInline, _silent: bool) -> bool:  # noqa: FBT001  # markdown-it calls it so
    _count(state, 1)
    return False


def _count_pairs(state: StateInline) -> None:
    inside = [meta["delimiters"] for meta in state.tokens_meta if meta and "delimiters" in meta]
    for marks in [state.delimiters, *inside]:
        pairs = sum(mark.open for mark in marks) * sum(mark.close for mark in marks)
        _count(state, pairs // _PAIRS_A_STEP)


def _count(state: StateBlock | StateInline, steps: int) -> None:
    state.env[_STEPS] = state.env.get(_STEPS, 0) + steps
    if state.env[_STEPS] > MOST_STEPS:
        raise TooManyStepsError
