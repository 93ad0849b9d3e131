"""The fixtures of all tests."""

import gc
import socket

import pytest

pytest_plugins = [
    "tests.support.missing",
    "tests.support.tracing",
    "tests.support.browser",
    "tests.support.databases",
    "tests.support.exchanges",
    "tests.support.gateway",
]

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def pytest_collection_finish() -> None:
    """All modules stay: no later collection of garbage has to walk them again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _loopback_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches another machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in _LOOPBACK:
            pytest.fail(f"a test tried to reach {address[0]}")
        connect(self, address)  # type: ignore[arg-type]  # whatever the caller passed

    monkeypatch.setattr(socket.socket, "connect", guarded)
