"""No secret leaves by a log line, a page, an error or a repr, through the whole life of one."""

import asyncio
import logging
from collections.abc import Iterable

import pytest
from pydantic import SecretStr

from server.logs import JsonFormatter, TextFormatter, configure_logs
from server.settings import LogFormat, LogLevel
from storage.connections import get_tokens
from storage.encryption import generate_key
from tests.storage.builders import NOW
from tests.support.gateway import JUNCTURE, PRODUCT, SANDBOX, Backend, Gateway, open_gateway

_OURS = ("juncture", "storage", "resolvers", "schema", "oauth", "jira_api", "server")
_CLIENT_SECRET = "sandbox-secret"


class Secrets:
    """Every secret that a flow has met, gathered as it goes."""

    def __init__(self) -> None:
        self.texts: set[str] = set()

    def add(self, *texts: str | SecretStr | None) -> None:
        for text in texts:
            if text:
                self.texts.add(text.get_secret_value() if isinstance(text, SecretStr) else text)

    def found_in(self, texts: Iterable[str]) -> list[str]:
        told = "\n".join(texts)
        return [secret for secret in self.texts if secret in told]


async def live_through_everything(gateway: Gateway, secrets: Secrets) -> list[str]:
    """Begin, consent, call back, choose, ask, refresh, fail: the bodies of pages and errors."""
    secrets.add(gateway.key, _CLIENT_SECRET)
    link = await gateway.begin("acme", PRODUCT)
    callback = await gateway.consent(link)
    secrets.add(link.partition("link=")[2], *callback.partition("?")[2].split("&"))
    secrets.add(*(part.partition("=")[2] for part in callback.partition("?")[2].split("&")))
    secrets.add(*(cookie.value for cookie in gateway.http.cookies.jar))
    page = await gateway.call_back(callback)
    secrets.add(page.rpartition("/")[2])
    bodies = [(await gateway.http.get(page)).text, (await gateway.http.get(callback)).text]
    finished = await gateway.http.post(page, data={"site": gateway.sandbox_cloud_id})
    bodies += [finished.text, str(finished.headers), (await gateway.http.get(page)).text]
    secrets.add(*await tokens_of(gateway))

    gateway.clock.advance(hours=1)
    bodies.append(str((await gateway.ask("{ __typename nothing }")).body))
    await gateway.ask_connection("myself { displayName }")
    secrets.add(*await tokens_of(gateway))
    gateway.clock.advance(hours=1)
    gateway.sandbox.tokens.revoke(None)
    refused = await gateway.ask('{ connection(externalId: "acme") { myself { id } } }')
    assert refused.codes == ["NEEDS_REAUTHORIZATION"]
    bodies.append(str(refused.body))
    wrong = await gateway.ask("{ __typename }", key="wrong-key-" + "w" * 40)
    secrets.add("wrong-key-" + "w" * 40)
    return [*bodies, str(wrong.body)]


async def tokens_of(gateway: Gateway) -> list[SecretStr | None]:
    """The tokens of the one connection there is."""
    services = gateway.services
    row = await services.database.fetch_one("SELECT id FROM connection")
    assert row is not None
    stored = await get_tokens(services.database, services.ring, row["id"])
    return [stored.tokens.access_token, stored.tokens.refresh_token]


async def test_no_secret_is_logged_or_told(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    for name in _OURS:
        caplog.set_level(logging.DEBUG, name)
    key = generate_key(NOW.date())
    secrets = Secrets()
    secrets.add(key.partition(":")[2])

    async with open_gateway(**backend, encryption_keys=key) as gateway:
        bodies = await live_through_everything(gateway, secrets)
        shown = [
            repr(gateway.settings),
            str(gateway.settings),
            repr(gateway.services.ring),
            repr(gateway.services.flows),
            repr(gateway.services.tokens),
        ]

    lines = [
        formatter.format(record)
        for record in caplog.records
        for formatter in (TextFormatter(), JsonFormatter())
        if record.name.partition(".")[0] in _OURS
    ]
    assert len(secrets.texts) > 10
    assert len(lines) > 20
    assert secrets.found_in(bodies) == []
    assert secrets.found_in(shown) == []
    assert secrets.found_in(lines) == []


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_no_secret_reaches_the_terminal_at_the_lowest_level(
    backend: Backend, capfd: pytest.CaptureFixture[str]
) -> None:
    root, ours = logging.getLogger(), logging.getLogger("juncture")
    kept = root.handlers[:], root.level, ours.level
    configure_logs(LogLevel.DEBUG, LogFormat.TEXT)
    secrets = Secrets()
    try:
        async with open_gateway(**backend) as gateway:
            await live_through_everything(gateway, secrets)
    finally:
        root.handlers[:], ours.level = kept[0], kept[2]
        root.setLevel(kept[1])

    told = capfd.readouterr()
    assert "/oauth/jira/callback" in told.err
    assert secrets.found_in([told.out, told.err]) == []


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_a_traceback_of_the_flow_holds_no_secret(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = Secrets()
    async with open_gateway(**backend) as gateway:
        callback = await gateway.consent(await gateway.begin())
        secrets.add(*(part.partition("=")[2] for part in callback.partition("?")[2].split("&")))

        def fail(*_: object) -> None:
            raise RuntimeError(f"it fell over {callback}")

        monkeypatch.setattr(type(gateway.services.flows.providers["jira"]), "exchange_code", fail)
        with pytest.raises(RuntimeError):
            await gateway.http.get(callback)

    lines = [TextFormatter().format(record) for record in caplog.records]
    assert any("it fell over" in line for line in lines)
    assert secrets.found_in(lines) == []


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_redirects_carry_no_secret_but_the_one_they_are_for(backend: Backend) -> None:
    async with open_gateway(**backend) as gateway:
        link = await gateway.begin("acme", PRODUCT)
        started = await gateway.http.get(link)
        secrets = Secrets()
        secrets.add(
            gateway.key,
            _CLIENT_SECRET,
            link.partition("link=")[2],
            *(cookie.value for cookie in gateway.http.cookies.jar),
        )
        page = await gateway.call_back(await gateway.consent(link))
        finished = await gateway.http.post(page, data={"site": gateway.sandbox_cloud_id})

        location = started.headers["location"]
        assert location.startswith(SANDBOX)
        assert page.startswith(f"{JUNCTURE}/oauth/jira/finalize/")
        assert secrets.found_in([location, page, finished.headers["location"]]) == []


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_the_refresh_of_many_callers_tells_nothing(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "juncture")
    secrets = Secrets()
    async with open_gateway(**backend) as gateway:
        await gateway.connect()
        secrets.add(*await tokens_of(gateway))
        gateway.clock.advance(hours=1)
        gateway.forget_calls()

        answers = await asyncio.gather(
            *(gateway.ask_connection("accessToken { expiresAt }") for _ in range(200))
        )
        secrets.add(*await tokens_of(gateway))

        assert len({answer["accessToken"]["expiresAt"] for answer in answers}) == 1
        assert gateway.calls(to_jira=False) == ["POST /oauth/token"]
    assert secrets.found_in(record.getMessage() for record in caplog.records) == []
