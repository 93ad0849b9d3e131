"""A page in a real Chromium, with everything the browser complained about.

A pytest plugin: tests ask for the fixture `visit`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import ConsoleMessage, Error, Page, async_playwright

from tests.support.missing import require
from tests.support.servers import chromium_path

_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  window.reportPolicyViolation(`${event.effectiveDirective} ${event.blockedURI}`));
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """A fresh page of a fresh profile; the lists grow while the page lives."""

    page: Page
    console_errors: list[str] = field(default_factory=list)
    """Console messages of level error, and uncaught exceptions."""
    policy_violations: list[str] = field(default_factory=list)
    """Directive and blocked address of each breach of the Content-Security-Policy."""


@asynccontextmanager
async def open_page(chromium: Path) -> AsyncIterator[Visit]:
    """Start Chromium for one page, and end it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(_ARGUMENTS))
        try:
            visit = Visit(await browser.new_page())
            await _listen(visit)
            yield visit
        finally:
            await browser.close()


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    """A page that has loaded nothing yet."""
    async with open_page(require(chromium_path())) as visit:
        yield visit


async def _listen(visit: Visit) -> None:
    def note_message(message: ConsoleMessage) -> None:
        if message.type == "error":
            visit.console_errors.append(message.text)

    def note_exception(error: Error) -> None:
        visit.console_errors.append(str(error))

    def note_violation(violation: str) -> None:
        visit.policy_violations.append(violation)

    visit.page.on("console", note_message)
    visit.page.on("pageerror", note_exception)
    await visit.page.expose_function("reportPolicyViolation", note_violation)
    await visit.page.add_init_script(_REPORT_VIOLATIONS)
