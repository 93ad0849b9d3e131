"""Compares answers with what was expected, value by value, and tells what differs."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.oracle.rules import AnyOrder, Expected, Json, Ledger, find_fault

_SHOWN = 20
_WIDTH = 100
_POSITION = re.compile(r"\[\d+\]")


@dataclass(frozen=True)
class Mismatch:
    """One value that is not what the raw data says; `path` is such as `components[0].name`."""

    key: str
    path: str
    expected: str
    found: str

    @property
    def field(self) -> str:
        """The path without places in lists."""
        return _POSITION.sub("", self.path)


@dataclass
class Comparison:
    """Everything that was compared so far; the same thing must have the same id throughout."""

    ledger: Ledger = field(default_factory=Ledger)
    mismatches: list[Mismatch] = field(default_factory=list)
    value_count: int = 0
    values_by_field: Counter[str] = field(default_factory=Counter)

    def compare(self, key: str, expected: Expected, found: Json) -> None:
        """Compare one issue's or project's answer; `key` names it in the report."""
        self._walk(key, "", expected, found)

    def count_by_first_name(self) -> Counter[str]:
        """How many values were compared below each field of an issue or project."""
        counts: Counter[str] = Counter()
        for name, count in self.values_by_field.items():
            counts[name.partition(".")[0]] += count
        return counts

    def report(self) -> str:
        """How many values differ by field, and the first of them."""
        counts = Counter(each.field for each in self.mismatches).most_common()
        lines = [f"{len(self.mismatches)} of {self.value_count} values differ"]
        lines += [f"  {count:6} {name}" for name, count in counts]
        lines += [
            f"{each.key} {each.path}: expected {_cut(each.expected)}, found {_cut(each.found)}"
            for each in self.mismatches[:_SHOWN]
        ]
        return "\n".join(lines)

    def _walk(self, key: str, path: str, expected: Expected, found: Json) -> None:
        if isinstance(expected, AnyOrder):
            self._walk_unordered(key, path, expected, found)
        elif isinstance(expected, dict) and isinstance(found, dict):
            self._walk_object(key, path, expected, found)
        elif isinstance(expected, list) and isinstance(found, list):
            self._walk_list(key, path, expected, found)
        else:
            self._count(path)
            fault = find_fault(expected, found, self.ledger)
            if fault is not None:
                self.mismatches.append(Mismatch(key, path, fault, repr(found)))

    def _walk_object(
        self, key: str, path: str, expected: dict[str, Expected], found: dict[str, Json]
    ) -> None:
        if expected.keys() != found.keys():
            names = (repr(sorted(expected)), repr(sorted(found)))
            self.mismatches.append(Mismatch(key, path, *names))
        for name in [name for name in expected if name in found]:
            self._walk(key, f"{path}.{name}" if path else name, expected[name], found[name])

    def _walk_list(
        self, key: str, path: str, expected: Sequence[Expected], found: Sequence[Json]
    ) -> None:
        if len(expected) != len(found) or not expected:
            self._count(path)
        if len(expected) != len(found):
            lengths = (f"{len(expected)} items", f"{len(found)} items: {found!r}")
            self.mismatches.append(Mismatch(key, path, *lengths))
        for number, (left, right) in enumerate(zip(expected, found, strict=False)):
            self._walk(key, f"{path}[{number}]", left, right)

    def _walk_unordered(self, key: str, path: str, expected: AnyOrder, found: Json) -> None:
        name = expected.name
        if not isinstance(found, list):
            self.mismatches.append(Mismatch(key, path, "a list", repr(found)))
            return
        wanted = sorted(expected.items, key=lambda item: str(item[name]))
        self._walk_list(key, path, wanted, sorted(found, key=lambda item: str(item[name])))

    def _count(self, path: str) -> None:
        self.value_count += 1
        self.values_by_field[_POSITION.sub("", path)] += 1


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
