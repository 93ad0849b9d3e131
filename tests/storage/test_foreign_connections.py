"""Which lines are connections, and what is said of those that are none."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.foreign_connections import (
    LONGEST_LINE_BYTES,
    Entry,
    ForeignConnection,
    UnreadableEntry,
    names_site,
    read_json_lines,
)

SECRET = "the-secret-refresh-token"
GOOD = {"externalId": "acme", "site": "https://acme.atlassian.net", "refreshToken": SECRET}


def read(*lines: str | bytes) -> list[Entry]:
    text = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    return list(read_json_lines(io.BytesIO(text)))


def a_line(**changes: Any) -> str:
    return json.dumps({**GOOD, **changes})


def test_a_line_is_a_connection_of_jira_where_it_names_no_provider() -> None:
    [entry] = read(a_line())

    assert isinstance(entry, ForeignConnection)
    assert (entry.line, entry.external_id, entry.provider) == (1, "acme", "jira")
    assert entry.refresh_token.get_secret_value() == SECRET
    assert entry.selected_project_id is None


def test_a_line_may_name_its_provider_and_its_project() -> None:
    [entry] = read(a_line(provider="notes", selectedProject="10001"))

    assert isinstance(entry, ForeignConnection)
    assert (entry.provider, entry.selected_project_id) == ("notes", "10001")


def test_a_member_that_is_null_is_as_good_as_absent() -> None:
    [entry] = read(a_line(provider=None, selectedProject=None))

    assert isinstance(entry, ForeignConnection)
    assert (entry.provider, entry.selected_project_id) == ("jira", None)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", None),
        ("nothing", "no JSON object"),
        ("[]", "no JSON object"),
        (b"\xff{}", "no JSON object"),
        ("[" * 60_000, "no JSON object"),
        ("{}", "lacks `externalId`"),
        (a_line(externalId=""), "lacks `externalId`"),
        (a_line(externalId=5), "`externalId` that is no text"),
        (a_line(site=None), "lacks `site`"),
        (a_line(site="acme.atlassian.net"), "neither a URL"),
        (a_line(site="ftp://acme.atlassian.net"), "neither a URL"),
        (a_line(site="https://me:pass@acme.atlassian.net"), "neither a URL"),
        (a_line(site="https://["), "neither a URL"),
        (a_line(site="https://host:99999"), "neither a URL"),
        (a_line(refreshToken=[SECRET]), "`refreshToken` that is no text"),
        (a_line(refreshToken=f"{SECRET} "), "`refreshToken` that is no token"),
        (a_line(refreshToken=f"{SECRET}\n"), "`refreshToken` that is no token"),
        (a_line(refreshToken="tökén"), "`refreshToken` that is no token"),
        (a_line(selectedProject="SHOP"), "`selectedProject` that is no id"),
        (a_line(selectedProject=10001), "`selectedProject` that is no text"),
        (a_line(provider="Jira Cloud"), "`provider` that is no provider's name"),
        (a_line(refresh_token=SECRET), "has more than"),
    ],
    ids=range(22),
)
def test_a_line_that_is_no_connection_is_told_and_the_rest_goes_on(
    line: str | bytes, problem: str | None
) -> None:
    *told, good = read(line, a_line(externalId="next"))

    assert isinstance(good, ForeignConnection)
    assert (good.line, good.external_id) == (2, "next")
    if problem is None:
        assert told == []
    else:
        [entry] = told
        assert isinstance(entry, UnreadableEntry)
        assert (entry.line, problem in entry.problem) == (1, True), entry
        assert SECRET not in repr(entry)


def test_a_line_that_never_ends_is_told_without_being_kept() -> None:
    class Counting(io.BytesIO):
        longest = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size)
            Counting.longest = max(Counting.longest, len(line))
            return line

    endless = b"x" * (4 * LONGEST_LINE_BYTES)
    first, second = read_json_lines(Counting(endless + b"\n" + a_line().encode()))

    assert isinstance(first, UnreadableEntry)
    assert "longer than 65,536 bytes" in first.problem
    assert isinstance(second, ForeignConnection)
    assert second.line == 2
    assert Counting.longest == LONGEST_LINE_BYTES + 1


def test_a_file_may_begin_with_a_mark_of_its_encoding_and_end_without_a_line_feed() -> None:
    [entry] = read(b"\xef\xbb\xbf" + a_line().encode())

    assert isinstance(entry, ForeignConnection)


@given(
    st.dictionaries(
        st.sampled_from([*GOOD, "selectedProject", "provider", "x"]),
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text(), max_size=2)
        ),
    )
)
def test_whatever_a_line_holds_it_is_an_entry_or_told(values: dict[str, Any]) -> None:
    [entry] = read(json.dumps(values))

    assert isinstance(entry, ForeignConnection | UnreadableEntry)


@pytest.mark.parametrize(
    ("wanted", "is_named"),
    [
        ("cloud-1", True),
        ("cloud-2", False),
        ("https://acme.atlassian.net", True),
        ("https://ACME.atlassian.net:443/jira?x=1", True),
        ("http://acme.atlassian.net", False),
        ("https://acme.atlassian.net:8443", False),
        ("https://acme.atlassian.net.evil.example", False),
    ],
)
def test_a_site_is_named_by_its_cloud_id_or_its_address(wanted: str, *, is_named: bool) -> None:
    is_meant = names_site(wanted, cloud_id="cloud-1", url="https://acme.atlassian.net")

    assert is_meant is is_named
