"""`juncture import`: the grants of another system move in, while others serve."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from jira_api.client import open_http
from oauth.import_runs import handle_all, iter_once
from oauth.imports import Finding, Importer, Outcome
from oauth.jira import JiraProvider
from oauth.refresh import TokenKeeper
from resolvers.arguments import check_external_id
from resolvers.errors import BadUserInputError
from server.console import ERR, OUT, check_migrated, fail, load_settings, open_storage
from server.services import oauth_client
from server.settings import Settings
from storage.audit import OPERATOR, acting
from storage.clock import DatabaseClock
from storage.database import Database, open_database
from storage.encryption import KeyRing
from storage.errors import KeysUnfitError, StorageError
from storage.foreign_connections import Entry, UnreadableEntry, read_json_lines
from storage.foreign_tables import iter_foreign_tables

_TIMEOUT: Final = timedelta(seconds=15)
_AGAIN: Final = "Run the same command again: it goes on where this run ended."


class SourceUnreadableError(Exception):
    """What is to be imported cannot be read; the message holds no address."""


@dataclass(slots=True)
class _Run:
    """What one run is asked for, and what it has found so far."""

    settings: Settings
    file: Path | None
    from_postgres: str | None
    is_dry: bool
    concurrency: int
    report: int | None
    counts: Counter[Outcome] = field(default_factory=Counter)

    def tell(self, finding: Finding) -> None:
        """Count a finding, and say what is left to do; the report gets every one."""
        self.counts[finding.outcome] += 1
        if self.report is not None:
            os.write(self.report, _to_json(finding))
        if not finding.outcome.is_good:
            ERR.print(_describe(finding), markup=False, highlight=False, soft_wrap=True)


def import_grants(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Connections as JSON Lines; docs/moving-in.md has their members.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    *,
    from_postgres: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="In place of a file, the PostgreSQL database of juncture-core-server. PGPASSWORD "
            "keeps the password out of the command.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check every entry; call nobody and write nothing.")
    ] = False,
    concurrency: Annotated[
        int, typer.Option(help="How many grants are refreshed at once.", min=1, max=64)
    ] = 4,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write what became of each entry, as JSON Lines."),
    ] = None,
) -> None:
    """Take over the grants of another system; each is proven by one refresh.

    Stop the other system first: from its refresh on, a grant is Juncture's. Servers of Juncture may
    go on meanwhile. It can be stopped at any time and run again.
    """
    if (file is None) == (from_postgres is None):
        fail("Name what to import: either a file of JSON Lines, or --from-postgres URL.")
    settings = load_settings()
    check_migrated(settings)
    with _open_report(report, file) as target:
        run = _Run(settings, file, from_postgres, dry_run, concurrency, target)
        try:
            asyncio.run(_import(run))
        except SourceUnreadableError as error:
            _print_counts(run)
            fail(str(error))
        except KeysUnfitError as error:
            fail(f"{error} Nothing was imported.")
        except StorageError as error:
            _print_counts(run)
            fail(f"{error} {_AGAIN}")
        except KeyboardInterrupt:
            _print_counts(run)
            fail(f"Stopped. {_AGAIN}")
    _print_counts(run)
    if run.counts[Outcome.APP_REFUSED]:
        fail(f"Nothing after this was tried. {_AGAIN}")
    if not all(outcome.is_good for outcome in run.counts):
        raise typer.Exit(1)


async def _import(run: _Run) -> None:
    async with (
        open_storage(run.settings) as (database, ring),
        open_http(timeout=_TIMEOUT) as http,
    ):
        # That of the servers, who hold leases by it too.
        clock = DatabaseClock(database)
        await clock.set()
        jira = JiraProvider(http, oauth_client(run.settings), run.settings.jira_scopes, clock)
        importer = _importer(run, database, ring, jira, clock)
        try:
            async with aclosing(_iter_source(run)) as source:
                with acting(OPERATOR):
                    await handle_all(
                        iter_once(_check_external_ids(source)),
                        importer.examine if run.is_dry else importer.take_over,
                        concurrency=run.concurrency,
                        tell=run.tell,
                    )
        finally:
            # A grant whose answer is on its way has been spent.
            await importer.tokens.settle()


def _importer(
    run: _Run, database: Database, ring: KeyRing, jira: JiraProvider, clock: DatabaseClock
) -> Importer:
    providers = {jira.name: jira}
    keeper = TokenKeeper(
        database,
        ring,
        providers,
        clock,
        run.settings.refresh_times,
        max_concurrency=run.concurrency,
    )
    source = "file" if run.from_postgres is None else "postgresql"
    return Importer(database, ring, providers, keeper, clock, source)


async def _iter_source(run: _Run) -> AsyncGenerator[Entry, None]:
    if run.file is not None:
        try:
            with run.file.open("rb") as file:
                for entry in read_json_lines(file):
                    yield entry
        except OSError as error:
            raise SourceUnreadableError(f"The file cannot be read: {error.strerror}.") from None
    elif run.from_postgres is not None:
        async with aclosing(_iter_tables(run.from_postgres)) as entries:
            async for entry in entries:
                yield entry


async def _iter_tables(url: str) -> AsyncGenerator[Entry, None]:
    example = "give a URL such as postgresql://user@host/database, with its tables in place"
    if not url.startswith(("postgresql://", "postgres://")):
        raise SourceUnreadableError(f"--from-postgres takes a PostgreSQL database: {example}.")
    try:
        database = open_database(url, acquire_timeout=_TIMEOUT, pool_size=1)
        await database.connect()
    except (StorageError, ValueError) as error:
        shown = str(error) if isinstance(error, StorageError) else "the URL is malformed"
        raise SourceUnreadableError(f"--from-postgres cannot be opened: {shown}") from None
    try:
        async for entry in iter_foreign_tables(database):
            yield entry
    except StorageError as error:
        raise SourceUnreadableError(f"--from-postgres cannot be read: {error}") from None
    finally:
        await database.disconnect()


async def _check_external_ids(entries: AsyncIterator[Entry]) -> AsyncIterator[Entry]:
    """The entries; those that no query could name are unreadable."""
    async for entry in entries:
        if isinstance(entry, UnreadableEntry):
            yield entry
            continue
        try:
            check_external_id(entry.external_id)
        except BadUserInputError as error:
            yield UnreadableEntry(entry.line, entry.external_id, f"is refused: {error}")
        else:
            yield entry


@contextmanager
def _open_report(report: Path | None, file: Path | None) -> Iterator[int | None]:
    if report is None:
        yield None
        return
    try:
        if file is not None and report.exists() and report.samefile(file):
            fail("--report would overwrite what is to be imported: name another file.")
        target = os.open(report, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        fail(f"--report cannot be written ({error.strerror}): name another file.")
    try:
        yield target
    finally:
        os.close(target)


def _to_json(finding: Finding) -> bytes:
    told = {
        "line": finding.line,
        "externalId": finding.external_id,
        "outcome": finding.outcome.value,
        "text": finding.text,
    }
    return json.dumps(told).encode() + b"\n"


def _describe(finding: Finding) -> str:
    # In JSON's quotes, since what is unreadable may hold anything.
    name = "" if finding.external_id is None else json.dumps(finding.external_id)
    line = "" if finding.line is None else f"line {finding.line}"
    return f"{' '.join(part for part in (line, name) if part)}: {finding.outcome}: {finding.text}"


def _print_counts(run: _Run) -> None:
    told = ", ".join(f"{run.counts[each]} {each}" for each in Outcome if run.counts[each])
    OUT.print(f"{told or 'nothing found'}.", markup=False, highlight=False, soft_wrap=True)
