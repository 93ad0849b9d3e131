"""The table of docs/security.md, as the long form of the scenarios writes it."""

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.outcome import Outcome

BEGIN = "<!-- faults: written by `make faults` -->"
END = "<!-- end of faults -->"
_GIB = 1024**3


def describe(name: str, rule: str, outcome: Outcome) -> str:
    """One row: the fault, what must hold, the figures, and whether it held."""
    figures = ", ".join(f"{figure} {_write(value)}" for figure, value in outcome.figures.items())
    result = "holds" if not outcome.broken else f"BROKEN: {'; '.join(outcome.broken)}"
    return f"| {name} | {rule} | {figures} | {result} |"


def describe_run(command: str, rows: Mapping[str, str]) -> str:
    """All rows below their head, with the machine, the date and the command."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    run = (
        f"Run on {datetime.now(UTC):%Y-%m-%d} by `{command}`: {os.cpu_count()} cores "
        f"({platform.machine()}), {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}."
    )
    lines = [
        run,
        "",
        "| fault | what must hold | seen | result |",
        "| --- | --- | --- | --- |",
        *rows.values(),
    ]
    return "\n".join(lines)


def put_into(file: Path, table: str) -> None:
    """Replace what stands between the marks of the file; the rest is people's.

    Raises:
        ValueError: the file has no marks.
    """
    before, begin, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{file} has no lines {BEGIN} and {END}")
    file.write_text(f"{before}{begin}\n\n{table}\n\n{end}{after}", encoding="utf-8")


def _write(value: object) -> str:
    return f"{value:,}" if type(value) is int else str(value)
