"""Whoever takes the database, a backup or a dump has no secret of anybody's."""

import base64
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import asyncpg
import pytest

from sandbox.state import Settings as SandboxSettings
from storage.connections import get_tokens
from storage.records import ConnectionId
from storage.tables import METADATA
from tests.end_to_end.frontend import mint
from tests.end_to_end.keys import make_key
from tests.end_to_end.site_tokens import CONNECT, EMAIL
from tests.support.gateway import JUNCTURE, PRODUCT, SANDBOX, Backend, Gateway, open_gateway

PEOPLE = 25
OF_SANDBOX = SandboxSettings()
CLOUD, DATA_CENTER = f"{SANDBOX}/sites/acme", f"{SANDBOX}/jira"
CREDENTIALS: Mapping[str, tuple[str, str | Mapping[str, str]]] = {
    "apiToken": (CLOUD, {"email": EMAIL, "token": OF_SANDBOX.api_token}),
    "scopedApiToken": (CLOUD, {"email": EMAIL, "token": OF_SANDBOX.scoped_api_token}),
    "personalAccessToken": (DATA_CENTER, OF_SANDBOX.personal_access_token),
    "basic": (
        DATA_CENTER,
        {"username": OF_SANDBOX.username, "password": OF_SANDBOX.password},
    ),
}
SHORTEST = 12
"""What is shorter may stand in the bytes by chance, or as a word."""


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    """Nothing is linked: the fixture of the same name would link a site first."""
    async with open_gateway(allowed_upstream_hosts="127.0.0.1", **backend) as gateway:
        yield gateway


async def link_and_gather(gateway: Gateway, external_id: str) -> set[str]:
    """Link one person: every secret that went to and fro."""
    async with gateway.browser() as browser:
        link = await gateway.begin(external_id, PRODUCT)
        callback = await gateway.consent(link, browser=browser)
        page = (await browser.get(callback)).headers["location"]
        cookies = {str(cookie.value) for cookie in browser.cookies.jar}
        # Left at the page now and then, so that there are grants that wait.
        if not external_id.endswith("0"):
            await browser.post(JUNCTURE + page, data={"site": gateway.sandbox_cloud_id})
    addresses = dict(parse_qsl(urlsplit(link).query)) | dict(parse_qsl(urlsplit(callback).query))
    texts = {addresses["link"], addresses["state"], page.rpartition("/")[2]}
    return {addresses["code"], *cookies, *(text.rpartition(".")[2] for text in texts)}


async def gather_tokens(gateway: Gateway) -> set[str]:
    """The tokens of every connection as they are now."""
    services, found = gateway.services, set()
    for row in await services.database.fetch_all("SELECT id FROM connection"):
        stored = await get_tokens(services.database, services.ring, ConnectionId(row["id"]))
        for secret in (
            stored.tokens.access_token,
            stored.tokens.refresh_token,
            stored.tokens.login,
        ):
            if secret is not None:
                found.add(secret.get_secret_value())
    return found


async def live(gateway: Gateway) -> set[str]:
    """What people, callers and the clock do to a server: all the secrets there were."""
    secrets = {gateway.key, await make_key(gateway, "GRAPH_READ")}
    for number in range(PEOPLE):
        secrets |= await link_and_gather(gateway, f"person-{number}")
    secrets |= await gather_tokens(gateway)
    secrets.add(await mint(gateway, "person-1"))
    gateway.clock.advance(hours=2)
    for number in range(PEOPLE):
        await gateway.ask(
            "query($id: ID!) { connection(externalId: $id) { accessToken { token } } }",
            {"id": f"person-{number}"},
        )
    secrets |= await gather_tokens(gateway)
    secrets |= await link_by_token(gateway)
    return {secret for secret in secrets if len(secret) >= SHORTEST}


async def link_by_token(gateway: Gateway) -> set[str]:
    """Link with each kind of a person's own token or password: these, and who signs in."""
    for kind, (site, credential) in CREDENTIALS.items():
        given = {"externalId": kind, "siteUrl": site, "credential": {kind: credential}}
        answer = await gateway.ask(CONNECT, {"input": given})
        assert answer.data["connectWithToken"]["errors"] == []
    return {
        text
        for _, credential in CREDENTIALS.values()
        for text in ([credential] if isinstance(credential, str) else credential.values())
    }


def read_files(database_url: str) -> bytes:
    """The database of SQLite with what lies beside it."""
    path = Path(database_url.removeprefix("sqlite:///"))
    files = sorted(path.parent.glob(f"{path.name}*"))
    assert path.with_name(f"{path.name}-wal") in files
    return b"".join(file.read_bytes() for file in files)


async def dump(database_url: str) -> bytes:
    """Every row of every table of PostgreSQL, as text."""
    connection = await asyncpg.connect(dsn=database_url)
    try:
        names = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        assert {name["tablename"] for name in names} >= set(METADATA.tables)
        rows = [
            row["text"]
            for name in names
            for row in await connection.fetch(
                f"SELECT CAST(it AS text) AS text FROM {name['tablename']} AS it"
            )
        ]
    finally:
        await connection.close()
    return "\n".join(rows).encode()


def forms(secret: str) -> set[bytes]:
    """The secret as it is, and as it would look in base64 or hexadecimal digits."""
    plain = secret.encode()
    return {
        plain,
        plain.hex().encode(),
        base64.b64encode(plain).rstrip(b"="),
        base64.urlsafe_b64encode(plain).rstrip(b"="),
    }


async def test_no_secret_that_was_met_lies_in_the_bytes_of_the_database(
    gateway: Gateway, dialect: str
) -> None:
    secrets = await live(gateway)
    url = gateway.settings.database_url.get_secret_value()

    stored = read_files(url) if dialect == "sqlite" else await dump(url)

    assert len(secrets) > 200
    for known in (b"person-24", b"person-0", b"v1.k20260601.", b"API_KEY_CREATED"):
        assert known in stored
    assert [secret for secret in secrets if any(form in stored for form in forms(secret))] == []
