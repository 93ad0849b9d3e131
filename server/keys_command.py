"""`juncture keys`: API keys made, shown, rotated and revoked, each change on record."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, TypeVar

import typer

from resolvers.access.viewer import Scope
from server.console import ERR, check_migrated, fail, load_settings, open_storage
from storage.api_key_texts import find_key_id
from storage.api_keys import (
    ApiKey,
    ApiKeyState,
    NewApiKey,
    create_api_key,
    find_api_key,
    find_successor,
    list_api_keys,
    revoke_api_key,
    rotate_api_key,
)
from storage.audit import OPERATOR, acting
from storage.database import Queries
from storage.encryption import KeyRing
from storage.errors import CredentialUnreadableError, StorageError

T = TypeVar("T")
Work = Callable[[Queries, KeyRing], Awaitable[T]]
KeyName = Annotated[
    str, typer.Argument(metavar="ID", help="The key's id, as `list` shows it, or the key itself.")
]

app = typer.Typer(
    help="API keys: narrower than the secret key, many, each with an end.", no_args_is_help=True
)
_LONGEST_NAME: Final = 100
_SCOPES: Final = ", ".join(Scope.__members__)
_DURATION: Final = re.compile(r"([0-9]{1,5})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_HEADINGS: Final = ("ID", "NAME", "SCOPES", "CREATED", "EXPIRES", "LAST USED", "STATE")


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What the key is for, for people.")],
    scopes: Annotated[str, typer.Option(help=f"What it may do, by commas, of {_SCOPES}.")],
    expires: Annotated[
        str, typer.Option(help="When it ends: 90d, 12h, a date such as 2030-12-31, or never.")
    ] = "90d",
) -> None:
    """Make a key, and print it once."""
    now = datetime.now(UTC)
    checked_name, checked_scopes = _check_name(name), _read_scopes(scopes)
    expires_at = _read_end(expires, now)

    async def make(queries: Queries, ring: KeyRing) -> NewApiKey:
        return await create_api_key(
            queries, ring, name=checked_name, scopes=checked_scopes, expires_at=expires_at, now=now
        )

    _print_new(_run(make))


@app.command("list")
def list_keys() -> None:
    """Show all keys, the oldest first."""

    async def read(queries: Queries, _ring: KeyRing) -> list[ApiKey]:
        return await list_api_keys(queries)

    now = datetime.now(UTC)
    rows = [_HEADINGS, *(_describe(key, now) for key in _run(read))]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


@app.command()
def revoke(key: KeyName) -> None:
    """Let a key open nothing any more, within a second in every process.

    The frontend tokens that it made are dead with it.
    """
    now, key_id = datetime.now(UTC), _read_id(key)

    async def end(queries: Queries, ring: KeyRing) -> ApiKey:
        found = await _get_key(queries, key_id)
        return await revoke_api_key(queries, ring, key_id, now=now) or found

    ended = _run(end)
    _tell(
        f"API key {key_id} ({ended.name}) is revoked."
        if ended.revoked_at == now
        else f"API key {key_id} ({ended.name}) was revoked before; nothing has changed."
    )


@app.command()
def rotate(
    key: KeyName,
    overlap: Annotated[
        str, typer.Option(help="How long the old key goes on, and never for longer than its end.")
    ] = "24h",
) -> None:
    """Make a key in the place of another, with its name, scopes and length of life."""
    now, key_id = datetime.now(UTC), _read_id(key)
    old_ends_at = now + _read_duration(overlap, "--overlap")

    async def replace(queries: Queries, ring: KeyRing) -> NewApiKey:
        old = await _get_key(queries, key_id)
        _check_rotatable(old, await find_successor(queries, key_id), now)
        try:
            made = await rotate_api_key(queries, ring, old, old_ends_at=old_ends_at, now=now)
        except CredentialUnreadableError:
            fail(
                f"API key {key_id} is not as it was made and opens nothing: its row was damaged or "
                "changed past Juncture. Revoke it, and make another."
            )
        return made or fail(f"API key {key_id} was revoked a moment ago: make another.")

    made = _run(replace)
    _print_new(made)
    _tell(f"It takes the place of {key_id}, which ends {_write(old_ends_at)} at the latest.")


def _run(work: Work[T]) -> T:
    """What the work gives, done in one transaction on behalf of the operator."""
    settings = load_settings()
    check_migrated(settings)

    async def run() -> T:
        async with open_storage(settings) as (database, ring), database.transaction() as queries:
            with acting(OPERATOR):
                return await work(queries, ring)

    try:
        return asyncio.run(run())
    except StorageError as error:
        fail(str(error))


def _read_id(text: str) -> str:
    # What has another form may be a secret: it is never shown.
    return find_key_id(text) or fail(
        "That is no id of an API key: `juncture keys list` shows all of them."
    )


async def _get_key(queries: Queries, key_id: str) -> ApiKey:
    key = await find_api_key(queries, key_id)
    return key or fail(f"There is no API key {key_id!r}: `juncture keys list` shows all of them.")


def _check_rotatable(key: ApiKey, successor: ApiKey | None, now: datetime) -> None:
    state = key.state(now)
    if state is not ApiKeyState.ACTIVE:
        fail(
            f"API key {key.key_id} is {state.name.lower()} and cannot be rotated: make another "
            "with `juncture keys create`."
        )
    if successor is not None:
        fail(f"API key {key.key_id} has its successor already: rotate {successor.key_id}.")


def _check_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        fail(f"--name takes 1 to {_LONGEST_NAME} printable characters, on one line.")
    return name


def _read_scopes(text: str) -> list[str]:
    names = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not names:
        fail(f"--scopes takes at least one of {_SCOPES}, separated by commas.")
    unknown = [name for name in names if name not in Scope.__members__]
    if unknown:
        fail(f"--scopes: there is no scope {unknown[0]!r}; there are {_SCOPES}.")
    return names


def _read_end(text: str, now: datetime) -> datetime | None:
    if text == "never":
        return None
    ends_at = now + _read_duration(text, "--expires") if _is_duration(text) else _read_date(text)
    if ends_at <= now:
        fail(f"--expires: {text!r} is not in the future.")
    return ends_at


def _is_duration(text: str) -> bool:
    return _DURATION.fullmatch(text) is not None


def _read_duration(text: str, option: str) -> timedelta:
    form = _DURATION.fullmatch(text)
    if form is None:
        fail(f"{option}: {text!r} is no length of time such as 90d, 24h or 30m.")
    return timedelta(**{_UNITS[form[2]]: int(form[1])})


def _read_date(text: str) -> datetime:
    """The instant that a date begins at, in UTC where it names no other zone."""
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        fail(f"--expires: {text!r} is none of 90d, 12h, a date such as 2030-12-31, and never.")


def _print_new(made: NewApiKey) -> None:
    """The key alone on standard output, so that it can be piped to where it is kept."""
    typer.echo(made.text.get_secret_value())
    key = made.key
    _tell(
        f"API key {key.key_id} ({key.name}), expires: {_write(key.expires_at)}. It is shown this "
        "once: keep it now."
    )


def _describe(key: ApiKey, now: datetime) -> tuple[str, ...]:
    return (
        key.key_id,
        key.name,
        ",".join(key.scopes),
        _write(key.created_at),
        _write(key.expires_at),
        _write(key.last_used_at),
        key.state(now).name,
    )


def _write(instant_at: datetime | None) -> str:
    return "never" if instant_at is None else f"{instant_at:%Y-%m-%d %H:%M} UTC"


def _tell(text: str) -> None:
    ERR.print(text, markup=False, highlight=False, soft_wrap=True)
