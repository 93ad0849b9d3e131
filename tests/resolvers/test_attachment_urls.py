import json
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime, timedelta

import pytest

from jira_api.records import Attachment, Origin
from resolvers.access.viewer import SECRET_KEY_VIEWER, Viewer, ViewerKind
from resolvers.attachment_urls import AttachmentUrls
from storage.encryption import KeyRing, generate_key
from tests.jira_api.builders import CLOUD_ID
from tests.support.gateway import JUNCTURE, MovingClock

CONNECTION = "5f1c8a0e-6d0b-4c1f-9d53-0a6f6d9be002"
AT = datetime(2026, 1, 1, tzinfo=UTC)
FILE = Attachment(
    Origin(CLOUD_ID, "https://acme.example", CONNECTION), "10000", "secret.txt", 3, AT
)
OLD, NEW = (generate_key(date(2026, 1, day)) for day in (1, 2))


def make(clock: MovingClock, *keys: str) -> AttachmentUrls:
    return AttachmentUrls(
        KeyRing.parse(keys or [NEW]),
        public_url=JUNCTURE,
        clock=clock,
        lifetime=timedelta(minutes=5),
    )


def ticket_of(url: str) -> str:
    root, _, ticket = url.rpartition("/")
    assert root == f"{JUNCTURE}/attachments"
    return ticket


def test_an_address_reads_as_it_was_written_until_it_ends() -> None:
    clock = MovingClock()
    urls = make(clock)
    viewer = Viewer(kind=ViewerKind.FRONTEND_TOKEN, key_id="token", maker_id="key")

    text = ticket_of(urls.write(FILE, viewer))
    ticket = urls.read(text)
    clock.advance(seconds=300)

    assert ticket is not None
    assert (ticket.connection_id, ticket.attachment_id) == (CONNECTION, "10000")
    assert (ticket.kind, ticket.key_id, ticket.maker_id) == (viewer.kind, "token", "key")
    assert ticket.expires_at == clock.now
    assert urls.read(text) is None


def test_an_address_lives_no_longer_than_what_its_viewer_showed() -> None:
    clock = MovingClock()
    viewer = Viewer(kind=ViewerKind.API_KEY, expires_at=clock.now + timedelta(seconds=30))

    ticket = make(clock).read(ticket_of(make(clock).write(FILE, viewer)))

    assert ticket is not None
    assert ticket.expires_at == viewer.expires_at


def test_an_address_tells_nothing_of_the_file_but_its_number() -> None:
    assert "secret" not in make(MovingClock()).write(FILE, SECRET_KEY_VIEWER)


def test_addresses_outlive_a_new_key_and_die_with_their_own() -> None:
    clock = MovingClock()
    text = ticket_of(make(clock, OLD).write(FILE, SECRET_KEY_VIEWER))

    assert make(clock, NEW, OLD).read(text) is not None
    assert make(clock, NEW).read(text) is None


def test_no_character_of_an_address_can_be_another() -> None:
    urls = make(MovingClock())
    text = ticket_of(urls.write(FILE, SECRET_KEY_VIEWER))

    for place, character in enumerate(text):
        other = "A" if character != "A" else "B"
        assert urls.read(text[:place] + other + text[place + 1 :]) is None
    for odd in ("", ".", text + "=", text + "A", text[:-1], f"{text}.{text}", "é", "A" * 5_000):
        assert urls.read(odd) is None


@pytest.mark.parametrize(
    "said",
    [
        "no list",
        [],
        [CONNECTION, "10000", 1],
        ["no id", "10000", 4e9, "SECRET_KEY", None, None],
        [CONNECTION, "../1", 4e9, "SECRET_KEY", None, None],
        [CONNECTION, 10000, 4e9, "SECRET_KEY", None, None],
        [CONNECTION, "10000", "soon", "SECRET_KEY", None, None],
        [CONNECTION, "10000", 4e9, "ANOTHER", None, None],
    ],
)
def test_what_another_release_may_have_signed_is_no_ticket(said: object) -> None:
    ring = KeyRing.parse([NEW])
    payload = urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=")
    signature = urlsafe_b64encode(ring.sign("attachment address", payload)).rstrip(b"=")

    assert make(MovingClock()).read(f"{payload.decode()}.{signature.decode()}") is None
