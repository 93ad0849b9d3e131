"""Real processes: one sandbox, and as many of Juncture as a scenario wants on one database."""

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from storage.encryption import KeyRing, generate_key
from tests.faults.checker import Exchange, read_history
from tests.faults.kill_points import KillPoint
from tests.faults.nursery import Child, Nursery
from tests.faults.proxy import FaultProxy, open_proxy
from tests.faults.write_points import WritePoint
from tests.support.missing import Missing
from tests.support.servers import LOOPBACK, REPOSITORY

_PATIENCE_S = 60.0
_END_S = 15.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process that listens on the loopback, ended by its own id alone."""

    address: str
    popen: subprocess.Popen[str] | Child

    def send_signal(self, number: signal.Signals) -> None:
        """SIGSTOP halts it, SIGCONT lets it go on."""
        self.popen.send_signal(number)

    @property
    def is_halted(self) -> bool:
        """Whether SIGSTOP has stopped it. Source: proc(5), `stat`."""
        stat = Path(f"/proc/{self.popen.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"

    async def wait(self) -> int:
        """Its end: the exit code, or the negative number of the signal."""
        return await asyncio.to_thread(self.popen.wait, _PATIENCE_S)


@dataclass
class House:
    """A sandbox, a proxy before its token endpoint, and the processes of Juncture started so far.

    `settings` are variables of the environment without their prefix.
    """

    folder: Path
    database_url: str
    sandbox: Process
    history_file: Path
    proxy: FaultProxy
    nursery: Nursery
    settings: Mapping[str, str]
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    ring_entry: str = field(default_factory=lambda: generate_key(datetime.now(UTC).date()))
    processes: list[Process] = field(default_factory=list)

    @property
    def ring(self) -> KeyRing:
        """The keys that its processes encrypt with."""
        return KeyRing.parse([self.ring_entry])

    @property
    def history(self) -> list[Exchange]:
        """What the sandbox's token endpoint did so far."""
        return read_history(self.history_file)

    async def start(
        self,
        *,
        trap: KillPoint | None = None,
        write_trap: WritePoint | None = None,
        arrival: int = 1,
        halts: bool = False,
        clock: str | None = None,
    ) -> Process:
        """One more process, once it serves; it ends itself at the n-th arrival at its trap.

        With `halts` it stops there instead, until SIGCONT. `clock` shifts the time of day for it
        alone, as `+1h`; see `faketime_library`.
        """
        options = ["--history", str(self.history_file)]
        if trap is not None:
            options += ["--trap", trap.value, "--arrival", str(arrival)]
        if write_trap is not None:
            options += ["--write-trap", write_trap.value, "--arrival", str(arrival)]
        if halts:
            options.append("--halts")
        process = await (self._bear(options) if clock is None else self._launch(options, clock))
        self.processes.append(process)
        async with httpx.AsyncClient(timeout=_PATIENCE_S) as http:
            try:
                (await http.get(f"{process.address}/healthz")).raise_for_status()
            except httpx.TransportError:
                # At its start it looks for what broke off, and may meet its trap in that.
                if trap is not None and await process.wait() == -signal.SIGKILL:
                    return process
                raise AssertionError(f"it does not start:\n{self.log()[-2000:]}") from None
        return process

    async def _bear(self, options: Sequence[str]) -> Process:
        log = self.folder / f"juncture-{len(self.processes)}-{secrets.token_hex(4)}.log"
        address, child = await self.nursery.bear(
            options, self._environment(), folder=self.folder, log=log
        )
        return Process(address, child)

    async def _launch(self, options: Sequence[str], clock: str) -> Process:
        """One of its own making: what is loaded already asks the time past the library."""
        command = ["-m", "tests.faults.launcher", *options]
        return await _start(command, self._environment() | _shift(clock), self.folder, "juncture")

    async def start_many(self, count: int) -> list[Process]:
        """Several, side by side."""
        return list(await asyncio.gather(*(self.start() for _ in range(count))))

    async def order(self, path: str, body: Mapping[str, Any]) -> None:
        """Tell the sandbox's control API."""
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{self.sandbox.address}/__sandbox__/{path}", json=body)
        answer.raise_for_status()

    def log(self) -> str:
        """What all processes wrote."""
        return "".join(file.read_text() for file in sorted(self.folder.glob("*.log")))

    def _environment(self) -> dict[str, str]:
        own = {
            "environment": "development",
            "database_url": self.database_url,
            "secret_key": self.key,
            "encryption_keys": self.ring_entry,
            "jira_client_id": "sandbox-client",
            "jira_client_secret": "sandbox-secret",
            "jira_auth_url": self.proxy.address,
            "jira_api_url": self.sandbox.address,
            "log_level": "warning",
            **self.settings,
        }
        return {f"JUNCTURE_{name.upper()}": value for name, value in own.items()}


@asynccontextmanager
async def open_house(folder: Path, database_url: str, **settings: str) -> AsyncIterator[House]:
    """A sandbox and its proxy; whatever the house started has ended when the block does."""
    history = folder / "token-history.jsonl"
    command = ["-m", "sandbox", "--port", "0", "--token-history", str(history)]
    sandbox = await _start([*command, "--until-stdin-ends"], {}, folder, "sandbox")
    nursery = Nursery(folder)
    async with open_proxy(sandbox.address) as proxy:
        house = House(folder, database_url, sandbox, history, proxy, nursery, settings)
        try:
            yield house
        finally:
            await asyncio.gather(*map(_end, [*house.processes, sandbox]))
            await asyncio.to_thread(nursery.close)


def faketime_library() -> Path | Missing:
    """The library that shifts the time of day of a process."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if found:
        return found[0]
    return Missing("faketime", "install it (Debian: apt-get install faketime)")


async def _start(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, name: str
) -> Process:
    popen, log = _open(command, environment, folder, name)
    assert popen.stdout is not None
    line = await asyncio.to_thread(popen.stdout.readline)
    address = next((word for word in line.split() if word.startswith(f"http://{LOOPBACK}:")), None)
    assert address is not None, log.read_text()
    return Process(address, popen)


def _open(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, name: str
) -> tuple[subprocess.Popen[str], Path]:
    inherited = {
        variable: value
        for variable, value in os.environ.items()
        if not variable.startswith(("JUNCTURE_", "SANDBOX_", "COV_"))
    }
    log = folder / f"{name}-{len(list(folder.glob(f'{name}-*.log')))}.log"
    with log.open("w") as target:
        popen = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env={**inherited, "PYTHONPATH": str(REPOSITORY), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=target,
            text=True,
        )
    return popen, log


async def _end(process: Process) -> None:
    """Let it end by itself, and where it does not in time, by force."""
    popen = process.popen
    with contextlib.suppress(ProcessLookupError):
        popen.send_signal(signal.SIGCONT)
        popen.terminate()
    try:
        await asyncio.to_thread(popen.wait, _END_S)
    except subprocess.TimeoutExpired:
        popen.kill()
        await asyncio.to_thread(popen.wait)
    if isinstance(popen, subprocess.Popen):
        for pipe in (popen.stdin, popen.stdout):
            if pipe is not None:
                pipe.close()


def _shift(clock: str) -> dict[str, str]:
    library = faketime_library()
    assert isinstance(library, Path), str(library)
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": clock,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
