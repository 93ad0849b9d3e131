"""From a start link to a connection, without HTTP: what each step checks, keeps and changes."""

import asyncio
from datetime import timedelta

import pytest

from jira_api.errors import ClientRefusedError, InvalidGrantError, JiraUnavailableError
from oauth.errors import (
    FlowFailedError,
    NoSiteGrantedError,
    RedirectNotAllowedError,
    StateInvalidError,
    UnknownProviderError,
)
from oauth.one_time import FlowSecret
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import GrantStatus
from tests.oauth.flow_bench import MOMENT, RETURN_TO, SITES, Bench, on_sqlite, set_up_bench
from tests.storage.builders import NOW


@pytest.fixture
def bench(database: Database, ring: KeyRing) -> Bench:
    return set_up_bench(database, ring)


async def test_a_person_gets_from_a_link_to_a_connection(bench: Bench) -> None:
    finished = await bench.choose(await bench.arrive(), "cloud-2")

    connection = await bench.find()
    assert finished.return_to == RETURN_TO
    assert connection == finished.connection
    assert connection.site == SITES[1]
    assert connection.status is GrantStatus.ACTIVE
    assert bench.jira.codes == ["code-1"]
    assert await bench.count_rows() == {
        "authorization_flow": 0,
        "pending_grant": 0,
        "connection": 1,
    }


@on_sqlite
async def test_a_flow_of_an_unknown_provider_is_not_begun(bench: Bench) -> None:
    with pytest.raises(UnknownProviderError):
        await bench.flows.begin(external_id="acme", provider="jirra", return_to=None)

    assert (await bench.count_rows())["authorization_flow"] == 0


@on_sqlite
async def test_a_flow_to_an_unlisted_return_url_is_not_begun(bench: Bench) -> None:
    with pytest.raises(RedirectNotAllowedError):
        await bench.begin(return_to=f"{RETURN_TO}/")

    assert (await bench.count_rows())["authorization_flow"] == 0


@on_sqlite
async def test_beginning_sweeps_what_has_expired(bench: Bench) -> None:
    await bench.arrive()
    bench.clock.advance(minutes=20)

    await bench.begin()

    assert await bench.count_rows() == {
        "authorization_flow": 1,
        "pending_grant": 0,
        "connection": 0,
    }


@on_sqlite
@pytest.mark.parametrize("step", ["sweep", "receive", "choose late", "choose in vain"])
async def test_every_later_step_sweeps_too_for_nobody_else_may_ever_come(
    bench: Bench, step: str
) -> None:
    abandoned = await bench.arrive("abandoned")
    bench.clock.advance(minutes=14)
    state = await bench.open(await bench.begin())
    code = await bench.receive(state) if step == "choose late" else None
    bench.clock.advance(minutes=7)

    if step == "sweep":
        await bench.flows.sweep()
    elif step == "receive":
        await bench.receive(state)
    elif code is not None:
        await bench.choose(code)
    else:
        with pytest.raises(StateInvalidError):
            await bench.choose(abandoned)

    left = await bench.database.fetch_all("SELECT external_id FROM pending_grant")
    assert "abandoned" not in {row["external_id"] for row in left}


@on_sqlite
@pytest.mark.parametrize(
    ("age", "opens"),
    [(timedelta(minutes=10) - MOMENT, True), (timedelta(minutes=10), False)],
    ids=["just before", "ten minutes"],
)
async def test_a_link_opens_for_ten_minutes(bench: Bench, age: timedelta, *, opens: bool) -> None:
    begun = await bench.flows.begin(external_id="acme", provider="jira", return_to=None)
    bench.clock.now += age

    if opens:
        await bench.open(begun.link)
    else:
        with pytest.raises(StateInvalidError):
            await bench.open(begun.link)

    assert begun.expires_at == NOW + timedelta(minutes=10)


@on_sqlite
@pytest.mark.parametrize(
    ("age", "works"),
    [(timedelta(minutes=10) - MOMENT, True), (timedelta(minutes=10), False)],
    ids=["just before", "ten minutes"],
)
async def test_a_consent_may_take_ten_minutes_however_late_the_link_was_opened(
    bench: Bench, age: timedelta, *, works: bool
) -> None:
    link = await bench.begin()
    bench.clock.advance(minutes=9)
    state = await bench.open(link)
    bench.clock.now += age

    if works:
        await bench.receive(state)
    else:
        with pytest.raises(StateInvalidError):
            await bench.receive(state)

    assert len(bench.jira.codes) == (1 if works else 0)


async def test_each_opening_of_the_link_replaces_the_state_and_the_cookie(bench: Bench) -> None:
    link = await bench.begin()
    first = await bench.open(link)
    first_secret = bench.cookies[link.flow_id]
    second = await bench.open(link)

    for state, secret in ((first, first_secret), (first, bench.cookies[link.flow_id])):
        with pytest.raises(StateInvalidError):
            await bench.flows.consume(provider="jira", state=state, browser_secret=secret)

    assert first_secret != bench.cookies[link.flow_id]
    assert await bench.receive(second)


@on_sqlite
@pytest.mark.parametrize("text", ["", ".", "f1.unknown", "\x00.\ud800"])
async def test_an_unknown_link_opens_nothing(bench: Bench, text: str) -> None:
    with pytest.raises(StateInvalidError):
        await bench.flows.open(provider="jira", link=FlowSecret(text))


@on_sqlite
async def test_a_link_does_not_open_at_another_provider_and_keeps_its_state(bench: Bench) -> None:
    link = await bench.begin()
    state = await bench.open(link)

    with pytest.raises(StateInvalidError):
        await bench.flows.open(provider="notes", link=link)

    assert await bench.receive(state)


@on_sqlite
async def test_an_expired_link_does_not_void_the_state_of_a_consent_under_way(
    bench: Bench,
) -> None:
    link = await bench.begin()
    bench.clock.advance(minutes=9)
    state = await bench.open(link)
    bench.clock.advance(minutes=2)

    with pytest.raises(StateInvalidError):
        await bench.open(link)

    assert await bench.receive(state)


@on_sqlite
@pytest.mark.parametrize("provider", ["notes", "jirra"])
async def test_a_state_of_another_provider_is_refused_before_any_exchange(
    bench: Bench, provider: str
) -> None:
    state = await bench.open(await bench.begin())

    with pytest.raises((StateInvalidError, UnknownProviderError)):
        await bench.flows.consume(
            provider=provider, state=state, browser_secret=bench.cookies[state.flow_id]
        )

    assert bench.jira.codes == []


async def test_another_browser_uses_up_nothing(bench: Bench) -> None:
    state = await bench.open(await bench.begin())

    for secret in ("", "another browser's"):
        with pytest.raises(StateInvalidError):
            await bench.flows.consume(provider="jira", state=state, browser_secret=secret)

    assert await bench.receive(state)


async def test_of_two_hundred_callbacks_with_one_state_one_is_let_in(bench: Bench) -> None:
    state = await bench.open(await bench.begin())

    answers = await asyncio.gather(
        *(bench.receive(state) for _ in range(200)), return_exceptions=True
    )

    assert sum(isinstance(answer, FlowSecret) for answer in answers) == 1
    assert sum(isinstance(answer, StateInvalidError) for answer in answers) == 199
    assert len(bench.jira.codes) == 1


@on_sqlite
@pytest.mark.parametrize(
    "refusal",
    [
        InvalidGrantError("used", code="invalid_grant"),
        ClientRefusedError("no", code="access_denied"),
        JiraUnavailableError("silence"),
    ],
    ids=["used code", "refused client", "silence"],
)
async def test_a_code_without_a_grant_ends_the_flow_and_keeps_nothing(
    bench: Bench, refusal: Exception
) -> None:
    bench.jira.refusal = refusal

    with pytest.raises(FlowFailedError) as caught:
        await bench.arrive()

    assert caught.value.return_to == RETURN_TO
    assert caught.value.__cause__ is refusal
    assert (await bench.count_rows())["pending_grant"] == 0


@on_sqlite
async def test_a_consent_that_opens_no_site_ends_the_flow_and_keeps_nothing(bench: Bench) -> None:
    bench.jira.sites = []

    with pytest.raises(NoSiteGrantedError) as caught:
        await bench.arrive()

    assert caught.value.return_to == RETURN_TO
    assert (await bench.count_rows())["pending_grant"] == 0
