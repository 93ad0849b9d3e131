"""A start with keys that do not fit what the database holds: refused in words."""

import asyncio
from pathlib import Path

import pytest
import uvicorn

from server.application import create_application
from server.doctor import Finding, examine
from server.settings import Settings
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import KeysUnfitError
from tests.server.operator_bench import counted, run, set_environment, set_keys, with_storage
from tests.storage.builders import a_connection, a_key, a_key_ring
from tests.storage.sealed_bench import NEW, OLD, fill, read_cell, spoil
from tests.support.servers import free_port

WRONG = {
    "missing": ((NEW,), "key k1 is missing, which 6 rows need"),
    "another of the same id": (
        (NEW, a_key("k1", b"another")),
        "key k1 is not the one of that id, which 6 rows need",
    ),
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> None:
    set_environment(monkeypatch, tmp_path, database_url)


@pytest.mark.parametrize(("keys", "told"), WRONG.values(), ids=WRONG.keys())
def test_serving_with_a_wrong_key_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...], told: str
) -> None:
    with_storage(fill)
    set_keys(monkeypatch, *keys)
    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: pytest.fail("it was served"))

    ran = run("serve")

    assert ran.exit_code == 1
    assert told in ran.stderr
    assert "Nothing was served." in ran.stderr
    assert "Traceback" not in ran.output
    assert isinstance(ran.exception, SystemExit)
    for key in keys:
        assert key.partition(":")[2] not in ran.output


@pytest.mark.parametrize(
    "command",
    [
        ("keys", "list"),
        ("keys", "create", "--name", "a", "--scopes", "ADMIN"),
        ("audit", "list"),
        ("audit", "verify"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(("keys", "told"), WRONG.values(), ids=WRONG.keys())
def test_a_command_with_a_wrong_key_is_refused_in_words_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...], told: str, command: tuple[str, ...]
) -> None:
    with_storage(fill)
    before = counted()
    set_keys(monkeypatch, *keys)

    ran = run(*command)

    assert ran.exit_code == 1
    assert ran.stdout == ""
    assert told in ran.stderr
    assert "served" not in ran.stderr
    assert isinstance(ran.exception, SystemExit)
    assert counted() == before


@pytest.mark.parametrize(("keys", "told"), WRONG.values(), ids=WRONG.keys())
def test_the_application_does_not_start_with_a_wrong_key(
    monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...], told: str
) -> None:
    with_storage(fill)
    set_keys(monkeypatch, *keys)

    async def start() -> None:
        application = create_application(Settings.load())
        with pytest.raises(KeysUnfitError, match=told):
            async with application.router.lifespan_context(application):
                pytest.fail("it was served")
        assert not hasattr(application.state, "services")

    asyncio.run(start())


@pytest.mark.parametrize(("keys", "told"), WRONG.values(), ids=WRONG.keys())
def test_the_doctor_names_a_wrong_key(
    monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...], told: str
) -> None:
    with_storage(fill)
    set_keys(monkeypatch, *keys)

    last = asyncio.run(examine(None))[-1]

    assert (last.subject, last.is_good) == ("keys", False)
    assert told in last.text


def test_the_doctor_counts_the_rows_that_need_each_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = asyncio.run(examine(None))
    with_storage(fill)
    with_storage(lambda database, _: a_connection(database, a_key_ring(NEW), external_id="new"))
    set_keys(monkeypatch, NEW, OLD)
    after = asyncio.run(examine(None))

    assert Finding("keys", is_good=True, text="nothing is encrypted yet") in before
    assert (
        Finding("keys", is_good=True, text="all there; rows that need each: k1 by 6, k2 by 1")
        in after
    )


def test_a_damaged_row_among_good_ones_keeps_no_server_from_starting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def spoil_one(database: Database, ring: KeyRing) -> None:
        broken, other, _ = await fill(database, ring)
        await spoil(database, broken, await read_cell(database, other))

    with_storage(spoil_one)
    served = []
    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: served.append(True))

    async def start() -> None:
        application = create_application(Settings.load())
        async with application.router.lifespan_context(application):
            served.append(True)

    ran = run("serve", "--port", str(free_port()))
    asyncio.run(start())

    assert ran.exit_code == 0, ran.stderr
    assert served == [True, True]
