from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jira_api.records import Attachment
from server.attachment_headers import describe_file
from tests.jira_api.builders import ORIGIN

FILE = Attachment(ORIGIN, "10000", "a.txt", 3, datetime(2026, 1, 1, tzinfo=UTC), "text/plain")
BYTES = "application/octet-stream"
# The type that Jira tells; the one that is sent, and whether a browser may show it.
TYPES = {
    "image/png": ("image/png", True),
    "IMAGE/JPEG": ("image/jpeg", True),
    "video/mp4": ("video/mp4", True),
    "text/plain;charset=latin-1": ("text/plain; charset=utf-8", True),
    "text/csv": ("text/csv; charset=utf-8", False),
    "application/pdf": ("application/pdf", False),
    "text/html": (BYTES, False),
    "text/html; charset=utf-8": (BYTES, False),
    "TEXT/HTML": (BYTES, False),
    "image/svg+xml": (BYTES, False),
    "image/png+xml": (BYTES, False),
    "application/xhtml+xml": (BYTES, False),
    "text/xml": (BYTES, False),
    "text/javascript": (BYTES, False),
    "application/x-shockwave-flash": (BYTES, False),
    "multipart/x-mixed-replace": (BYTES, False),
    "audio/x\r\nX-Evil: 1": (BYTES, False),
    "image/png\n": ("image/png", True),
    "": (BYTES, False),
}
NAMES = {
    "a.txt": "filename=\"a.txt\"; filename*=UTF-8''a.txt",
    "Größe 大.txt": "filename=\"Gr__e _.txt\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E5%A4%A7.txt",
    'a";x="b.exe': "filename=\"a___x___b.exe\"; filename*=UTF-8''a%27%27%3Bx%3D%27%27b.exe",
    "a\r\nX-Evil: 1": "filename=\"aX-Evil_ 1\"; filename*=UTF-8''aX-Evil%3A%201",
    "../../a.txt": "filename=\"a.txt\"; filename*=UTF-8''a.txt",
}


@pytest.mark.parametrize(("told", "sent"), TYPES.items(), ids=map(repr, TYPES))
def test_nothing_that_a_browser_could_run_keeps_its_type(told: str, sent: tuple[str, bool]) -> None:
    headers = describe_file(replace(FILE, mime_type=told))

    is_shown = headers["Content-Disposition"].startswith("inline;")
    assert (headers["Content-Type"], is_shown) == sent


@pytest.mark.parametrize("told", TYPES, ids=map(repr, TYPES))
def test_sound_and_films_may_play_themselves_and_nothing_may_run(told: str) -> None:
    headers = describe_file(replace(FILE, mime_type=told))

    rules = headers["Content-Security-Policy"].split("; ")
    is_played = headers["Content-Type"].startswith(("audio/", "video/"))
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(rules)
    assert ("media-src 'self'" in rules) is is_played
    assert rules[0] == ("sandbox allow-same-origin" if is_played else "sandbox")


def test_a_file_of_no_type_is_bytes() -> None:
    assert describe_file(replace(FILE, mime_type=None))["Content-Type"] == BYTES


@pytest.mark.parametrize(("name", "told"), NAMES.items(), ids=map(repr, NAMES))
def test_a_name_cannot_leave_its_place_in_the_header(name: str, told: str) -> None:
    disposition = describe_file(replace(FILE, filename=name))["Content-Disposition"]

    assert disposition == f"inline; {told}"
    assert disposition.isascii()
    assert disposition.isprintable()
