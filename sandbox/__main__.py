"""Runs the sandbox as a process of its own: `python -m sandbox`."""

import argparse
import contextlib
import errno
import os
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from sandbox.application import create_application
from sandbox.archive import build_archive_world
from sandbox.errors import ArchiveError
from sandbox.exchange_log import ExchangeLog
from sandbox.generator import generate_world
from sandbox.state import Settings
from sandbox.token_history import TokenHistory
from sandbox.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; 0 when all went well, 1 with a sentence on stderr otherwise."""
    options = _read_options(arguments)
    if options.until_stdin_ends:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    try:
        world = build_archive_world(options.data) if options.data else generate_world()
        exchanges = ExchangeLog(options.record) if options.record else None
        token_history = TokenHistory(options.token_history)
        listener = _listen(options.host, options.port)
    except (ArchiveError, OSError) as error:
        sys.stderr.write(f"{_explain(error, options.host, options.port)}\n")
        return 1
    settings = Settings(options.client_id, options.client_secret)
    application = create_application(
        world, settings=settings, exchanges=exchanges, token_history=token_history
    )
    configuration = uvicorn.Config(
        application, log_level="warning", lifespan="off", date_header=False
    )
    host, port = listener.getsockname()[:2]
    sys.stdout.write(f"Sandbox ready on http://{host}:{port} with {_count(world)} issues.\n")
    sys.stdout.flush()
    with listener, contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(configuration).run(sockets=[listener])
    return 0


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description="A Jira Cloud look-alike.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8001, help="port to listen on; 0 takes any")
    parser.add_argument(
        "--data",
        type=Path,
        action="append",
        metavar="FILE",
        help="JSON Lines of Jira issues, plain or .gz, in place of the generated ones; repeatable",
    )
    parser.add_argument(
        "--record",
        type=Path,
        default=os.environ.get("SANDBOX_RECORD") or None,
        metavar="FILE",
        help="keep what Jira's API is asked and answers in FILE, as JSON Lines; or set "
        "SANDBOX_RECORD",
    )
    parser.add_argument(
        "--token-history",
        type=Path,
        metavar="FILE",
        help="write what the token endpoint gives and refuses to FILE, as JSON Lines",
    )
    parser.add_argument("--client-id", default=Settings().client_id, help="the app's client id")
    parser.add_argument(
        "--client-secret", default=Settings().client_secret, help="the app's client secret"
    )
    parser.add_argument(
        "--until-stdin-ends",
        action="store_true",
        help="end when standard input does, as it does when whoever holds it is gone",
    )
    return parser.parse_args(arguments)


def _end_with_stdin() -> None:
    # Not through sys.stdin: a thread that holds its lock makes the interpreter abort at its end.
    while os.read(0, 1024):
        pass
    # Everything is in memory, and a graceful end would wait for open connections.
    os._exit(0)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _explain(error: ArchiveError | OSError, host: str, port: int) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken: stop what listens there, or choose another with "
            "--port."
        )
    return f"The sandbox cannot start: {error}"


def _count(world: World) -> int:
    return sum(len(data.issues) for data in world.data.values())


if __name__ == "__main__":
    sys.exit(main())
