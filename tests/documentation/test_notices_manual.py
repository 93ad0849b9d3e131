"""What docs/notices.md says is so: its example, its check of the signature, its numbers."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from oauth import notices
from oauth.notices import DELIVERY_TIMEOUT, SIGNATURE_HEADER
from server.settings import Settings
from storage.database import Database
from storage.encryption import KeyRing
from storage.notices import GIVEN_UP_AFTER
from tests.oauth.notice_bench import SECRET, SOON, Bench
from tests.storage.builders import NOW
from tests.support.servers import REPOSITORY

MANUAL = (REPOSITORY / "docs" / "notices.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```(\w+)\n(.*?)```", MANUAL, flags=re.DOTALL))
Check = Callable[[str, bytes, str], bool]


@pytest.fixture
async def request_sent(database: Database, ring: KeyRing) -> httpx.Request:
    """A notice of a dying grant, as a service gets it."""
    bench = Bench(database, ring)
    await bench.link("user-17", expires_at=SOON)
    await bench.notices().run_once()
    [request] = bench.receiver.requests
    return request


@pytest.fixture
def is_from_juncture(monkeypatch: pytest.MonkeyPatch) -> Check:
    """The manual's own function, at the time of the tests."""
    names: dict[str, Check] = {}
    exec(BLOCKS["python"], names)
    monkeypatch.setattr("time.time", NOW.timestamp)
    return names["is_from_juncture"]


async def test_a_notice_has_the_members_of_the_example(request_sent: httpx.Request) -> None:
    shown, sent = json.loads(BLOCKS["json"]), json.loads(request_sent.content)

    assert list(shown) == list(sent)
    for name in ("kind", "externalId", "provider", "expiresAt", "at"):
        assert shown[name] == sent[name]
    assert shown["id"] == f"grant.dying.{shown['connectionId']}.{shown['expiresAt']}"
    assert sent["id"] == f"grant.dying.{sent['connectionId']}.{sent['expiresAt']}"
    listed = re.findall(r"^\| `(\w+)` \|", MANUAL, flags=re.MULTILINE)
    assert listed == list(shown)


async def test_the_manual_s_check_takes_what_juncture_signed(
    request_sent: httpx.Request, is_from_juncture: Check
) -> None:
    header, body = request_sent.headers[SIGNATURE_HEADER], request_sent.content

    assert is_from_juncture(header, body, SECRET)
    assert not is_from_juncture(header, body + b" ", SECRET)
    assert not is_from_juncture(header, body, SECRET + "x")
    assert not is_from_juncture(header.replace("t=", "t=1"), body, SECRET)


@pytest.mark.parametrize("header", ["", "t=1", "v1=", "t=,v1=", "t=x,v1=é", "t=²,v1=1", "t,v1"])
async def test_the_manual_s_check_refuses_a_malformed_header(
    is_from_juncture: Check, header: str
) -> None:
    assert not is_from_juncture(header, b"{}", SECRET)


async def test_the_manual_s_check_refuses_what_is_old(
    request_sent: httpx.Request, is_from_juncture: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    header, body = request_sent.headers[SIGNATURE_HEADER], request_sent.content
    monkeypatch.setattr("time.time", lambda: NOW.timestamp() + 301)

    assert not is_from_juncture(header, body, SECRET)


def test_the_manual_names_the_true_numbers() -> None:
    lead = Settings.model_fields["notice_lead_days"].default

    assert f"`JUNCTURE_NOTICE_LEAD_DAYS` ({lead:.0f})" in MANUAL
    assert f"2xx within {DELIVERY_TIMEOUT.seconds} seconds" in MANUAL
    assert f"After {GIVEN_UP_AFTER.days} days it is given up" in MANUAL
    assert timedelta(minutes=1) == notices._FIRST_WAIT
    assert timedelta(hours=6) == notices._LONGEST_WAIT
    assert f"{3 * DELIVERY_TIMEOUT.seconds} seconds after the first time" in MANUAL
