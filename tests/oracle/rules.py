"""How an answered value is judged where it is not simply equal to the raw one."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

Json = Any
Expected = Any
"""JSON, with a `Rule` or an `AnyOrder` wherever equality is not the question."""


@dataclass
class Ledger:
    """What stood for what so far, in both directions."""

    _values: dict[tuple[str, Hashable], str] = field(default_factory=dict)
    _things: dict[tuple[str, str], Hashable] = field(default_factory=dict)

    def find_conflict(self, kind: str, thing: Hashable, value: str) -> str | None:
        """Write down that a value stands for a thing; the fault where either stood for another."""
        known = self._values.setdefault((kind, thing), value)
        if known != value:
            return f"{known!r}, as before for {thing}"
        owner = self._things.setdefault((kind, value), thing)
        return None if owner == thing else f"something of {thing} alone, it stands for {owner}"


class Rule(Protocol):
    """Judges one value."""

    def find_fault(self, value: Json, ledger: Ledger) -> str | None:
        """What was expected instead; None where the value is right."""


@dataclass(frozen=True)
class AnyOrder:
    """A list whose order the raw data does not know; `name` is a member that differs in each."""

    name: str
    items: Sequence[dict[str, Expected]]


@dataclass(frozen=True)
class Stands:
    """A made-up text: always the same for the same thing, and never for another."""

    kind: str
    thing: Hashable

    def find_fault(self, value: Json, ledger: Ledger) -> str | None:
        if not isinstance(value, str) or not value:
            return "a text"
        return ledger.find_conflict(self.kind, self.thing, value)


@dataclass(frozen=True)
class Picture:
    """A made-up picture's address: the same for the same thing, and never for another."""

    thing: Hashable

    def find_fault(self, value: Json, ledger: Ledger) -> str | None:
        if not isinstance(value, str) or not value.startswith(("http://", "https://")):
            return "an absolute address"
        return ledger.find_conflict("picture", self.thing, value)


@dataclass(frozen=True)
class CatalogueId:
    """The raw id, unless an archive before it uses that for something else; always one thing's."""

    kind: str
    raw_id: str
    name: str
    is_taken: bool

    def find_fault(self, value: Json, ledger: Ledger) -> str | None:
        if not isinstance(value, str) or not (self.is_taken or value == self.raw_id):
            return repr(self.raw_id)
        return ledger.find_conflict(self.kind, (self.raw_id, self.name), value)


@dataclass(frozen=True)
class Rank:
    """A made-up rank of Jira's form, another one for each issue."""

    issue_id: str

    def find_fault(self, value: Json, ledger: Ledger) -> str | None:
        if not isinstance(value, str) or not value.startswith("0|"):
            return "a rank, such as 0|i0000001:"
        return ledger.find_conflict("rank", self.issue_id, value)


@dataclass(frozen=True)
class Anything:
    """Asked for, and not compared: the raw data knows nothing of it."""

    def find_fault(self, value: Json, ledger: Ledger) -> str | None:
        del value, ledger
        return None


@dataclass(frozen=True)
class Instant:
    """The instant of a raw text, written in UTC."""

    raw: str

    def find_fault(self, value: Json, ledger: Ledger) -> str | None:
        del ledger
        at = datetime.strptime(self.raw, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)
        is_right = (
            isinstance(value, str) and value.endswith("Z") and _is_instant(value, at.isoformat())
        )
        return None if is_right else at.isoformat()


@dataclass(frozen=True)
class Document:
    """An Atlassian document that holds every character of a raw text.

    Paragraphs joined by a blank line, with hard breaks as line ends, are the text with CRLF as LF.
    """

    raw: str

    def find_fault(self, value: Json, ledger: Ledger) -> str | None:
        del ledger
        expected = _unix(self.raw)
        try:
            return None if _read_document(value) == expected else repr(expected)
        except (KeyError, TypeError, ValueError) as fault:
            return f"a document of paragraphs, hard breaks and texts ({fault!r})"


@dataclass(frozen=True)
class Words:
    """Every line of a raw text, in order; blank lines and blanks at a line's end do not count."""

    raw: str

    def find_fault(self, value: Json, ledger: Ledger) -> str | None:
        del ledger
        expected = _list_lines(_unix(self.raw))
        is_right = isinstance(value, str) and _list_lines(value) == expected
        return None if is_right else repr("\n".join(expected))


def find_fault(expected: Expected, value: Json, ledger: Ledger) -> str | None:
    """What a value that is no list or object should have been; None where it is right."""
    judge: Callable[[Json, Ledger], str | None] | None = getattr(expected, "find_fault", None)
    if judge is not None:
        return judge(value, ledger)
    is_right = type(value) is type(expected) and value == expected
    return None if is_right else repr(expected)


def _is_instant(value: str, expected: str) -> bool:
    try:
        return datetime.fromisoformat(value) == datetime.fromisoformat(expected)
    except ValueError:
        return False


def _read_document(document: Json) -> str:
    if document["type"] != "doc" or document["version"] != 1:
        raise ValueError(document["type"])
    return "\n\n".join(_read_paragraph(node) for node in document["content"])


def _read_paragraph(node: Json) -> str:
    if node["type"] != "paragraph" or node.keys() > {"type", "content"}:
        raise ValueError(node["type"])
    return "".join(_read_inline(each) for each in node.get("content", ()))


def _read_inline(node: Json) -> str:
    if node == {"type": "hardBreak"}:
        return "\n"
    if node.keys() != {"type", "text"} or node["type"] != "text" or not node["text"]:
        raise ValueError(node)
    text = node["text"]
    if not isinstance(text, str) or "\n" in text:
        raise ValueError(text)
    return text


def _unix(raw: str) -> str:
    return raw.replace("\r\n", "\n")


def _list_lines(text: str) -> list[str]:
    lines = [line.rstrip(" \t") for line in text.split("\n")]
    return [line for line in lines if line]
