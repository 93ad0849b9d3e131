"""A document that a caller made, looked at before it leaves for Jira."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from jira_api.documents.characters import check_characters
from jira_api.errors import InvalidArgumentError
from jira_api.json_values import JsonValue
from jira_api.paths import shorten

DEEPEST_DOCUMENT = 100
"""Levels, the root being the first: nodes in nodes, and objects and lists in their attributes."""

MOST_VALUES = 100_000
"""Nodes, marks and everything in them: each text, number, truth value, null, list and object."""

MOST_CHARACTERS = 2_000_000
"""Characters of all texts and keys together."""

_ROLES = {"content": "node", "marks": "mark"}
_SCALARS = (str, bool, int, float, type(None))


@dataclass(frozen=True, slots=True)
class _Part:
    """A value of the document: the step that leads to it from its holder, and what it must be."""

    step: str
    value: JsonValue
    role: str = ""


def check_document(value: JsonValue) -> dict[str, JsonValue]:
    """The same document, if it has the form of one.

    The root is a `doc` of version 1 with a list as its content; every node and every mark is an
    object with a `type`; a text node has text; nothing is deeper than `DEEPEST_DOCUMENT`; there are
    `MOST_VALUES` and `MOST_CHARACTERS` at most, what stands at several places counting at each;
    everything can be carried by JSON. Which kinds there are and what they may hold is for Jira to
    say: an unknown one passes untouched. So does a text that is longer than a site takes, since
    sites differ.

    Raises:
        InvalidArgumentError: it has not; the message names the place, as `content[0].content[2]`.
    """
    if not isinstance(value, dict) or value.get("type") != "doc":
        raise InvalidArgumentError('A document is expected, which is an object with `type` "doc".')
    version = value.get("version")
    if isinstance(version, bool) or version != 1:
        raise InvalidArgumentError("version: the number 1 is expected.")
    if not isinstance(value.get("content"), list):
        raise InvalidArgumentError("content: a list of nodes is expected.")
    _check_size(value)
    _check_parts(value)
    return value


def is_within_bounds(value: JsonValue, most_characters: int = MOST_CHARACTERS) -> bool:
    """Whether a document has no more than `MOST_VALUES` and so many characters, however deep."""
    return _find_excess(value, most_characters) is None


def _check_size(root: dict[str, JsonValue]) -> None:
    excess = _find_excess(root)
    if excess is not None:
        _refuse([], excess)


def _find_excess(root: JsonValue, most_characters: int = MOST_CHARACTERS) -> str | None:
    """Stops where a bound is passed: one list may stand at a thousand places."""
    values, characters = 1, 0
    pending: list[JsonValue] = [root]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            characters += len(value)
        elif isinstance(value, dict | list):
            values += len(value)
            if values > MOST_VALUES:
                return f"{MOST_VALUES:,} values at most are expected, in nodes and attributes."
            characters += sum(map(len, value)) if isinstance(value, dict) else 0
            pending += value.values() if isinstance(value, dict) else value
        if characters > most_characters:
            return f"{most_characters:,} characters at most are expected, in all its texts."
    return None


def _check_parts(root: dict[str, JsonValue]) -> None:
    """Depth first and without recursion, so that any depth can be refused in words."""
    levels = [iter([_Part("", root, "node")])]
    path: list[_Part] = []
    while levels:
        del path[len(levels) - 1 :]
        part = next(levels[-1], None)
        if part is None:
            levels.pop()
            continue
        path.append(part)
        _check_part(part, path)
        if isinstance(part.value, dict | list):
            if len(levels) > DEEPEST_DOCUMENT:
                _refuse(path, f"a document of {DEEPEST_DOCUMENT} levels at most is expected.")
            levels.append(_parts(part))


def _parts(holder: _Part) -> Iterator[_Part]:
    if isinstance(holder.value, list):
        yield from (_Part(f"[{number}]", each) for number, each in enumerate(holder.value))
        return
    roles = _ROLES if holder.role == "node" else {}
    for key, value in holder.value.items():
        step = _step(key)
        yield _Part(step, key)
        if key in roles:
            for number, each in enumerate(value):
                yield _Part(f"{step}[{number}]", each, roles[key])
        else:
            yield _Part(step, value)


def _step(key: str) -> str:
    """A key as a place names it: an odd one in quotes, so that the message can always be sent."""
    short = shorten(key)
    return f".{short}" if key.isidentifier() else f"[{short!r}]"


def _check_part(part: _Part, path: list[_Part]) -> None:
    value = part.value
    if part.role:
        _check_typed(part, path)
    elif isinstance(value, str):
        check_characters(value, _place(path))
    elif isinstance(value, float) and not math.isfinite(value):
        _refuse(path, "a number is expected that JSON has: NaN and Infinity are none.")
    elif not isinstance(value, (*_SCALARS, dict, list)):
        _refuse(path, "a value is expected that JSON has.")


def _check_typed(part: _Part, path: list[_Part]) -> None:
    value = part.value
    if not isinstance(value, dict):
        _refuse(path, f"a {part.role} is expected, which is an object with a `type`.")
    kind = value.get("type")
    if not isinstance(kind, str) or not kind:
        _refuse(path, f"a {part.role} is expected to have a text as its `type`.")
    if part.role == "node":
        _check_node(value, path)


def _check_node(node: dict[str, JsonValue], path: list[_Part]) -> None:
    for key, role in _ROLES.items():
        if key in node and not isinstance(node[key], list):
            _refuse(path, f"`{key}` is expected to be a list of {role}s.")
    text = node.get("text")
    if node["type"] == "text" and not (isinstance(text, str) and text):
        _refuse(path, "a text node is expected to have a `text` of at least one character.")


def _refuse(path: list[_Part], expected: str) -> NoReturn:
    raise InvalidArgumentError(f"{_place(path)}: {expected}")


def _place(path: list[_Part]) -> str:
    return "".join(part.step for part in path).removeprefix(".") or "the document"
