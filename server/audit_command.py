"""The commands `juncture audit …`: what happened, and whether the record of it is whole."""

import asyncio
import json
from typing import Annotated

import typer

from resolvers.arguments import check_external_id
from resolvers.errors import BadUserInputError
from server.console import OUT, check_migrated, fail, load_settings, open_storage
from server.settings import Settings
from storage.audit import AuditEvent, AuditKind, ChainCheck, check_chain, list_events
from storage.errors import StorageError

_WIDEST_KIND = max(map(len, AuditKind))

app = typer.Typer(
    help="The record of what happened to connections, keys and tokens.", no_args_is_help=True
)


@app.command("list")
def list_command(
    *,
    external_id: Annotated[
        str | None, typer.Option(help="Events about this external id alone.")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=100_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Print events, the newest first."""
    if external_id is not None:
        try:
            check_external_id(external_id, argument="--external-id")
        except BadUserInputError as error:
            fail(error.message)
    settings = load_settings()
    check_migrated(settings)
    try:
        events = asyncio.run(_list_events(settings, external_id, limit))
    except StorageError as error:
        fail(str(error))
    for event in events:
        typer.echo(json.dumps(_members(event)) if as_json else _line(event))


@app.command()
def verify() -> None:
    """Tell whether an event was changed, removed, moved or put in, and which is the first."""
    settings = load_settings()
    check_migrated(settings)
    try:
        check = asyncio.run(_check(settings))
    except StorageError as error:
        fail(f"The record cannot be verified: {error}")
    if check.broken_at is None:
        OUT.print(f"All {check.sound} events are as they were written.", highlight=False)
        return
    fail(
        f"Event {check.broken_at} is the first that is not as it was written: it was changed, "
        f"removed, moved or put in. The {check.sound} before it are sound; compare the rest with "
        "a backup of the tables audit_event and audit_chain."
    )


async def _list_events(settings: Settings, external_id: str | None, limit: int) -> list[AuditEvent]:
    async with open_storage(settings) as (database, _ring):
        return await list_events(database, external_id=external_id, amount=limit)


async def _check(settings: Settings) -> ChainCheck:
    async with open_storage(settings) as (database, ring):
        return await check_chain(database, ring)


def _line(event: AuditEvent) -> str:
    parts = [
        f"{event.sequence:>7}",
        f"{event.at:%Y-%m-%dT%H:%M:%SZ}",
        f"{event.kind:<{_WIDEST_KIND}}",
        event.actor,
        json.dumps(event.subject.external_id) if event.subject.external_id is not None else "-",
        json.dumps(event.details) if event.details else "",
    ]
    return "  ".join(parts).rstrip()


def _members(event: AuditEvent) -> dict[str, object]:
    return {
        "sequence": event.sequence,
        "eventId": event.event_id,
        "kind": event.kind,
        "actor": event.actor,
        "at": event.at.isoformat(),
        "externalId": event.subject.external_id,
        "provider": event.subject.provider,
        "connectionId": event.subject.connection_id,
        "requestId": event.request_id,
        "details": event.details,
    }
