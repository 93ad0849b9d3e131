"""The table of docs/security.md, as the long form of the scenarios writes it, row by row."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.outcome import Outcome

BEGIN = "<!-- faults: written by `make faults` -->"
END = "<!-- end of faults -->"
_HEAD = (
    "| fault | what must hold | seen | on | result |",
    "| --- | --- | --- | --- | --- |",
)
_GIB = 1024**3


def describe(name: str, rule: str, outcome: Outcome) -> str:
    """One row: the fault, what must hold, the figures, the day and the machine, whether it held."""
    figures = ", ".join(f"{figure} {_write(value)}" for figure, value in outcome.figures.items())
    result = "holds" if not outcome.broken else f"BROKEN: {'; '.join(outcome.broken)}"
    return f"| {name} | {rule} | {figures} | {_describe_run()} | {result} |"


def put_into(file: Path, rows: Mapping[str, str], order: Sequence[str]) -> None:
    """Put rows, by their fault's name, into the table between the marks of the file.

    Those that were not made anew stay, with their day; those in no `order` go.

    Raises:
        ValueError: the file has no marks.
    """
    before, begin, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    table, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{file} has no lines {BEGIN} and {END}")
    known = {name: row for row in table.splitlines() if (name := _name_of(row)) in order}
    told = {**known, **rows}
    lines = "\n".join([*_HEAD, *(told[name] for name in order if name in told)])
    file.write_text(f"{before}{begin}\n\n{lines}\n\n{end}{after}", encoding="utf-8")


def _name_of(row: str) -> str:
    return row.removeprefix("| ").partition(" | ")[0]


def _describe_run() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    return f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {memory:.0f} GiB"


def _write(value: object) -> str:
    return f"{value:,}" if type(value) is int else str(value)
