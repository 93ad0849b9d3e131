import pytest

from jira_api.attachments import Span
from server.byte_ranges import RangeUnsatisfiableError, find_span

READ = {
    "bytes=0-0": Span(0, 0),
    "bytes=2-4": Span(2, 4),
    "bytes=8-99": Span(8, 9),
    "bytes=5-": Span(5, 9),
    "bytes=-3": Span(7, 9),
    "bytes=-99": Span(0, 9),
    "bytes= 2-4 ": Span(2, 4),
}
OVERLOOKED = [
    None,
    "",
    "bytes=",
    "bytes=-",
    "bytes=4-2",
    "bytes=0-1,3-4",
    "bytes=a-b",
    "bytes=+1-2",
    "bytes=٣-٤",
    "bytes=0x1-2",
    "items=0-1",
    "0-1",
    f"bytes={'9' * 5_000}-",
]
BEYOND = [
    ("bytes=10-", 10),
    ("bytes=10-12", 10),
    ("bytes=-0", 10),
    ("bytes=0-", 0),
    ("bytes=-1", 0),
]


@pytest.mark.parametrize(("header", "span"), READ.items(), ids=READ)
def test_one_range_is_cut_at_the_end_of_the_file(header: str, span: Span) -> None:
    assert find_span(header, 10) == span


@pytest.mark.parametrize("header", OVERLOOKED)
def test_what_is_no_one_range_of_bytes_means_all_of_them(header: str | None) -> None:
    assert find_span(header, 10) is None


@pytest.mark.parametrize(("header", "size"), BEYOND)
def test_a_range_of_which_nothing_is_there_is_refused(header: str, size: int) -> None:
    with pytest.raises(RangeUnsatisfiableError):
        find_span(header, size)
