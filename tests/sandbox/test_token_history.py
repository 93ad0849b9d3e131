import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.application import create_application
from sandbox.token_history import TokenExchange, TokenHistory, hash_token
from tests.sandbox.visitors import CALLBACK, StillClock, Visitor, a_site, a_visitor


async def enter() -> Visitor:
    builder, site = a_site()
    visitor = a_visitor(builder.world)
    await visitor.enter(site.data.site.cloud_id)
    return visitor


async def read_history(visitor: Visitor) -> list[dict[str, Any]]:
    answer = (await visitor.http.get("/__sandbox__/token-history")).json()
    exchanges: list[dict[str, Any]] = answer["exchanges"]
    return exchanges


async def test_each_refresh_is_told_with_its_token_and_the_child_of_it() -> None:
    visitor = await enter()
    first = visitor.tokens["refresh_token"]
    second = (await visitor.refresh(first)).json()["refresh_token"]

    given, refreshed = await read_history(visitor)

    assert (given["token"], given["child"]) == (None, hash_token(first))
    assert (refreshed["token"], refreshed["child"]) == (hash_token(first), hash_token(second))
    assert [(each["grant"], each["error"]) for each in (given, refreshed)] == [
        ("grant-1", None),
        ("grant-1", None),
    ]
    assert [given["grantType"], refreshed["grantType"]] == ["authorization_code", "refresh_token"]


@pytest.mark.parametrize(
    ("minutes", "is_fork", "error"),
    [(9, True, None), (11, False, "invalid_grant")],
    ids=["within the leeway", "after it"],
)
async def test_a_token_used_again_is_a_fork_or_refused(
    minutes: float, error: str | None, *, is_fork: bool
) -> None:
    visitor = await enter()
    token = visitor.tokens["refresh_token"]
    await visitor.refresh(token)

    visitor.clock.advance(minutes=minutes)
    await visitor.refresh(token)

    first, again = (await read_history(visitor))[1:]
    assert not first["isFork"]
    assert (again["isFork"], again["error"], again["child"] is None) == (
        is_fork,
        error,
        error is not None,
    )
    assert again["at"] == visitor.clock.at.isoformat()


async def test_what_was_refused_is_told_without_a_grant_where_there_is_none() -> None:
    visitor = await enter()
    await visitor.refresh("made-up")
    await visitor.ask_token(grant_type="authorization_code", code="old", redirect_uri=CALLBACK)

    refused = (await read_history(visitor))[1:]

    assert [(each["grant"], each["error"]) for each in refused] == [(None, "invalid_grant")] * 2
    assert [each["token"] for each in refused] == [hash_token("made-up"), None]


async def test_no_token_is_in_the_history() -> None:
    visitor = await enter()
    await visitor.refresh(visitor.tokens["refresh_token"])

    told = (await visitor.http.get("/__sandbox__/token-history")).text

    assert visitor.tokens["refresh_token"] not in told
    assert visitor.tokens["access_token"] not in told


async def test_an_exchange_whose_answer_is_cut_is_told_all_the_same(tmp_path: Path) -> None:
    builder, site = a_site()
    history = TokenHistory(tmp_path / "history.jsonl")
    clock = StillClock()
    application = create_application(builder.world, clock=clock, token_history=history)
    visitor = Visitor(application, clock)
    await visitor.enter(site.data.site.cloud_id)
    await visitor.http.post(
        "/__sandbox__/faults", json={"path": "/oauth/token", "cutAfterCommit": True}
    )

    with pytest.raises((ConnectionError, httpx.TransportError)):
        await visitor.refresh(visitor.tokens["refresh_token"])

    lines = (tmp_path / "history.jsonl").read_text().splitlines()
    assert [json.loads(line)["grantType"] for line in lines] == [
        "authorization_code",
        "refresh_token",
    ]


def test_each_exchange_is_in_the_file_once_it_is_noted(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    history = TokenHistory(file)
    at = datetime(2026, 6, 1, tzinfo=UTC)

    for child in ("one", "two"):
        history.note(TokenExchange(at, "refresh_token", "grant-1", "old", child, False, None))

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["number"], line["child"]) for line in lines] == [(1, "one"), (2, "two")]
    assert lines == history.to_json()["exchanges"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        TokenHistory(tmp_path / "none" / "history.jsonl")
