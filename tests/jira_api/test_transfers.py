"""Files to and from Jira: what is sent where, and what each answer comes to."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import httpx
import pytest

from jira_api.attachments import (
    Content,
    Span,
    attach_files,
    get_upload_limits,
    open_content,
)
from jira_api.calls import Change
from jira_api.client import JiraSession
from jira_api.errors import (
    ForbiddenError,
    InvalidResponseError,
    JiraApiError,
    JiraUnavailableError,
    MissingScopeError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    UpstreamNotAllowedError,
)
from jira_api.multipart import OutgoingFile
from jira_api.paths import IssueKey, NumericId
from jira_api.site_urls import AddressRules
from jira_api.transfers import Transfers
from tests.jira_api.builders import ScriptedJira, a_jira, a_user_payload, fails, says

FILE = {
    "id": "10000",
    "filename": "a.txt",
    "size": 3,
    "created": "2026-01-01T00:00:00.000+0000",
    "mimeType": "text/plain",
    "author": a_user_payload(),
}
MEDIA = "https://media.example/file?token=secret"
ID = NumericId("10000")


def transfers_of(jira: ScriptedJira) -> Transfers:
    """Transfers whose pools are both the script."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(jira._answer))
    return Transfers(http, http, AddressRules())


async def read(jira: ScriptedJira, span: Span | None = None) -> tuple[Content, bytes]:
    async with open_content(jira.session, transfers_of(jira), ID, span) as content:
        return content, b"".join([piece async for piece in content.chunks])


async def a_file(*pieces: bytes) -> AsyncIterator[OutgoingFile]:
    async def chunks() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    yield OutgoingFile("a.txt", "text/plain", chunks())


async def attach(jira: ScriptedJira, session: JiraSession | None = None) -> list[str]:
    files = await attach_files(
        session or jira.session, transfers_of(jira), IssueKey("TEST-1"), a_file(b"one")
    )
    return [each.attachment_id for each in files]


async def test_a_download_asks_for_the_bytes_as_they_are_with_the_token() -> None:
    jira = a_jira(says(206, b"bcd", headers={"Content-Range": "bytes 1-3/10"}))

    content, received = await read(jira, Span(1, 3))

    [request] = jira.requests
    assert (received, content.span, content.length) == (b"bcd", Span(1, 3), 3)
    assert jira.questions == [{"redirect": "false"}]
    assert request.headers["Range"] == "bytes=1-3"
    assert request.headers["Accept-Encoding"] == "identity"
    assert jira.bearers == ["Bearer secret-stored"]


async def test_where_jira_sends_it_on_nothing_goes_along_but_the_range() -> None:
    jira = a_jira(
        says(303, headers={"Location": MEDIA}),
        says(206, b"bcd", headers={"Content-Range": "bytes 1-3/10"}),
    )

    _, received = await read(jira, Span(1, 3))

    there = jira.requests[1]
    assert received == b"bcd"
    assert str(there.url) == MEDIA
    assert there.headers["Range"] == "bytes=1-3"
    assert {"authorization", "cookie", "x-atlassian-token"} & set(there.headers) == set()


async def test_the_stores_refusal_renews_no_token_and_tells_no_address() -> None:
    answers = [says(303, headers={"Location": MEDIA}), says(401)] * 4
    jira = a_jira(*answers)

    with pytest.raises(JiraUnavailableError) as refused:
        await read(jira)

    assert jira.tokens.refused == []
    assert "secret" not in refused.value.message
    assert "example" not in refused.value.message


@pytest.mark.parametrize(
    "location",
    [
        "https://127.0.0.1/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://0x7f.1/",
        "http://media.example/x",
        "https://user@media.example/x",
        "ftp://media.example/",
    ],
)
async def test_a_store_that_must_not_be_asked_is_not(location: str) -> None:
    jira = a_jira(says(303, headers={"Location": location}))

    with pytest.raises(UpstreamNotAllowedError):
        await read(jira)

    assert len(jira.requests) == 1


ODD_ANSWERS = {
    "another range": says(206, b"x", headers={"Content-Range": "bytes 0-3/10"}),
    "no range": says(206, b"x"),
    "several ranges": says(206, b"x", headers={"Content-Type": "multipart/byteranges"}),
    "nothing": says(204, b""),
    "encoded": says(200, b"x", headers={"Content-Encoding": "gzip"}),
    "sent on to nowhere": says(302, headers={"Location": "https:///x"}),
    "sent on to no port": says(302, headers={"Location": "https://media.example:99999/"}),
}


@pytest.mark.parametrize("answer", ODD_ANSWERS.values(), ids=ODD_ANSWERS)
async def test_what_is_not_what_was_asked_for_is_refused(
    answer: Callable[[httpx.Request], httpx.Response],
) -> None:
    with pytest.raises(InvalidResponseError):
        await read(a_jira(answer), Span(1, 3))


async def test_all_bytes_in_the_place_of_a_range_are_taken_for_all() -> None:
    content, received = await read(a_jira(says(200, b"abc")), Span(1, 1))

    assert (content.span, received) == (None, b"abc")


async def test_a_download_is_asked_for_again_after_a_passing_fault_and_a_stale_token() -> None:
    unauthorized = says(401, {"code": 401, "message": "Unauthorized"})
    jira = a_jira(says(503), unauthorized, fails(httpx.ConnectError), says(200, b"abc"))

    _, received = await read(jira)

    assert received == b"abc"
    assert jira.bearers == ["Bearer secret-stored"] * 2 + ["Bearer secret-renewed-1"] * 2


async def test_an_upload_is_one_form_without_a_length_that_passes_the_check_of_forgeries() -> None:
    jira = a_jira(says(200, [FILE]))

    assert await attach(jira) == ["10000"]

    [request] = jira.requests
    assert request.method == "POST"
    assert jira.paths == ["/rest/api/3/issue/TEST-1/attachments"]
    assert request.headers["X-Atlassian-Token"] == "no-check"
    assert jira.bearers == ["Bearer secret-stored"]


UPLOAD_FAULTS = {
    "401": (says(401, {"code": 401, "message": "Unauthorized"}), JiraUnavailableError),
    "no scope": (
        says(401, {"code": 401, "message": "Unauthorized; scope does not match"}),
        MissingScopeError,
    ),
    "403": (says(403), ForbiddenError),
    "404": (says(404), NotFoundError),
    "413": (says(413), RejectedError),
    "503": (says(503), OutcomeUnknownError),
    "lost": (fails(httpx.ReadError), OutcomeUnknownError),
    "not sent": (fails(httpx.ConnectError), JiraUnavailableError),
    "no list": (says(200, {}), OutcomeUnknownError),
    "nothing": (says(200, []), OutcomeUnknownError),
    "one too many": (says(200, [FILE, FILE]), OutcomeUnknownError),
    "no json": (says(200, b"<html>"), OutcomeUnknownError),
    "no attachments": (says(200, [{}]), OutcomeUnknownError),
}


async def test_a_limit_that_is_none_is_not_taken_for_one() -> None:
    jira = a_jira(says(200, {"enabled": True, "uploadLimit": -1}))

    with pytest.raises(InvalidResponseError, match="does not tell how large"):
        await get_upload_limits(jira.session)


@pytest.mark.parametrize(("answer", "error"), UPLOAD_FAULTS.values(), ids=UPLOAD_FAULTS)
async def test_an_upload_is_never_sent_twice(
    answer: Callable[[httpx.Request], httpx.Response], error: type[JiraApiError]
) -> None:
    jira = a_jira(answer)

    with pytest.raises(error):
        await attach(jira)

    assert len(jira.requests) == 1


async def test_a_missing_scope_is_named() -> None:
    answer, _ = UPLOAD_FAULTS["no scope"]

    with pytest.raises(MissingScopeError) as refused:
        await attach(a_jira(answer))

    assert refused.value.scopes == ("write:jira-work",)


async def test_whoever_keeps_account_of_changes_is_told_of_an_upload() -> None:
    jira, told = a_jira(says(200, [FILE])), list[Change]()

    async def listen(change: Change) -> None:
        told.append(change)

    await attach(jira, replace(jira.session, listener=listen))

    assert [change.path for change in told] == ["/rest/api/3/issue/TEST-1/attachments"]
