"""Tests of so many values, on ways that others cover, that tracing them would take minutes."""

import sys
from collections.abc import Generator

import pytest

MARKER = "untraced"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", f"{MARKER}: the test is not traced for coverage")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run a marked test without the tracer; the `no_cover` of pytest-cov has no effect in workers.

    Source: pytest-cov 7.1, which starts a second measurement within a worker's first one.
    """
    if item.get_closest_marker(MARKER) is None:
        return (yield)
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)
