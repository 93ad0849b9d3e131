"""Addresses of attachments: what they serve, to whom, and when they end."""

import logging
from urllib.parse import urlsplit

import httpx
import pytest

from sandbox.builders import SiteBuilder
from sandbox.world import World
from storage.api_keys import revoke_api_key
from tests.end_to_end.attachments import (
    TEXT,
    an_issue,
    an_issue_with_a_note,
    code_of,
    fetch,
    find_url,
    list_files,
    upload,
)
from tests.end_to_end.frontend import MINT, disconnect, mint
from tests.end_to_end.keys import make_key
from tests.end_to_end.site_tokens import Kind, connect, every_cloud_kind
from tests.support.gateway import JUNCTURE, SANDBOX, Gateway, open_gateway

CONTENT = "/attachment/content/10000"
PATH = "/rest/api/3/attachment/10000"


async def test_whoever_has_the_address_gets_the_bytes_without_a_key(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)

    response = await fetch(built_once, url)

    assert (response.status_code, response.content) == (200, TEXT)
    assert response.headers["content-length"] == str(len(TEXT))
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["cache-control"] == "private, no-store"
    assert built_once.calls() == [f"GET {PATH}", "GET /rest/api/3/attachment/content/10000"]
    assert built_once.sandbox.calls.calls[-1].query == {"redirect": ["false"]}


# What is asked, and which bytes come.
RANGES = {
    "bytes=0-0": (b"0", "bytes 0-0/10"),
    "bytes=8-99": (b"89", "bytes 8-9/10"),
    "bytes=-3": (b"789", "bytes 7-9/10"),
    "bytes=5-": (b"56789", "bytes 5-9/10"),
}


async def test_a_range_is_served_alone(site: SiteBuilder, built_once: Gateway) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)

    for asked, (sent, told) in RANGES.items():
        response = await fetch(built_once, url, Range=asked)
        assert (response.status_code, response.content) == (206, sent)
        assert response.headers["content-range"] == told
        assert response.headers["content-length"] == str(len(sent))


async def test_a_range_beyond_the_end_is_refused_with_the_size_and_jira_sends_nothing(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)

    response = await fetch(built_once, await find_url(built_once), Range="bytes=10-")

    assert (response.status_code, code_of(response)) == (416, "BAD_USER_INPUT")
    assert response.headers["content-range"] == "bytes */10"
    assert built_once.calls() == [f"GET {PATH}"]


async def test_head_and_ranges_of_another_version_are_answered_as_a_whole(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)

    head = await built_once.http.head(url, headers={"Range": "bytes=0-1"})
    stale = await fetch(built_once, url, Range="bytes=0-1", If_Range='"another"')
    fresh = await fetch(built_once, url, Range="bytes=0-1", If_Range=head.headers["etag"])

    assert (head.status_code, head.content) == (200, b"")
    assert (head.headers["content-length"], head.headers["accept-ranges"]) == ("10", "bytes")
    assert (stale.status_code, stale.content) == (200, TEXT)
    assert (fresh.status_code, fresh.content) == (206, b"01")


async def test_an_address_ends_after_its_minutes(site: SiteBuilder, built_once: Gateway) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)

    built_once.clock.advance(seconds=299)
    before = await fetch(built_once, url)
    built_once.clock.advance(seconds=2)
    after = await fetch(built_once, url)

    assert before.status_code == 200
    assert (after.status_code, code_of(after)) == (404, "NOT_FOUND")


async def test_forged_and_foreign_addresses_are_refused_alike_and_call_nobody(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)
    root, _, token = url.rpartition("/")
    payload, _, signature = token.partition(".")
    forged = [
        f"{payload}.{signature[:-1]}{'A' if signature[-1] != 'A' else 'Q'}",
        f"{payload[:-4]}AAAA.{signature}",
        f"{payload}.",
        payload,
        "x",
        "%C3%A9",
        "A" * 5_000,
    ]

    answers = [await fetch(built_once, f"{root}/{each}") for each in forged]

    messages = {each.json()["errors"][0]["message"] for each in answers}
    assert {(each.status_code, code_of(each)) for each in answers} == {(404, "NOT_FOUND")}
    assert len(messages) == 1
    assert built_once.calls() == []


async def test_an_address_dies_with_its_connection_and_another_link_does_not_wake_it(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)

    await disconnect(built_once)
    after = await fetch(built_once, url)
    await built_once.connect()
    linked_anew = await fetch(built_once, url)

    assert (after.status_code, code_of(after)) == (404, "NOT_FOUND")
    assert linked_anew.status_code == 404


async def test_an_address_dies_with_the_key_that_asked_for_it(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)
    key = await make_key(built_once, "GRAPH_READ", "TOKENS_MINT")
    given = {"input": {"externalId": "acme", "scopes": ["READ"]}}
    token = (await built_once.ask(MINT, given, key=key)).data["createFrontendToken"]["token"]
    by_key, by_token = await find_url(built_once, key), await find_url(built_once, token)
    before = [(await fetch(built_once, each)).status_code for each in (by_key, by_token)]

    services = built_once.services
    async with services.database.transaction() as queries:
        key_id = key.split("_")[1]
        assert await revoke_api_key(queries, services.ring, key_id, now=built_once.clock.now)
    built_once.clock.advance(seconds=1)

    after = [(await fetch(built_once, each)).status_code for each in (by_key, by_token)]
    assert (before, after) == ([200, 200], [404, 404])


async def test_an_address_ends_with_the_frontend_token_that_asked_for_it(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once, await mint(built_once, expiresInSeconds=60))

    built_once.clock.advance(seconds=59)
    before = await fetch(built_once, url)
    built_once.clock.advance(seconds=2)
    after = await fetch(built_once, url)

    assert (before.status_code, after.status_code) == (200, 404)


async def test_what_jira_refuses_is_told_with_the_status_of_its_code(
    site: SiteBuilder, built_once: Gateway
) -> None:
    issue = an_issue_with_a_note(site)
    url = await find_url(built_once)
    refusals = []
    for status in (403, 429, 503):
        built_once.answer_instead(CONTENT, status, json={}, headers={"Retry-After": "30"})
        answer = await fetch(built_once, url)
        refusals.append((answer.status_code, code_of(answer), answer.headers.get("retry-after")))
        built_once.transport.faults.clear()

    site.data.issues[issue.id].fields["attachment"].clear()
    site.data.memory.clear()
    gone = await fetch(built_once, url)

    assert refusals == [
        (403, "FORBIDDEN", None),
        (429, "RATE_LIMITED", "30"),
        (502, "JIRA_UNAVAILABLE", "30"),
    ]
    assert (gone.status_code, code_of(gone)) == (404, "NOT_FOUND")


async def test_a_rejected_token_is_renewed_once_for_a_download(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)
    refused: list[str] = []

    def refuse_once(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(CONTENT) or refused:
            return None
        refused.append(request.headers["Authorization"])
        return httpx.Response(401, json={"code": 401, "message": "Unauthorized"})

    built_once.transport.faults.append(refuse_once)

    assert (await fetch(built_once, url)).content == TEXT
    assert built_once.calls(to_jira=False) == ["POST /oauth/token"]


# What a stranger can have attached.
HOSTILE = ("text/html", "image/svg+xml", "text/javascript", "text/plain\r\nX-Evil: 1")


async def test_what_a_browser_could_run_is_only_ever_saved(
    site: SiteBuilder, built_once: Gateway
) -> None:
    issue = an_issue(site)
    for kind in HOSTILE:
        site.add_attachment(issue, 'a"\r\nb.html', b"<script>alert(1)</script>", mime_type=kind)

    for file in await list_files(built_once):
        headers = (await fetch(built_once, file["downloadUrl"])).headers
        assert headers["content-type"] == "application/octet-stream"
        assert headers["content-disposition"].startswith("attachment;")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert headers["referrer-policy"] == "no-referrer"
        assert "x-evil" not in headers


async def test_neither_log_nor_answer_holds_the_token_or_the_address(
    site: SiteBuilder, built_once: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="juncture")
    an_issue_with_a_note(site)
    [file] = await list_files(built_once)
    ticket = urlsplit(file["downloadUrl"]).path.rpartition("/")[2]
    bearers: list[str] = []
    built_once.transport.faults.append(
        lambda request: bearers.append(request.headers["Authorization"])
    )

    response = await fetch(built_once, file["downloadUrl"])

    told = caplog.text + str(response.headers) + response.text
    assert "GET /attachments/... 200" in caplog.text
    assert len(set(bearers)) == 1
    for secret in (bearers[0].removeprefix("Bearer "), *ticket.split("."), SANDBOX):
        assert secret not in told
    assert "note.txt" not in caplog.text


async def test_no_key_is_needed_and_none_is_heeded(site: SiteBuilder, built_once: Gateway) -> None:
    an_issue_with_a_note(site)
    url = await find_url(built_once)

    wrong_key = await fetch(built_once, url, Authorization="Bearer wrong")
    posted = await built_once.http.post(url)
    elsewhere = await fetch(built_once, f"{JUNCTURE}/attachments/")

    assert (wrong_key.status_code, posted.status_code, elsewhere.status_code) == (200, 405, 404)


@every_cloud_kind
async def test_files_of_a_connection_with_a_token_go_by_its_own_door(
    sqlite_url: str, world_and_site: tuple[World, SiteBuilder], kind: Kind
) -> None:
    an_issue_with_a_note(world_and_site[1])
    async with open_gateway(
        world_and_site[0], database_url=sqlite_url, allowed_upstream_hosts="127.0.0.1"
    ) as gateway:
        assert (await connect(gateway, kind))["errors"] == []
        url = await find_url(gateway)

        sent = await upload(gateway, [("file", ("b.txt", b"b", "text/plain"))])
        received = await fetch(gateway, url, Range="bytes=0-1")

        assert (sent.status_code, received.content) == (201, TEXT[:2])
        assert {call.grant for call in gateway.sandbox.calls.calls} == {kind.grant}
