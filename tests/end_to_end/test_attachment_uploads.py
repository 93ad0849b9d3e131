"""Files sent to Jira: who may, how many and how large, under which names, and what comes of it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.builders import SiteBuilder
from tests.end_to_end.attachments import (
    TEXT,
    UPLOADS,
    an_issue,
    bearing,
    code_of,
    fetch,
    list_files,
    upload,
)
from tests.end_to_end.frontend import mint
from tests.end_to_end.keys import make_key
from tests.support.doors import Caller
from tests.support.gateway import JUNCTURE, Gateway, SendOn

META = "GET /rest/api/3/attachment/meta"
POST = "POST /rest/api/3/issue/TEST-1/attachments"


def a_file(
    name: str = "a.txt", content: Any = TEXT, kind: str = "text/plain"
) -> tuple[str, tuple[str, Any, str]]:
    return ("file", (name, content, kind))


async def test_files_reach_jira_in_one_call_and_come_back_with_addresses(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue(site)
    picture = bytes(range(256)) * 1_000

    answer = await upload(built_once, [a_file(), a_file("Größe 大.png", picture, "image/png")])

    calls = built_once.calls()
    told, shown = answer.json()["attachments"], await list_files(built_once)
    assert answer.status_code == 201
    assert calls == [META, POST]
    assert [each["filename"] for each in told] == ["a.txt", "Größe 大.png"]
    assert [each["mimeType"] for each in told] == ["text/plain", "image/png"]
    assert [each["sizeBytes"] for each in told] == [len(TEXT), len(picture)]
    for ours, theirs in zip(told, shown, strict=True):
        assert {name: ours[name] for name in ("id", "attachmentId", "created")} == {
            name: theirs[name] for name in ("id", "attachmentId", "created")
        }
    assert (await fetch(built_once, told[1]["downloadUrl"])).content == picture


async def test_what_jira_takes_is_told_before(site: SiteBuilder, built_once: Gateway) -> None:
    an_issue(site)
    site.data.attachment_limit = 1_000

    answer = await built_once.http.get(UPLOADS, headers=bearing(built_once))

    assert answer.json() == {"enabled": True, "uploadLimitBytes": 1_000, "mostFiles": 60}
    assert built_once.calls() == [META]


async def test_a_file_of_the_limit_is_taken_and_one_byte_more_refuses_them_all(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue(site)
    site.data.attachment_limit = 1_000

    exact = await upload(built_once, [a_file(content=b"x" * 1_000)])
    over = await upload(built_once, [a_file(), a_file(content=b"x" * 1_001)])

    assert exact.status_code == 201
    assert (over.status_code, code_of(over)) == (413, "PAYLOAD_TOO_LARGE")
    [error] = over.json()["errors"]
    assert error["extensions"]["limitBytes"] == 1_000
    assert "1000 bytes" in error["message"]
    assert [file["sizeBytes"] for file in await list_files(built_once)] == [1_000]


async def test_a_limit_that_jira_lowers_meanwhile_is_told_the_same_way(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue(site)
    built_once.answer_instead("/issue/TEST-1/attachments", 413, json={})

    answer = await upload(built_once, [a_file()])

    assert (answer.status_code, code_of(answer)) == (413, "PAYLOAD_TOO_LARGE")


async def test_an_endless_body_is_ended_at_the_limit_and_not_read_on(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue(site)
    site.data.attachment_limit = 100_000
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        while True:
            sent += 65_536
            yield b"x" * 65_536

    headers = {**bearing(built_once), "Content-Type": "multipart/form-data; boundary=b"}
    answer = await built_once.http.post(UPLOADS, content=endless(), headers=headers)

    assert (answer.status_code, code_of(answer)) == (413, "PAYLOAD_TOO_LARGE")
    assert sent < 5_000_000
    assert await list_files(built_once) == []


# A name as it was sent, and as Jira gets it.
NAMES = {
    "../../etc/passwd": "passwd",
    "C:\\temp\\a.txt": "a.txt",
    "exe\u202egpj.scr": "exegpj.scr",
    "..": "file",
    "x" * 300 + ".txt": "x" * 196 + ".txt",
    "👩‍👩‍👧 größe.txt": "👩‍👩‍👧 größe.txt",
}


async def test_names_are_made_clean(site: SiteBuilder, built_once: Gateway) -> None:
    an_issue(site)

    answer = await upload(built_once, [a_file(name) for name in NAMES])

    assert [each["filename"] for each in answer.json()["attachments"]] == list(NAMES.values())


def a_form(*lines: str, boundary: str = "b") -> dict[str, Any]:
    return {
        "content": "\r\n".join(lines).encode(),
        "headers": {"Content-Type": f"multipart/form-data; boundary={boundary}"},
    }


PART = 'Content-Disposition: form-data; name="file"; filename="a.txt"'
MALFORMED: dict[str, tuple[dict[str, Any], int]] = {
    "no form": ({"json": {"file": "a"}}, 415),
    "no boundary": ({"content": b"", "headers": {"Content-Type": "multipart/form-data"}}, 415),
    "an endless boundary": (a_form("--b", boundary="b" * 500), 400),
    "no part": (a_form("--b--", ""), 400),
    "another name": (a_form("--b", PART.replace('"file"', '"other"'), "", "x", "--b--", ""), 400),
    "no file name": (a_form("--b", PART.partition("; filename")[0], "", "x", "--b--", ""), 400),
    "no disposition": (a_form("--b", "Content-Type: text/plain", "", "x", "--b--", ""), 400),
    "broken off": (a_form("--b", PART, "", "x"), 400),
    "broken off in the headers": (a_form("--b", PART), 400),
    "an endless header": (
        a_form("--b", f"X-Long: {'x' * 10_000}", PART, "", "x", "--b--", ""),
        400,
    ),
    "no text": (a_form("nonsense"), 400),
}


async def test_a_malformed_form_is_refused_and_leaves_nothing(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue(site)

    for name, (form, status) in MALFORMED.items():
        headers = {**form.get("headers", {}), **bearing(built_once)}
        answer = await built_once.http.post(UPLOADS, **{**form, "headers": headers})
        assert (answer.status_code, code_of(answer)) == (status, "BAD_REQUEST"), name

    assert await list_files(built_once) == []


async def test_sixty_files_are_taken_and_one_more_refuses_them_all(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue(site)

    too_many = await upload(built_once, [a_file() for _ in range(61)])
    most = await upload(built_once, [a_file() for _ in range(60)])

    assert (too_many.status_code, most.status_code) == (400, 201)
    assert len(await list_files(built_once)) == 60


async def test_only_a_key_that_may_read_and_write_opens_it(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue(site)
    refused = {
        "": (401, "UNAUTHENTICATED"),
        "wrong": (401, "UNAUTHENTICATED"),
        await make_key(built_once, "GRAPH_READ"): (403, "FORBIDDEN"),
        await make_key(built_once, "GRAPH_WRITE"): (403, "FORBIDDEN"),
        await mint(built_once): (403, "FORBIDDEN"),
        await mint(built_once, "another", ["WRITE"]): (404, "CONNECTION_NOT_FOUND"),
    }

    for key, told in refused.items():
        answer = await upload(built_once, [a_file()], key=key)
        assert (answer.status_code, code_of(answer)) == told
    cookie = await built_once.http.post(
        UPLOADS, files=[a_file()], headers={"Cookie": f"key={built_once.key}"}
    )

    assert cookie.status_code == 401
    assert cookie.headers["www-authenticate"] == "Bearer"
    assert built_once.calls() == []
    allowed = await upload(built_once, [a_file()], key=await mint(built_once, scopes=["WRITE"]))
    assert allowed.status_code == 201


async def test_connections_and_issues_that_are_not_there_are_told_before_a_file_is_read(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue(site)
    told = []

    for path in ("nobody/issues/TEST-1", "acme/issues/test 1", "acme/issues/TEST-9"):
        answer = await upload(
            built_once, [a_file()], url=f"{JUNCTURE}/connections/{path}/attachments"
        )
        told.append((answer.status_code, code_of(answer)))

    assert told == [
        (404, "CONNECTION_NOT_FOUND"),
        (400, "BAD_USER_INPUT"),
        (404, "NOT_FOUND"),
    ]


async def test_an_external_id_with_slashes_is_one(site: SiteBuilder, built_once: Gateway) -> None:
    issue = an_issue(site)
    await built_once.connect("team/7/issues")

    answer = await upload(
        built_once,
        [a_file()],
        url=f"{JUNCTURE}/connections/team/7/issues/issues/{issue.id}/attachments",
    )

    assert answer.status_code == 201


async def test_a_site_that_takes_no_files_says_so(site: SiteBuilder, built_once: Gateway) -> None:
    an_issue(site)
    site.data.has_attachments = False

    answer = await upload(built_once, [a_file()])

    assert (answer.status_code, code_of(answer)) == (403, "FORBIDDEN")
    assert built_once.calls() == [META]


async def test_an_answer_that_is_lost_is_an_unknown_outcome_and_nothing_is_sent_twice(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue(site)
    attempts = 0

    async def lose_the_answer(request: httpx.Request, send: SendOn) -> httpx.Response:
        nonlocal attempts
        response = await send(request)
        if request.url.path.endswith("/issue/TEST-1/attachments"):
            attempts += 1
            raise httpx.ReadError("lost", request=request)
        return response

    built_once.transport.detour = lose_the_answer
    answer = await upload(built_once, [a_file()])

    assert (answer.status_code, code_of(answer)) == (500, "OUTCOME_UNKNOWN")
    assert attempts == 1
    assert len(await list_files(built_once)) == 1


async def test_a_refusal_before_the_last_byte_is_no_unknown_outcome(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue(site)
    built_once.answer_instead("/issue/TEST-1/attachments", 503, json={})

    answer = await upload(built_once, [a_file()])

    assert (answer.status_code, code_of(answer)) == (502, "JIRA_UNAVAILABLE")


async def test_who_leaves_in_the_midst_attaches_nothing(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue(site)
    beginning = f"--b\r\n{PART}\r\n\r\nsome".encode()
    coming = iter(
        (
            {"type": "http.request", "body": beginning, "more_body": True},
            {"type": "http.disconnect"},
        )
    )
    caller = Leaving(built_once.app, coming)

    headers = {**bearing(built_once), "Content-Type": "multipart/form-data; boundary=b"}
    await caller.send("POST", UPLOADS, headers={k.lower(): v for k, v in headers.items()})

    assert caller.status == 499
    assert built_once.calls() == [META, POST]
    assert await list_files(built_once) == []


class Leaving(Caller):
    """A client of whom comes what was prepared, and then nothing."""

    def __init__(self, app: ASGIApp, coming: Iterator[Message]) -> None:
        async def receiving(scope: Scope, _receive: Receive, send: Send) -> None:
            async def receive() -> Message:
                return next(coming)

            await app(scope, receive, send)

        super().__init__(receiving)


async def test_a_new_attachment_is_seen_by_a_search_although_that_lags_behind(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue(site)

    await upload(built_once, [a_file()])
    found = await built_once.ask_connection("issues { nodes { attachments { filename } } }")

    assert found["issues"]["nodes"] == [{"attachments": [{"filename": "a.txt"}]}]
