"""The tests' side of the breeder: orders processes, and knows what became of each."""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tests.support.servers import REPOSITORY

_PATIENCE_S = 60.0


@dataclass(slots=True)
class Child:
    """One process; `code` is there once it has ended."""

    pid: int = 0
    code: int | None = None
    addresses: SimpleQueue[str] = field(default_factory=SimpleQueue)
    ended: threading.Event = field(default_factory=threading.Event)
    born: threading.Event = field(default_factory=threading.Event)

    def send_signal(self, number: signal.Signals) -> None:
        """As `Popen` does: nothing where it has ended."""
        if self.code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, or the negative number of the signal that ended it.

        Raises:
            TimeoutExpired: it has not ended in time.
        """
        if not self.ended.wait(timeout):
            raise subprocess.TimeoutExpired("a bred process", timeout or 0)
        assert self.code is not None
        return self.code


class Nursery:
    """One breeder and its children."""

    def __init__(self, folder: Path) -> None:
        inherited = {
            variable: value
            for variable, value in os.environ.items()
            if not variable.startswith(("JUNCTURE_", "SANDBOX_", "COV_"))
        }
        self._environment = {**inherited, "PYTHONPATH": str(REPOSITORY)}
        with (folder / "breeder.log").open("w") as log:
            self._breeder = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.breeder"],
                cwd=folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._children: dict[int, Child] = {}
        self._numbers = itertools.count()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    async def bear(
        self, arguments: Sequence[str], environment: Mapping[str, str], *, folder: Path, log: Path
    ) -> tuple[str, Child]:
        """A process of its own with these arguments of the launcher: its address, and itself."""
        number, child = next(self._numbers), Child()
        self._children[number] = child
        order: dict[str, Any] = {
            "number": number,
            "arguments": list(arguments),
            "environment": {**self._environment, **environment},
            "folder": str(folder),
            "log": str(log),
        }
        assert self._breeder.stdin is not None
        self._breeder.stdin.write(json.dumps(order) + "\n")
        self._breeder.stdin.flush()
        address = await asyncio.to_thread(child.addresses.get, timeout=_PATIENCE_S)
        await asyncio.to_thread(child.born.wait, _PATIENCE_S)
        assert address, f"it ended before it served; see {log}"
        return address, child

    def close(self) -> None:
        """End the breeder, and with it whoever is left."""
        assert self._breeder.stdin is not None
        self._breeder.stdin.close()
        self._breeder.wait(_PATIENCE_S)
        self._reader.join(_PATIENCE_S)

    def _read(self) -> None:
        assert self._breeder.stdout is not None
        with self._breeder.stdout as lines:
            for line in lines:
                number, what, value = line.split()
                self._note(self._children[int(number)], what, value)

    def _note(self, child: Child, what: str, value: str) -> None:
        if what == "pid":
            child.pid = int(value)
            child.born.set()
        elif what == "address":
            child.addresses.put(value)
        else:
            child.code = int(value)
            child.ended.set()
            child.addresses.put("")
