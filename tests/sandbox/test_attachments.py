"""Attachments of the sandbox: kept or made up, sent by it or by its store, taken and removed."""

from typing import Any

import httpx
import pytest

from sandbox.attachment_records import build_content, iter_content
from sandbox.world import JsonObject
from tests.contract.check import check_answer
from tests.contract.documents import load_documents
from tests.contract.exchanges import read_answer
from tests.sandbox.visitors import ALL_SCOPES, SCOPES, Guest, a_guest

CONTENT = "/rest/api/3/attachment/content"
ONE = "/rest/api/3/attachment"
ISSUE = "/rest/api/3/issue/TEST-1"
UNCHECKED = {"X-Atlassian-Token": "no-check"}


async def a_guest_with_files(scopes: str = ALL_SCOPES) -> tuple[Guest, JsonObject, JsonObject]:
    """TEST-1 with a text of ten bytes, and with a file of 200,000 that are made up."""
    guest = await a_guest(scopes=scopes)
    issue = guest.site.add_issue(guest.site.add_project("TEST"))
    given = guest.site.add_attachment(issue, "a.txt", b"0123456789")
    return guest, given, guest.site.add_attachment(issue, "b.bin", size=200_000)


async def send(guest: Guest, files: Any, *, path: str = ISSUE, **headers: str) -> httpx.Response:
    return await guest.visitor.http.post(
        f"{guest._prefix}{path}/attachments",
        files=files,
        headers={**guest.visitor.headers, **UNCHECKED, **headers},
    )


async def list_files(guest: Guest) -> list[dict[str, Any]]:
    files = (await guest.read(ISSUE, fields="attachment"))["fields"]["attachment"]
    assert isinstance(files, list)
    return files


def has_its_shape(response: httpx.Response) -> bool:
    return check_answer(load_documents(), read_answer(response)) == []


async def test_made_up_bytes_are_always_the_same_and_of_the_size_told() -> None:
    guest, given, made_up = await a_guest_with_files()
    data = guest.site.data

    whole = build_content(data, made_up)
    parts = [piece async for piece in iter_content(data, made_up, 65_000, 140_000)]

    assert len(whole) == 200_000
    assert whole[:1_000] != whole[65_536:66_536]
    assert b"".join(parts) == whole[65_000:140_000]
    assert max(map(len, parts)) <= 65_536
    assert build_content(data, given) == b"0123456789"


async def test_content_comes_by_itself_or_by_the_store_and_in_ranges() -> None:
    guest, _, _ = await a_guest_with_files()

    whole = await guest.get(f"{CONTENT}/10000", redirect="false")
    sent_on = await guest.get(f"{CONTENT}/10000")
    store = sent_on.headers["location"]
    part = await guest.visitor.http.get(store, headers={"Range": "bytes=-3"})

    assert (whole.status_code, whole.content) == (200, b"0123456789")
    assert whole.headers["content-type"] == "text/plain"
    assert sent_on.status_code == 303
    assert (part.status_code, part.content) == (206, b"789")
    assert part.headers["content-range"] == "bytes 7-9/10"
    assert all(map(has_its_shape, (whole, sent_on)))


@pytest.mark.parametrize(("asked", "status"), [("bytes=10-", 416), ("bytes=x", 400), ("x=1-", 400)])
async def test_a_range_that_is_not_there_is_refused(asked: str, status: int) -> None:
    guest, _, _ = await a_guest_with_files()

    response = await guest.visitor.http.get(
        f"{guest._prefix}{CONTENT}/10000?redirect=false",
        headers={**guest.visitor.headers, "Range": asked},
    )

    assert response.status_code == status
    assert has_its_shape(response)


async def test_the_store_knows_its_addresses_and_nobodys_token() -> None:
    guest, _, _ = await a_guest_with_files()
    store = (await guest.get(f"{CONTENT}/10000")).headers["location"]
    get = guest.visitor.http.get

    with_token = await get(store, headers=guest.visitor.headers)
    forged = await get(store[:-1] + ("0" if store[-1] != "0" else "1"))
    of_another = await get(store.replace("/10000/", "/10001/"))
    guest.visitor.clock.advance(minutes=11)
    late = await get(store)

    assert [each.status_code for each in (with_token, forged, of_another, late)] == [
        401,
        401,
        401,
        403,
    ]


async def test_sent_files_are_on_the_issue_and_come_back_as_they_were() -> None:
    guest, _, _ = await a_guest_with_files()
    picture = bytes(range(256)) * 8

    response = await send(
        guest, [("file", ("Größe.png", picture, "image/png")), ("file", ("b", b"", "text/plain"))]
    )

    told = response.json()
    assert response.status_code == 200
    assert has_its_shape(response)
    assert [each["filename"] for each in told] == ["Größe.png", "b"]
    assert (await list_files(guest))[2:] == told
    content = await guest.get(f"{CONTENT}/{told[0]['id']}", redirect="false")
    assert content.content == picture


async def test_what_is_not_taken_is_refused_and_leaves_nothing() -> None:
    guest, _, _ = await a_guest_with_files()
    guest.site.data.attachment_limit = 5
    small, large = ("file", ("a", b"12345", "text/plain")), ("file", ("b", b"123456", "text/plain"))

    answers = [
        await send(guest, [small], **{"X-Atlassian-Token": "check"}),
        await send(guest, [small, large]),
        await send(guest, [small] * 61),
        await send(guest, [small], path="/rest/api/3/issue/TEST-9"),
    ]
    guest.site.data.has_attachments = False
    answers.append(await send(guest, [small]))

    assert [each.status_code for each in answers] == [403, 413, 413, 404, 404]
    assert all(map(has_its_shape, answers))
    assert len(await list_files(guest)) == 2


async def test_one_is_told_with_its_number_and_gone_once_it_is_removed() -> None:
    guest, _, _ = await a_guest_with_files()

    told = await guest.get(f"{ONE}/10000")
    removed = await guest.delete(f"{ONE}/10000")
    after = [await guest.get(f"{ONE}/10000"), await guest.delete(f"{ONE}/10000")]

    assert told.json()["id"] == 10000
    assert [each["id"] for each in await list_files(guest)] == ["10001"]
    assert [each.status_code for each in (removed, *after)] == [204, 404, 404]
    assert all(map(has_its_shape, (told, removed, *after)))


async def test_limits_are_told_and_set_for_every_site() -> None:
    guest, _, _ = await a_guest_with_files()
    before = await guest.get(f"{ONE}/meta")

    order = {"enabled": False, "uploadLimit": 7}
    answer = await guest.visitor.http.post("/__sandbox__/attachments", json=order)
    after = await guest.get(f"{ONE}/meta")
    wrong = await guest.visitor.http.post("/__sandbox__/attachments", json={"uploadLimit": -1})

    assert before.json() == {"enabled": True, "uploadLimit": 100 * 1024 * 1024}
    assert answer.status_code == 200
    assert after.json() == {"enabled": False, "uploadLimit": 7}
    assert has_its_shape(after)
    assert wrong.status_code == 400


async def test_reading_scopes_write_nothing() -> None:
    guest, _, _ = await a_guest_with_files(SCOPES)

    answers = [await send(guest, [("file", ("a", b"1"))]), await guest.delete(f"{ONE}/10000")]

    assert [each.status_code for each in answers] == [401, 401]
