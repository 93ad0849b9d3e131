"""What came of a scenario: figures to print, and what was not as it must be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scenario runs: a folder of its own, and a migrated database that nobody else uses."""

    folder: Path
    database_url: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures by name, in the order to print them, and a sentence for each broken rule."""

    figures: Mapping[str, object]
    broken: Sequence[str]


def unlike(expected: Mapping[str, object], figures: Mapping[str, object]) -> list[str]:
    """A sentence for each figure that is not the expected one."""
    return [
        f"{name} is {figures[name]} in place of {value}"
        for name, value in expected.items()
        if figures[name] != value
    ]
