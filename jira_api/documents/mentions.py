"""People who are named in a text by an `@` before their names."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from jira_api.documents.nodes import Node, extend_line, text_nodes

_LITERAL_AT = "\0"
"""Stands for an `@` that was escaped while a text is read; no text that is read can hold it."""
_AT = re.compile(r"(?<![\w@\0./+-])@(?=\w)|(?<![@\0])@(?=\[)")
_BRACKETS = re.compile(r"\[([^\[\]]{1,255})\]")
_WORD = re.compile(r"\w(?:[\w.-]|['\u2019](?=\w\w))*(?<=\w)")
_MOST_WORDS = 6
_UNMENTIONED = frozenset({"code", "link"})


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Somebody who can be mentioned."""

    account_id: str
    name: str


People: TypeAlias = Mapping[str, Mentioned]
"""By what may stand behind the `@`, in the form of `casefold`."""


def add_literal_ats(markdown: MarkdownIt) -> None:
    r"""Let a reader of Markdown tell `\@`, which names nobody, until `mention_people` is done."""
    markdown.core.ruler.before("text_join", "literal_at", _note_literal_ats)


def _note_literal_ats(state: StateCore) -> None:
    for token in state.tokens:
        _note_in(token.children or ())


def _note_in(tokens: Iterable[Token]) -> None:
    for token in tokens:
        if token.type == "text_special" and token.content == "@":
            token.content = _LITERAL_AT
        _note_in(token.children or ())


def find_names(lines: Iterable[Sequence[Node]]) -> list[str]:
    """What may name somebody: the first word behind each `@`, or all that stands in `@[…]`.

    Each once, in the order of the text; nothing out of code and links.
    """
    found: dict[str, str] = {}
    for line in lines:
        for node in line:
            if _may_mention(node):
                for name in _names_in(node["text"]):
                    found.setdefault(name.casefold(), name)
    return list(found.values())


def mention_people(line: Sequence[Node], people: People) -> list[Node]:
    """The line with a mention wherever the longest name behind an `@` is one of the people's."""
    mentioning: list[Node] = []
    for node in line:
        pieces = _split(node, people) if people and _may_mention(node) else [node]
        extend_line(mentioning, map(_read_ats, pieces))
    return mentioning


def is_found_alone(name: str, before: str, after: str) -> bool:
    """Whether a name is found without brackets around it, between these texts.

    A name that words with a capital letter follow may be the beginning of another's.
    """
    is_apart = _AT.match(f"{before[-1:]}@{name}", len(before[-1:])) is not None
    is_whole = _word_ends(name, 0)[-1:] == [len(name)]
    goes_on = len(name) not in _word_ends(name + after, 0) or after[1:2].isupper()
    return is_apart and is_whole and not goes_on


def _read_ats(node: Node) -> Node:
    return {**node, "text": _with_ats(node["text"])} if node["type"] == "text" else node


def _with_ats(text: str) -> str:
    return text.replace(_LITERAL_AT, "@")


def _may_mention(node: Node) -> bool:
    if node["type"] != "text":
        return False
    return _UNMENTIONED.isdisjoint(mark["type"] for mark in node.get("marks", ()))


def _names_in(text: str) -> Iterator[str]:
    for at in _AT.finditer(text):
        if within := _BRACKETS.match(text, at.end()):
            yield _with_ats(within[1])
        elif word := _WORD.match(text, at.end()):
            yield word[0]


def _split(node: Node, people: People) -> list[Node]:
    text, marks = node["text"], node.get("marks", [])
    pieces: list[Node] = []
    start = 0
    for at in _AT.finditer(text):
        found = _find_person(text, at.end(), people) if at.start() >= start else None
        if found is not None:
            person, end = found
            pieces += [*text_nodes(text[start : at.start()], marks), _mention(person)]
            start = end
    return [*pieces, *text_nodes(text[start:], marks)]


def _find_person(text: str, start: int, people: People) -> tuple[Mentioned, int] | None:
    """Who is named from a place on, and where the name ends."""
    if within := _BRACKETS.match(text, start):
        person = people.get(_with_ats(within[1]).casefold())
        return None if person is None else (person, within.end())
    for end in reversed(_word_ends(text, start)):
        person = people.get(text[start:end].casefold())
        if person is not None:
            return person, end
    return None


def _word_ends(text: str, start: int) -> list[int]:
    """Where a name of one word, of two words and so on would end."""
    ends: list[int] = []
    while len(ends) < _MOST_WORDS and (word := _WORD.match(text, start)):
        ends.append(word.end())
        if not text.startswith(" ", word.end()):
            break
        start = word.end() + 1
    return ends


def _mention(person: Mentioned) -> Node:
    return {"type": "mention", "attrs": {"id": person.account_id, "text": f"@{person.name}"}}
