"""The operator's service is told of dying and dead grants: at least once, seldom twice."""

import asyncio
import hashlib
import hmac
from collections import Counter
from datetime import timedelta

import httpx
import pytest

from oauth.notices import SIGNATURE_HEADER
from storage.database import Database, open_database
from storage.encryption import KeyRing
from storage.errors import StorageUnavailableError
from storage.notices import GIVEN_UP_AFTER
from tests.oauth.notice_bench import ADDRESS, LEAD, SECRET, SOON, Bench
from tests.storage.builders import NOW

MOMENT = timedelta(microseconds=1)
on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
"""For rules that no engine could break."""


@pytest.fixture
def bench(database: Database, ring: KeyRing) -> Bench:
    return Bench(database, ring)


async def test_a_grant_that_ends_within_the_lead_is_told_as_dying(bench: Bench) -> None:
    connection = await bench.link('ac"mé\\', expires_at=SOON)
    await bench.link("later", expires_at=SOON + MOMENT)

    await bench.notices().run_once()

    [notice] = bench.receiver.told
    assert notice == {
        "id": f"grant.dying.{connection.connection_id}.2026-12-05T12:30:15.123456+00:00",
        "kind": "grant.dying",
        "externalId": 'ac"mé\\',
        "provider": "jira",
        "connectionId": connection.connection_id,
        "site": "https://acme.atlassian.example",
        "expiresAt": "2026-12-05T12:30:15.123456+00:00",
        "at": "2026-11-21T12:30:15.123456+00:00",
    }
    [request] = bench.receiver.requests
    assert (request.method, str(request.url)) == ("POST", ADDRESS)
    assert request.headers["Content-Type"] == "application/json"
    assert await bench.rows() == [("grant.dying", 0, True)]


async def test_a_grant_that_died_is_told_as_dead(bench: Bench) -> None:
    connection = await bench.link_dead("acme")

    await bench.notices().run_once()

    [notice] = bench.receiver.told
    assert notice["id"] == f"grant.dead.{connection.connection_id}.1"
    assert (notice["kind"], notice["externalId"]) == ("grant.dead", "acme")
    assert notice["expiresAt"] == "2027-02-19T12:30:15.123456+00:00"


@on_sqlite
async def test_kinds_that_no_refresh_keeps_alive_are_not_dying(bench: Bench) -> None:
    await bench.link("acme", expires_at=SOON)
    await bench.database.execute("UPDATE connection SET authorization_kind = 'API_TOKEN'")

    await bench.notices().run_once()

    assert bench.receiver.told == []


async def test_nothing_is_told_twice_however_often_one_looks(bench: Bench) -> None:
    await bench.link("dying", expires_at=SOON)
    await bench.link_dead("dead")

    for _ in range(3):
        await bench.notices().run_once()
        bench.clock.advance(hours=1)

    assert sorted(bench.receiver.ids.values()) == [1, 1]


async def test_a_new_end_and_a_new_death_are_told_anew(bench: Bench) -> None:
    await bench.link("dying", expires_at=SOON)
    dead = await bench.link_dead("dead")
    await bench.notices().run_once()

    await bench.link("dying", expires_at=SOON + MOMENT)
    bench.clock.advance(days=1)
    await bench.link("dead")
    await bench.kill(dead)
    await bench.notices().run_once()

    kinds = Counter(notice["kind"] for notice in bench.receiver.told)
    assert kinds == {"grant.dying": 2, "grant.dead": 2}
    assert len(bench.receiver.ids) == 4


@pytest.mark.parametrize("kind", ["dying", "dead"])
async def test_a_connection_authorised_again_is_not_told_of_any_more(
    bench: Bench, kind: str
) -> None:
    bench.receiver.answers = [httpx.Response(500), httpx.Response(204)]
    await (bench.link("acme", expires_at=SOON) if kind == "dying" else bench.link_dead("acme"))
    await bench.notices().run_once()
    assert await bench.rows() == [(f"grant.{kind}", 1, False)]

    await bench.link("acme")
    bench.clock.advance(hours=1)
    await bench.notices().run_once()

    assert len(bench.receiver.told) == 1
    assert await bench.rows() == []


async def test_a_dying_grant_that_died_is_told_as_dead_alone(bench: Bench) -> None:
    bench.receiver.answers = [httpx.Response(500), httpx.Response(204)]
    connection = await bench.link("acme", expires_at=SOON)
    await bench.notices().run_once()

    await bench.kill(connection)
    bench.clock.advance(hours=1)
    await bench.notices().run_once()

    assert [notice["kind"] for notice in bench.receiver.told] == ["grant.dying", "grant.dead"]
    assert await bench.rows() == [("grant.dead", 0, True)]


async def test_notices_go_with_their_connection(bench: Bench) -> None:
    await bench.link_dead("acme")
    await bench.notices().run_once()

    await bench.database.execute("DELETE FROM connection")

    assert await bench.rows() == []


async def test_many_processes_at_once_deliver_each_notice_once(
    bench: Bench, database_url: str
) -> None:
    for number in range(25):
        await bench.link_dead(f"dead-{number}")
    other = open_database(database_url, acquire_timeout=timedelta(seconds=20), pool_size=4)
    await other.connect()
    first, second = bench.notices("process-1"), bench.notices("process-2", other)

    await asyncio.gather(*((first, second)[n % 2].run_once() for n in range(50)))
    await bench.notices("process-3").run_once()
    await other.disconnect()

    assert len(bench.receiver.ids) == 25
    assert set(bench.receiver.ids.values()) == {1}


async def test_more_notices_than_fit_a_batch_are_told_in_one_run(bench: Bench) -> None:
    for number in range(25):
        await bench.link_dead(f"dead-{number}")

    await bench.notices().run_once()

    assert len(bench.receiver.ids) == 25


async def test_a_service_that_takes_none_is_left_alone_after_a_batch(bench: Bench) -> None:
    bench.receiver.answers = [httpx.Response(503)]
    for number in range(25):
        await bench.link_dead(f"dead-{number}")

    await bench.notices().run_once()

    assert len(bench.receiver.told) == 10


async def test_a_refused_notice_is_told_again_after_a_minute_then_two(bench: Bench) -> None:
    bench.receiver.answers = [httpx.Response(500), httpx.Response(500), httpx.Response(200)]
    await bench.link_dead("acme")
    notices = bench.notices()

    counts = []
    for wait in (timedelta(0), timedelta(minutes=1) - MOMENT, MOMENT, timedelta(minutes=2), LEAD):
        bench.clock.now += wait
        await notices.run_once()
        counts.append(len(bench.receiver.told))

    assert counts == [1, 1, 2, 3, 3]
    assert list(bench.receiver.ids.values()) == [3]
    assert len({request.content for request in bench.receiver.requests}) == 1
    assert await bench.rows() == [("grant.dead", 2, True)]


@on_sqlite
@pytest.mark.parametrize(
    ("attempts", "jitter", "waited"),
    [
        (0, 1.0, timedelta(minutes=1)),
        (0, 1.3, timedelta(seconds=78)),
        (8, 1.0, timedelta(minutes=256)),
        (9, 1.0, timedelta(hours=6)),
        (10_000, 1.0, timedelta(hours=6)),
    ],
)
async def test_waits_double_up_to_six_hours(
    bench: Bench, attempts: int, jitter: float, waited: timedelta
) -> None:
    bench.jitter = lambda: jitter
    bench.receiver.answers = [httpx.Response(500)]
    await bench.link_dead("acme")
    await bench.notices().run_once()
    bench.clock.advance(minutes=2)
    await bench.database.execute(f"UPDATE notice SET attempts = {attempts}")

    await bench.notices().run_once()

    retry_at = await bench.database.fetch_val("SELECT retry_at FROM notice")
    assert retry_at == (bench.clock.now + waited).isoformat(timespec="microseconds")


@on_sqlite
async def test_a_notice_is_given_up_after_fourteen_days_and_kept(bench: Bench) -> None:
    bench.receiver.answers = [httpx.Response(500)]
    await bench.link_dead("acme")
    await bench.notices().run_once()

    bench.clock.now += GIVEN_UP_AFTER - MOMENT
    await bench.notices().run_once()
    bench.clock.advance(days=1)
    await bench.notices().run_once()

    assert len(bench.receiver.told) == 2
    assert await bench.rows() == [("grant.dead", 2, False)]


async def test_a_process_that_dies_between_the_answer_and_the_note_is_made_good(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.link_dead("acme")

    async def die(*_positional: object, **_named: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as killed:
        killed.setattr("oauth.notices.note_delivered", die)
        dying = bench.notices("process-1")
        with pytest.raises(asyncio.CancelledError):
            await dying.run_once()
    await bench.notices("process-2").run_once()
    held = len(bench.receiver.told)
    bench.clock.advance(seconds=30)
    await bench.notices("process-2").run_once()

    assert held == 1
    assert list(bench.receiver.ids.values()) == [2]
    assert await bench.rows() == [("grant.dead", 0, True)]


async def test_a_notice_under_way_is_left_to_the_process_that_has_it(bench: Bench) -> None:
    bench.receiver.gate = asyncio.Event()
    await bench.link_dead("acme")
    first = asyncio.create_task(bench.notices("process-1").run_once())
    async with asyncio.timeout(30):
        await bench.receiver.arrived.wait()

    await bench.notices("process-2").run_once()
    bench.receiver.gate.set()
    await first

    assert list(bench.receiver.ids.values()) == [1]


async def test_a_slow_process_does_not_put_off_what_another_holds_by_now(bench: Bench) -> None:
    bench.receiver.gate = asyncio.Event()
    bench.receiver.answers = [httpx.Response(500)]
    await bench.link_dead("acme")
    slow = asyncio.create_task(bench.notices("process-1").run_once())
    async with asyncio.timeout(30):
        await bench.receiver.arrived.wait()
    bench.clock.advance(seconds=30)
    await bench.database.execute("UPDATE notice SET owner = 'process-2'")

    bench.receiver.gate.set()
    await slow

    assert await bench.rows() == [("grant.dead", 0, False)]
    assert await bench.database.fetch_val("SELECT owner FROM notice") == "process-2"


@on_sqlite
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(301, headers={"Location": "https://elsewhere.example/"}),
        httpx.Response(307, headers={"Location": ADDRESS}),
        httpx.Response(404),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        TimeoutError(),
    ],
    ids=["moved", "sent on", "not found", "unreachable", "slow", "too slow"],
)
async def test_whatever_is_no_2xx_is_tried_again_and_no_redirect_followed(
    bench: Bench, answer: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    bench.receiver.answers = [answer]
    await bench.link_dead("acme")

    await bench.notices().run_once()

    assert [str(request.url) for request in bench.receiver.requests] == [ADDRESS]
    assert await bench.rows() == [("grant.dead", 1, False)]
    [line] = [record.getMessage() for record in caplog.records if "notice" in record.name]
    assert "grant.dead." in line
    assert "example" not in line
    assert SECRET not in line


@on_sqlite
async def test_the_signature_is_made_of_the_instant_and_the_body_with_the_secret(
    bench: Bench,
) -> None:
    await bench.link_dead("acme")

    await bench.notices().run_once()

    [request] = bench.receiver.requests
    sent_at = int(NOW.timestamp())
    told = f"{sent_at}.".encode() + request.content
    signature = hmac.new(SECRET.encode(), told, hashlib.sha256).hexdigest()
    assert request.headers[SIGNATURE_HEADER] == f"t={sent_at},v1={signature}"


@on_sqlite
async def test_a_database_that_fails_ends_the_run_once_all_of_the_batch_has_ended(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        await bench.link_dead(f"dead-{number}")

    async def fail(*_positional: object, **_named: object) -> None:
        raise StorageUnavailableError("it is full")

    monkeypatch.setattr("oauth.notices.note_delivered", fail)
    with pytest.raises(StorageUnavailableError):
        await bench.notices().run_once()

    assert len(bench.receiver.told) == 3
