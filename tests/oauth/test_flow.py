"""From a start link to a connection, without HTTP: what each step checks, keeps and changes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

import oauth.flow
from jira_api.errors import ClientRefusedError, InvalidGrantError, JiraUnavailableError
from oauth.errors import (
    FlowFailedError,
    NoSiteGrantedError,
    RedirectNotAllowedError,
    SiteNotGrantedError,
    StateInvalidError,
    UnknownProviderError,
)
from oauth.flow import AuthorizationFlows, FinishedFlow
from oauth.one_time import FlowSecret
from oauth.refresh import TokenKeeper
from storage.connections import (
    get_tokens,
    load_connections_by_external_id,
    mark_invalid,
    save_connection,
    select_project,
)
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import StorageUnavailableError
from storage.records import Connection, GrantStatus
from tests.oauth.providers import ScriptedProvider
from tests.storage.builders import NOW, a_site
from tests.support.gateway import MovingClock

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
"""For rules that no engine could break."""
_RETURN_TO = "https://product.example/done"
_TABLES = ("authorization_flow", "pending_grant", "connection")
_MOMENT = timedelta(microseconds=1)
_SITES = [a_site("cloud-1"), a_site("cloud-2", name="Second", url="https://second.example")]


@dataclass
class Bench:
    """Two providers, a clock, and a person who does the steps."""

    flows: AuthorizationFlows
    jira: ScriptedProvider
    clock: MovingClock
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        return self.flows.database

    async def begin(self, external_id: str = "acme", return_to: str | None = None) -> FlowSecret:
        begun = await self.flows.begin(
            external_id=external_id, provider="jira", return_to=return_to
        )
        return begun.link

    async def open(self, link: FlowSecret) -> FlowSecret:
        """Open the link and consent: the state that the provider sends back."""
        opened = await self.flows.open(provider="jira", link=link)
        self.cookies[opened.flow_id] = opened.browser_secret
        return FlowSecret(parse_qs(urlsplit(opened.authorization_url).query)["state"][0])

    async def receive(self, state: FlowSecret, code: str = "code-1") -> FlowSecret:
        """Come back with a code: what the page is opened under."""
        secret = self.cookies[state.flow_id]
        flow = await self.flows.consume(provider="jira", state=state, browser_secret=secret)
        received = await self.flows.receive_code(flow, code=code, browser_secret=secret)
        return received.code

    async def arrive(self, external_id: str = "acme", code: str = "code-1") -> FlowSecret:
        """All steps up to the page where a site is chosen."""
        return await self.receive(await self.open(await self.begin(external_id, _RETURN_TO)), code)

    async def choose(self, code: FlowSecret, cloud_id: str = "cloud-1") -> FinishedFlow:
        return await self.flows.finalize(
            code=code, browser_secret=self.cookies[code.flow_id], cloud_id=cloud_id
        )

    async def connect(self, code: str = "code-1", cloud_id: str = "cloud-1") -> Connection:
        return (await self.choose(await self.arrive(code=code), cloud_id)).connection

    async def find(self, external_id: str = "acme") -> Connection | None:
        found = await load_connections_by_external_id(
            self.database, provider="jira", external_ids=[external_id]
        )
        return found.get(external_id)

    async def count_rows(self) -> Mapping[str, int]:
        return {
            table: await self.database.fetch_val(f"SELECT COUNT(*) FROM {table}")
            for table in _TABLES
        }


@pytest.fixture
def bench(database: Database, ring: KeyRing) -> Bench:
    jira, clock = ScriptedProvider(sites=_SITES), MovingClock(NOW)
    flows = AuthorizationFlows(
        database=database,
        ring=ring,
        providers={"jira": jira, "notes": ScriptedProvider(name="notes")},
        allowed_return_urls=frozenset({_RETURN_TO}),
        clock=clock,
    )
    return Bench(flows, jira, clock)


async def test_a_person_gets_from_a_link_to_a_connection(bench: Bench) -> None:
    finished = await bench.choose(await bench.arrive(), "cloud-2")

    connection = await bench.find()
    assert finished.return_to == _RETURN_TO
    assert connection == finished.connection
    assert connection.site == _SITES[1]
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
        await bench.begin(return_to=f"{_RETURN_TO}/")

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
@pytest.mark.parametrize(
    ("age", "opens"),
    [(timedelta(minutes=10) - _MOMENT, True), (timedelta(minutes=10), False)],
    ids=["just before", "ten minutes"],
)
async def test_a_link_opens_for_ten_minutes(bench: Bench, age: timedelta, opens: bool) -> None:
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
    [(timedelta(minutes=10) - _MOMENT, True), (timedelta(minutes=10), False)],
    ids=["just before", "ten minutes"],
)
async def test_a_consent_may_take_ten_minutes_however_late_the_link_was_opened(
    bench: Bench, age: timedelta, works: bool
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

    assert caught.value.return_to == _RETURN_TO
    assert caught.value.__cause__ is refusal
    assert (await bench.count_rows())["pending_grant"] == 0


@on_sqlite
async def test_a_consent_that_opens_no_site_ends_the_flow_and_keeps_nothing(bench: Bench) -> None:
    bench.jira.sites = []

    with pytest.raises(NoSiteGrantedError) as caught:
        await bench.arrive()

    assert caught.value.return_to == _RETURN_TO
    assert (await bench.count_rows())["pending_grant"] == 0


async def test_neither_tokens_nor_one_time_values_lie_readable_in_the_database(
    bench: Bench,
) -> None:
    link = await bench.begin()
    state = await bench.open(link)
    rows = await bench.database.fetch_all("SELECT * FROM authorization_flow")
    code = await bench.receive(state)
    rows += await bench.database.fetch_all("SELECT * FROM pending_grant")
    secret = bench.cookies[link.flow_id]

    kept = repr([dict(row) for row in rows])

    for canary in ("access of", "refresh of", link.text, state.text, code.text, secret):
        assert canary not in kept
    assert link.hash in kept
    assert code.hash in kept


async def test_an_unfinished_grant_waits_in_a_row_of_its_own(bench: Bench) -> None:
    code = await bench.arrive()

    pending = await bench.flows.get_pending(code=code, browser_secret=bench.cookies[code.flow_id])

    assert list(pending.sites) == _SITES
    assert pending.tokens.refresh_token == SecretStr("refresh of code-1")
    assert pending.expires_at == NOW + timedelta(minutes=15)
    assert (await bench.count_rows())["connection"] == 0


@on_sqlite
@pytest.mark.parametrize(
    ("age", "works"),
    [(timedelta(minutes=15) - _MOMENT, True), (timedelta(minutes=15), False)],
    ids=["just before", "fifteen minutes"],
)
async def test_a_site_may_be_chosen_for_fifteen_minutes(
    bench: Bench, age: timedelta, works: bool
) -> None:
    code = await bench.arrive()
    bench.clock.now += age

    if works:
        await bench.choose(code)
    else:
        with pytest.raises(StateInvalidError):
            await bench.choose(code)
        with pytest.raises(StateInvalidError):
            await bench.flows.get_pending(code=code, browser_secret=bench.cookies[code.flow_id])

    assert (await bench.find() is not None) is works


async def test_the_page_is_for_the_browser_that_consented(bench: Bench) -> None:
    code = await bench.arrive()

    with pytest.raises(StateInvalidError):
        await bench.flows.get_pending(code=code, browser_secret="another")
    with pytest.raises(StateInvalidError):
        await bench.flows.finalize(code=code, browser_secret="another", cloud_id="cloud-1")

    assert (await bench.choose(code)).connection.site == _SITES[0]


@pytest.mark.parametrize("cloud_id", ["cloud-9", "", "cloud-1 "])
async def test_a_site_that_the_consent_does_not_open_is_refused_and_the_page_works_on(
    bench: Bench, cloud_id: str
) -> None:
    code = await bench.arrive()

    with pytest.raises(SiteNotGrantedError):
        await bench.choose(code, cloud_id)

    assert await bench.find() is None
    assert (await bench.choose(code)).connection.site == _SITES[0]


async def test_of_twenty_choices_at_once_one_is_made(bench: Bench) -> None:
    code = await bench.arrive()

    answers = await asyncio.gather(*(bench.choose(code) for _ in range(20)), return_exceptions=True)

    assert sum(isinstance(answer, FinishedFlow) for answer in answers) == 1
    assert sum(isinstance(answer, StateInvalidError) for answer in answers) == 19
    connection = await bench.find()
    assert connection is not None
    assert connection.generation == 1


async def test_nothing_of_a_connection_changes_before_a_site_is_chosen(bench: Bench) -> None:
    before = await bench.connect("code-1")
    keeper = TokenKeeper(bench.database, bench.flows.ring, {"jira": bench.jira}, bench.clock)

    await bench.arrive(code="code-2")

    assert await bench.find() == before
    tokens = await keeper.get(before)
    assert tokens.access_token == SecretStr("access of code-1")


async def test_choosing_again_renews_the_same_connection(bench: Bench) -> None:
    first = await bench.connect("code-1")
    await mark_invalid(
        bench.database, first.connection_id, expected_generation=1, now=bench.clock.now
    )

    second = await bench.connect("code-2")

    stored = await get_tokens(bench.database, bench.flows.ring, first.connection_id)
    assert second.connection_id == first.connection_id
    assert (stored.generation, stored.status) == (2, GrantStatus.ACTIVE)
    assert stored.tokens.refresh_token == SecretStr("refresh of code-2")


@pytest.mark.parametrize(
    ("cloud_id", "selected"),
    [("cloud-1", "10001"), ("cloud-2", None)],
    ids=["same site", "another site"],
)
async def test_the_selected_project_stays_with_its_site(
    bench: Bench, cloud_id: str, selected: str | None
) -> None:
    first = await bench.connect("code-1", "cloud-1")
    await select_project(bench.database, first.connection_id, "10001", now=bench.clock.now)

    second = await bench.connect("code-2", cloud_id)

    assert second.selected_project_id == selected


@pytest.mark.parametrize("is_linked", [False, True], ids=["new", "linked before"])
async def test_a_connection_is_made_wholly_or_not_at_all(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, is_linked: bool
) -> None:
    before = await bench.connect("code-1") if is_linked else None
    code = await bench.arrive(code="code-2")

    async def save_and_fail(*args: Any, **kwargs: Any) -> Connection:
        await save_connection(*args, **kwargs)
        raise StorageUnavailableError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(oauth.flow, "save_connection", save_and_fail)
        with pytest.raises(StorageUnavailableError):
            await bench.choose(code)

    assert await bench.find() == before
    for table in ("connection", "connection_external_map", "jira_connection"):
        count = await bench.database.fetch_val(f"SELECT COUNT(*) FROM {table}")
        assert count == (1 if is_linked else 0), table
    assert (await bench.choose(code)).connection.site == _SITES[0]


@on_sqlite
async def test_external_ids_are_linked_apart(bench: Bench) -> None:
    first = await bench.choose(await bench.arrive("acme", "code-1"), "cloud-1")
    second = await bench.choose(await bench.arrive("umbrella", "code-2"), "cloud-2")

    assert first.connection.connection_id != second.connection.connection_id
    assert await bench.find("acme") == first.connection
    assert await bench.find("umbrella") == second.connection


@on_sqlite
async def test_a_flow_whose_provider_is_no_longer_set_up_is_refused(bench: Bench) -> None:
    link = await bench.begin()
    bench.flows = replace(bench.flows, providers={})

    with pytest.raises(UnknownProviderError):
        await bench.open(link)
