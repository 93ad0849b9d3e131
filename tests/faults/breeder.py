"""Processes of Juncture that are forked from one that has everything loaded.

Starting one from nothing costs a second and more, and the long form kills more than a thousand.
`python -m tests.faults.breeder` reads orders, one JSON line each, and writes what became of them.
"""

import ctypes
import json
import os
import signal
import sys
from typing import Any

import server.asgi
from tests.faults import launcher

_PR_SET_PDEATHSIG = 1
"""A child ends with its parent. Source: prctl(2)."""

assert server.asgi  # loaded for the children


def main() -> None:
    """Fork a process for each order until standard input ends; the children end with it."""
    numbers: dict[int, int] = {}
    signal.signal(signal.SIGCHLD, lambda *_: _tell_ends(numbers))
    for line in sys.stdin:
        order = json.loads(line)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            _live(order)
        numbers[pid] = order["number"]
        tell(order["number"], "pid", pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def tell(number: int, what: str, value: object) -> None:
    """One line, in one write, so that those of several processes do not mix."""
    os.write(1, f"{number} {what} {value}\n".encode())


def _live(order: dict[str, Any]) -> None:
    """Be the process of an order, to its end."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    code = 0
    try:
        launcher.serve(
            launcher.read_options(order["arguments"]),
            lambda address: tell(order["number"], "address", address),
        )
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - the end of a process
        sys.excepthook(*sys.exc_info())
        code = 1
    os._exit(code)


def _tell_ends(numbers: dict[int, int]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        tell(numbers.pop(pid), "end", os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
