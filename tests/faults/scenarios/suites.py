"""Long runs of the tests themselves: with marked secrets, and with many steps of many tenants."""

import asyncio
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.faults.outcome import Outcome, Place, unlike
from tests.support.servers import REPOSITORY

_FOLDERS = ("tests/oauth", "tests/storage", "tests/server", "tests/resolvers", "tests/end_to_end")
_TENANTS = "tests/end_to_end/test_tenants.py"


async def mark_secrets(place: Place, paths: Sequence[str] = _FOLDERS) -> Outcome:
    """The tests of these folders, each secret marked, and every place read where none may be."""
    code, told = await _run_tests(place, [*paths, "-p", "tests.faults.canaries"], {})
    figures = {
        "tests": _find_count(r"(\d+) passed", told),
        "secrets marked": _find_count(r"([\d,]+) secrets marked", told),
        "bytes looked at": sum(_count(each) for each in re.findall(r"([\d,]+) bytes of", told)),
        "hits": _find_count(r"([\d,]+) hits", told),
        "exit code": code,
    }
    return Outcome(figures, unlike({"hits": 0, "exit code": 0}, figures))


async def mix_tenants(place: Place, *, steps: int) -> Outcome:
    """Several tenants ask, change, leave and come back in any order, on both databases."""
    code, told = await _run_tests(place, [_TENANTS], {"JUNCTURE_TENANT_STEPS": str(steps)})
    figures = {
        "steps on each database": steps,
        "databases": _find_count(r"(\d+) passed", told),
        "exit code": code,
    }
    return Outcome(figures, unlike({"databases": 2, "exit code": 0}, figures))


async def _run_tests(
    place: Place, arguments: Sequence[str], environment: Mapping[str, str]
) -> tuple[int, str]:
    log = place.folder / "tests.log"
    with log.open("wb") as target:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"),
            *arguments,
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=target,
            stderr=target,
        )
        code = await process.wait()
    told = await asyncio.to_thread(Path.read_text, log, encoding="utf-8")
    if code:
        sys.stderr.write(told[-4000:])
    return code, told


def _find_count(pattern: str, told: str) -> int:
    found = re.findall(pattern, told)
    return _count(found[-1]) if found else -1


def _count(text: str) -> int:
    return int(text.replace(",", ""))
