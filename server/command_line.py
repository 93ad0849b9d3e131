"""The command `juncture`."""

import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from schema.build import build_schema
from server import audit_command, keys_command
from server.console import (
    ERR,
    OUT,
    check_encryption_keys,
    check_migrated,
    fail,
    load_settings,
)
from server.demo import HOSTS, DemoError, DemoOptions, run_demo
from server.doctor import examine
from server.import_command import import_grants
from server.rotate_command import rotate_keys
from server.settings import SettingsError
from storage.encryption import generate_key
from storage.errors import StorageError
from storage.migrate import migrate as migrate_database
from storage.migrate import pending_migrations

app = typer.Typer(
    help="Juncture: a GraphQL gateway to Jira.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(keys_command.app, name="keys")
app.add_typer(audit_command.app, name="audit")
app.command("rotate-keys")(rotate_keys)
app.command("import")(import_grants)

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65_535)]
Data = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        metavar="FILE",
        help="JSON Lines of Jira issues, plain or .gz, in place of made-up ones. Repeatable.",
        exists=True,
        dir_okay=False,
        readable=True,
    ),
]


@app.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(help="How many processes answer.", min=1)] = 1,
) -> None:
    """Serve GraphQL, with the settings of the environment and of .env."""
    settings = load_settings()
    check_migrated(settings)
    asyncio.run(check_encryption_keys(settings))
    _check_port(host, port, "--port")
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/graphql"
    ERR.print(f"Starting Juncture at {address}; Ctrl-C stops it.", highlight=False, soft_wrap=True)
    uvicorn.run(
        "server.asgi:create",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=30,
        ws="none",
    )


@app.command()
def migrate() -> None:
    """Bring the database to this version's tables; safe to run again."""
    settings = load_settings()
    url = settings.database_url.get_secret_value()
    try:
        pending = pending_migrations(url)
        with ERR.status("Migrating the database …"):
            migrate_database(url)
    except StorageError as error:
        fail(str(error))
    OUT.print(f"{len(pending)} applied." if pending else "Nothing to do: the database is current.")


@app.command()
def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    sandbox_port: Annotated[
        int, typer.Option(help="The port of the sandbox Jira.", min=1, max=65_535)
    ] = 8001,
    state: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the database and the keys are kept.")
    ] = Path(".juncture"),
    data: Data = None,
) -> None:
    """Try Juncture: a server, a sandbox Jira, and a connection between them."""
    if host not in HOSTS:
        fail(f"The demo is for this machine alone: --host takes one of {', '.join(HOSTS)}.")
    if port == sandbox_port:
        fail(f"Port {port} cannot serve both: choose another with --port or --sandbox-port.")
    _check_port(host, port, "--port")
    _check_port(host, sandbox_port, "--sandbox-port")
    options = DemoOptions(
        host=host, port=port, sandbox_port=sandbox_port, state=state, data=tuple(data or ())
    )
    try:
        asyncio.run(run_demo(options, OUT))
    except (DemoError, SettingsError, StorageError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        OUT.print("Stopped.")


@app.command()
def sandbox(
    *,
    host: Host = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="The port to listen on; 0 takes any.", min=0, max=65_535)
    ] = 8001,
    data: Data = None,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Keep what Jira's API is asked and answers, as JSON Lines."
        ),
    ] = None,
    token_history: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write what the token endpoint does, as JSON Lines."),
    ] = None,
    client_id: Annotated[
        str | None, typer.Option(help="The app's client id, in place of sandbox-client.")
    ] = None,
    client_secret: Annotated[
        str | None, typer.Option(help="The app's client secret, in place of sandbox-secret.")
    ] = None,
    until_stdin_ends: Annotated[
        bool, typer.Option("--until-stdin-ends", help="End when standard input does.")
    ] = False,
) -> None:
    """Run the sandbox Jira alone, for your own tests."""
    options = [
        ("--host", host),
        ("--port", port),
        *(("--data", file) for file in data or ()),
        ("--record", record),
        ("--token-history", token_history),
        ("--client-id", client_id),
        ("--client-secret", client_secret),
    ]
    _become_sandbox(options, ["--until-stdin-ends"] if until_stdin_ends else [])


@app.command()
def schema() -> None:
    """Print the GraphQL schema."""
    typer.echo(build_schema(has_introspection=True).as_str())


@app.command()
def doctor(
    external_id: Annotated[
        str | None, typer.Option(help="Also ask Jira through this connection.")
    ] = None,
) -> None:
    """Check the configuration and what it leads to; one line each."""
    findings = asyncio.run(examine(external_id))
    for finding in findings:
        mark, colour = ("ok  ", "green") if finding.is_good else ("FAIL", "red")
        OUT.print(f"[{colour}]{mark}[/{colour}] {finding.subject}: ", end="", highlight=False)
        OUT.print(finding.text, markup=False, highlight=False, soft_wrap=True)
    if not all(finding.is_good for finding in findings):
        raise typer.Exit(1)


@app.command()
def new_key() -> None:
    """Print a new entry for JUNCTURE_ENCRYPTION_KEYS."""
    typer.echo(generate_key(datetime.now(UTC).date()))


def main() -> None:
    """Run the command line."""
    app()


def _become_sandbox(options: Sequence[tuple[str, object]], flags: Sequence[str]) -> None:
    """Run it in the place of this process, so that a signal meant for it leaves none behind."""
    # With an equals sign, so that a value may begin with a hyphen.
    given = [f"{option}={value}" for option, value in options if value is not None]
    command = [sys.executable, "-P", "-m", "sandbox", *given, *flags]
    os.execv(sys.executable, command)  # noqa: S606 - our own module


def _check_port(host: str, port: int, option: str) -> None:
    """Tell of a taken port before anything starts; the option is the one that changes it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fail(
                f"Port {port} on {host} cannot be used ({error.strerror}): stop what listens "
                f"there, or choose another with {option}."
            )
