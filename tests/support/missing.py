"""What this machine lacks for some tests: skip them loudly, or fail where nothing may be skipped.

A pytest plugin: its summary closes the run with every reason for a skip and how often it was met.
"""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import pytest

REQUIRE_VARIABLE = "JUNCTURE_TEST_REQUIRE"

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Missing:
    """Something outside of the repository that a test needs and this machine does not have."""

    name: str
    remedy: str

    @property
    def switch(self) -> str:
        """How `JUNCTURE_TEST_REQUIRE` names it."""
        return self.name.lower()

    def __str__(self) -> str:
        return f"{self.name} is missing: {self.remedy}"


def require(found: Found | Missing) -> Found:
    """The thing itself; where it is missing, the running test is skipped.

    The test fails instead where `JUNCTURE_TEST_REQUIRE` is `all` or lists its name: `postgresql`,
    `redis`, `node`, `chromium`, `curl`, `shared`, `graphiql`, `exchanges`, `clients`, `faketime`,
    `git`, joined by commas.
    """
    if not isinstance(found, Missing):
        return found
    if is_required(found, os.environ):
        pytest.fail(f"{found} ({REQUIRE_VARIABLE} forbids to skip it)", pytrace=False)
    pytest.skip(str(found))


def is_required(missing: Missing, environment: Mapping[str, str]) -> bool:
    """Whether the environment forbids to go on without it."""
    names = {name.strip() for name in environment.get(REQUIRE_VARIABLE, "").lower().split(",")}
    return "all" in names or missing.switch in names


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List each reason for a skip with the number of tests that it cost."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section("not tested here, and why")
    for reason, count in Counter(_reason(report) for report in skipped).most_common():
        terminalreporter.line(f"{count} skipped: {reason}")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)
