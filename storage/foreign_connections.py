"""Connections as another system hands them over: one JSON object a line."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

LONGEST_LINE_BYTES: Final = 65_536
_MEMBERS: Final = ("externalId", "site", "refreshToken", "selectedProject", "provider")
_NEEDED: Final = _MEMBERS[:3]
_CLOUD_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TOKEN: Final = re.compile(r"[!-~]{1,16384}")
PROJECT_ID: Final = re.compile(r"[1-9][0-9]{0,18}")
_PROVIDER: Final = re.compile(r"[a-z]{1,32}")


@dataclass(frozen=True, slots=True)
class ForeignConnection:
    """One connection of another system; `site` is the site's URL or its cloud id.

    `line` counts from 1, and is None for what comes of a table. `loss` says what of the connection
    cannot be taken over.
    """

    line: int | None
    external_id: str
    provider: str
    site: str
    refresh_token: SecretStr
    selected_project_id: str | None
    loss: str | None = None


@dataclass(frozen=True, slots=True)
class UnreadableEntry:
    """What is no connection, and what to mend; the words hold none of its values."""

    line: int | None
    external_id: str | None
    problem: str


Entry = ForeignConnection | UnreadableEntry


def read_json_lines(file: BinaryIO) -> Iterator[Entry]:
    """The entries of a file, line by line; empty lines are passed over."""
    number = 0
    while text := file.readline(LONGEST_LINE_BYTES + 1):
        number += 1
        if len(text) > LONGEST_LINE_BYTES:
            yield UnreadableEntry(
                number,
                None,
                f"is longer than {LONGEST_LINE_BYTES:,} bytes: write one object a line",
            )
            _skip_line(file, text)
        elif text.strip():
            yield _read_line(number, text.removeprefix(b"\xef\xbb\xbf") if number == 1 else text)


def check_entry(
    values: Mapping[str, object], *, line: int | None
) -> ForeignConnection | UnreadableEntry:
    """A connection of these values, which are named as in a line; absent ones may be None.

    No value of any form makes it raise.
    """
    external_id = values.get("externalId")
    problem = _find_problem(values)
    if problem is not None:
        return UnreadableEntry(line, external_id if isinstance(external_id, str) else None, problem)
    project = values.get("selectedProject")
    return ForeignConnection(
        line=line,
        external_id=str(external_id),
        provider=str(values.get("provider") or "jira"),
        site=str(values["site"]),
        refresh_token=SecretStr(str(values["refreshToken"])),
        selected_project_id=None if project is None else str(project),
    )


def names_site(wanted: str, *, cloud_id: str | None, url: str) -> bool:
    """Whether a URL or a cloud id, as an entry has it, means that site."""
    if "://" not in wanted:
        return wanted == cloud_id
    return bool(url) and _origin_of(wanted) == _origin_of(url)


def _read_line(number: int, text: bytes) -> Entry:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        return UnreadableEntry(number, None, "is no JSON object in UTF-8: write one on each line")
    return check_entry(values, line=number)


def _skip_line(file: BinaryIO, text: bytes) -> None:
    while text and not text.endswith(b"\n"):
        text = file.readline(LONGEST_LINE_BYTES)


def _find_problem(values: Mapping[str, object]) -> str | None:
    for name in _NEEDED:
        if not values.get(name):
            return f"lacks `{name}`"
    for name in _MEMBERS:
        value = values.get(name)
        if value is not None and not isinstance(value, str):
            return f"has a `{name}` that is no text: put it in quotation marks"
    if not values.keys() <= set(_MEMBERS):
        return f"has more than {', '.join(f'`{name}`' for name in _MEMBERS)}: take it out"
    return _find_wrong_form(values)


_FORMS: Final = {
    "refreshToken": (_TOKEN, "is no token: it has spaces, characters beyond ASCII, or no end"),
    "selectedProject": (PROJECT_ID, "is no id of a project, such as 10001: its key will not do"),
    "provider": (_PROVIDER, "is no provider's name, such as jira"),
}


def _find_wrong_form(values: Mapping[str, object]) -> str | None:
    if not _is_site(str(values["site"])):
        return (
            "has a `site` that is neither a URL such as https://acme.atlassian.net nor a cloud id"
        )
    for name, (form, problem) in _FORMS.items():
        value = values.get(name)
        if value is not None and not form.fullmatch(str(value)):
            return f"has a `{name}` that {problem}"
    return None


def _is_site(text: str) -> bool:
    return _CLOUD_ID.fullmatch(text) is not None or _origin_of(text) is not None


def _origin_of(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None where the text is no web address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        return None
    return parts.scheme, host, port or {"http": 80, "https": 443}[parts.scheme]
