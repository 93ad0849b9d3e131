"""The real transport over real sockets: what is checked is what is connected to."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jira_api.errors import JiraApiError, JiraUnavailableError, UpstreamNotAllowedError
from jira_api.exchange import send
from jira_api.pinned import PinnedTransport, Resolver, open_pinned_http, resolve_by_system
from jira_api.site_urls import AddressRules
from tests.support.site_addresses import FORBIDDEN_URLS, listen, open_canary

NAME = "jira.corp"
HERE = AddressRules(frozenset({NAME, "127.0.0.1"}), has_plain_http=True)
NOBODY = AddressRules()
TIMEOUT = dt.timedelta(seconds=10)


@dataclass
class Names:
    """A resolver that gives prepared answers in order, the last one for ever."""

    answers: list[Sequence[str]]
    asked: list[tuple[str, int]] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@dataclass
class Site:
    """A listener that speaks HTTP once a connection, and what it saw."""

    port: int = 0
    heads: list[str] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)
    connections: int = 0


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
ELSEWHERE = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{}/\r\nContent-Length: 0\r\n\r\n"


@asynccontextmanager
async def open_site(
    answer: bytes = OK, tls: Callable[[Site], ssl.SSLContext] | None = None
) -> AsyncIterator[Site]:
    site = Site()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        site.connections += 1
        while True:
            site.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(answer)
            await writer.drain()

    async with listen(serve, tls=tls(site) if tls else None) as site.port:
        yield site


async def ask(
    url: str, rules: AddressRules, resolve: Resolver, *, times: int = 1
) -> httpx.Response:
    async with open_pinned_http(PinnedTransport(rules, resolve), timeout=TIMEOUT) as http:
        for _ in range(times):
            request = http.build_request("GET", url, headers={"Authorization": "Basic hidden"})
            response = await send(http, request)
    return response


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
async def test_a_forbidden_address_is_not_connected_to(url: str) -> None:
    names = Names([["127.0.0.1"]])
    async with open_canary() as canary:
        if url.endswith("]") or ":" not in url.partition("://")[2]:
            url = f"{url}:{canary.port}"
        with pytest.raises((JiraApiError, httpx.InvalidURL)):
            await ask(url, NOBODY, names)

    assert canary.accepted == 0
    assert {host for host, _ in names.asked} <= {"acme.test"}


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["::ffff:127.0.0.1"]],
    ids=["private", "private last", "private first", "hidden in IPv6"],
)
async def test_a_name_with_an_address_that_is_not_public_is_not_connected_to(
    addresses: list[str],
) -> None:
    names = Names([addresses])
    async with open_canary() as canary:
        with pytest.raises(UpstreamNotAllowedError) as caught:
            await ask(f"https://jira.test:{canary.port}/x", NOBODY, names)

    assert names.asked == [("jira.test", canary.port)]
    assert canary.accepted == 0
    assert "jira.test" in caught.value.message
    assert "127.0.0.1" not in caught.value.message


async def test_a_name_is_resolved_once_for_each_connection_and_that_address_is_used() -> None:
    # Whoever resolved again before connecting would meet the second answer.
    names = Names([["127.0.0.1"], ["192.0.2.1"]])
    rules = AddressRules(frozenset({"127.0.0.1", "localhost"}), has_plain_http=True)
    async with open_site() as site:
        response = await ask(f"http://localhost:{site.port}/x", rules, names, times=3)

    assert response.status_code == 200
    assert names.asked == [("localhost", site.port)]
    assert site.connections == 1
    assert [head.split("\r\n")[1] for head in site.heads] == [f"Host: localhost:{site.port}"] * 3


async def test_every_new_connection_is_checked_anew() -> None:
    names = Names([["127.0.0.1"], ["10.0.0.1"]])
    closing = OK.replace(b"Content-Type", b"Connection: close\r\nContent-Type")
    changing = ChangingRules()
    async with open_site(closing) as site:
        with pytest.raises(UpstreamNotAllowedError):
            await ask(f"http://localhost:{site.port}/x", changing, names, times=2)

    assert len(names.asked) == 2
    assert site.connections == 1


class ChangingRules(AddressRules):
    """As if 127.0.0.1 were a public address, and 10.0.0.1 none."""

    def check_host(self, scheme: str, host: str) -> None:
        pass

    def check_address(self, host: str, address: str) -> None:
        if address != "127.0.0.1":
            raise UpstreamNotAllowedError(host)


async def test_an_address_that_does_not_answer_is_followed_by_the_next() -> None:
    names = Names([["::1", "127.0.0.1"]])
    async with open_site() as site:
        response = await ask(f"http://127.0.0.1:{site.port}/x", HERE, names)

    assert response.status_code == 200


@pytest.mark.parametrize("error", [OSError("no such name"), TimeoutError()])
async def test_a_name_that_is_not_known_is_an_outage_without_a_call(error: Exception) -> None:
    async def fail(_host: str, _port: int) -> Sequence[str]:
        raise error

    with pytest.raises(JiraUnavailableError) as caught:
        await ask("https://jira.test/x", NOBODY, fail)

    assert not caught.value.was_sent


async def test_a_name_without_an_address_is_an_outage() -> None:
    with pytest.raises(JiraUnavailableError):
        await ask("https://jira.test/x", NOBODY, Names([[]]))


async def test_a_redirect_is_an_answer_and_the_credential_goes_nowhere_else() -> None:
    async with open_canary() as canary, open_site(ELSEWHERE.format(canary.port).encode()) as site:
        response = await ask(f"http://127.0.0.1:{site.port}/x", HERE, resolve_by_system)

    assert response.status_code == 302
    assert (site.connections, canary.accepted) == (1, 0)


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_canary() as proxy, open_site() as site:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        response = await ask(f"http://127.0.0.1:{site.port}/x", HERE, resolve_by_system)

    assert (response.status_code, site.connections, proxy.accepted) == (200, 1, 0)


async def test_tls_and_the_host_header_keep_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make_certificate(tmp_path, NAME)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    names = Names([["127.0.0.1"]])
    async with open_site(tls=lambda site: tls_of(site, file)) as site:
        response = await ask(f"https://{NAME}:{site.port}/x", HERE, names)

    assert response.status_code == 200
    assert site.server_names == [NAME]
    assert f"Host: {NAME}:{site.port}" in site.heads[0]


async def test_a_certificate_of_another_name_is_refused_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make_certificate(tmp_path, "other.corp")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    async with open_site(tls=lambda site: tls_of(site, file)) as site:
        with pytest.raises(JiraUnavailableError):
            await ask(f"https://{NAME}:{site.port}/x", HERE, Names([["127.0.0.1"]]))

    assert site.heads == []


async def test_the_system_knows_this_machine() -> None:
    assert "127.0.0.1" in await resolve_by_system("127.0.0.1", 443)


def tls_of(site: Site, file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def note(_socket: object, name: str | None, _context: object) -> None:
        site.server_names.append(name)

    context.sni_callback = note
    return context


def make_certificate(folder: Path, name: str) -> Path:
    """A key and a certificate that vouches for itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "site.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
