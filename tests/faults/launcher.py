"""Runs one process of Juncture for the tests, which may end or halt itself at a step.

`python -m tests.faults.launcher`: the settings are the environment's, as for `juncture serve`.
"""

import argparse
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn

from tests.faults.kill_points import KillPoint, Trap
from tests.faults.write_points import WritePoint, WriteTrap
from tests.support.servers import LOOPBACK


def main() -> None:
    """Serve on a port that the first line on standard output names, until ended."""
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    serve(read_options(), _tell_address)


def serve(options: argparse.Namespace, tell: Callable[[str], None]) -> None:
    """Tell the address and serve there, until ended, or at the trap that the options name."""
    number = signal.SIGSTOP if options.halts else signal.SIGKILL
    if options.write_trap is not None:
        WriteTrap(options.write_trap, options.arrival, number).set()
    if options.trap is not None:
        Trap(options.trap, options.arrival, options.history, number).set()
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen(8192)
        tell(f"http://{LOOPBACK}:{listener.getsockname()[1]}")
        configuration = uvicorn.Config(
            "server.asgi:create",
            factory=True,
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=8192,
            timeout_graceful_shutdown=30,
            ws="none",
        )
        uvicorn.Server(configuration).run(sockets=[listener])


def _tell_address(address: str) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()


def _end_with_stdin() -> None:
    """Leave nothing behind where whoever started this is gone."""
    while os.read(0, 1024):
        pass
    os._exit(0)


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line, or a list in its place, asks for."""
    parser = argparse.ArgumentParser(prog="tests.faults.launcher")
    parser.add_argument("--trap", type=KillPoint, choices=list(KillPoint))
    parser.add_argument("--write-trap", type=WritePoint, choices=list(WritePoint))
    parser.add_argument("--halts", action="store_true", help="stop there, in place of ending")
    parser.add_argument("--arrival", type=int, default=1)
    parser.add_argument("--history", type=Path)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
