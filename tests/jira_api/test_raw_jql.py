"""JQL in a caller's own words: what goes into brackets cannot get out of them."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jira_api.errors import InvalidArgumentError
from jira_api.issue_filter import IssueFilter, Order, OrderField
from jira_api.jql import NEWEST_FIRST, bounded_raw_condition, raw_search_jql
from jira_api.jql_values import quote_phrase, quote_text, quote_words
from jira_api.raw_jql import LONGEST_JQL, RawJql, split_jql
from tests.jira_api.jql_reader import find_closing_bracket

INSIDE = IssueFilter(project_ids=["1"])

TAKEN: dict[str, tuple[str, str]] = {
    "": ("", ""),
    " \n\t ": ("", ""),
    "project = X": ("project = X", ""),
    "project = X ORDER BY created": ("project = X", "created"),
    "project = X\n\torder\r\nBy created DESC, key": ("project = X", "created DESC, key"),
    "ORDER BY rank": ("", "rank"),
    "order by rank": ("", "rank"),
    'summary ~ "ORDER BY x"': ('summary ~ "ORDER BY x"', ""),
    "summary ~ 'it ORDER BY x'": ("summary ~ 'it ORDER BY x'", ""),
    'labels = "a\\"b" ORDER BY key': ('labels = "a\\"b"', "key"),
    "labels = 'a\\'b'": ("labels = 'a\\'b'", ""),
    'labels = "a\'b"': ('labels = "a\'b"', ""),
    'labels = ") OR (project = SECRET"': ('labels = ") OR (project = SECRET"', ""),
    'labels = "\\u0022) OR (1"': ('labels = "\\u0022) OR (1"', ""),
    'labels = "\\\\"': ('labels = "\\\\"', ""),
    "labels in (a, (b))": ("labels in (a, (b))", ""),
    "cf[10016] = 5 ORDER BY cf[10016]": ("cf[10016] = 5", "cf[10016]"),
    "(a = 1) OR (b = 2)": ("(a = 1) OR (b = 2)", ""),
    "reorder = 1": ("reorder = 1", ""),
    'a = "x"ORDER BY key': ('a = "x"', "key"),
    "a = 1 OR": ("a = 1 OR", ""),
    "summary ~ \N{LATIN SMALL LETTER O WITH DIAERESIS}l": (
        "summary ~ \N{LATIN SMALL LETTER O WITH DIAERESIS}l",
        "",
    ),
}

REFUSED: dict[str, tuple[str, int]] = {
    "a = 1) OR (b = 2": ("closes nothing", 6),
    ")(": ("closes nothing", 1),
    "(a = 1": ("not closed", 1),
    "a in (1, (2)": ("not closed", 6),
    "a in (1]": ("closes nothing", 8),
    "cf[1 = 2": ("not closed", 3),
    "cf[1) = 2": ("closes nothing", 5),
    'a = "b': ("not closed", 5),
    "a = 'b": ("not closed", 5),
    'a = "b\\"': ("not closed", 5),
    'a = "b" "': ("not closed", 9),
    'a = \'b") OR (c = "d': ("not closed", 5),
    "a = b\\": ("backslash", 6),
    'a = \\"b': ("backslash", 5),
    'a = "\\x"': ("escape", 6),
    'a = "\\u12"': ("escape", 6),
    'a = "b\nc"': ("control character", 7),
    "a = b\x00": ("does not know", 6),
    "a\N{NO-BREAK SPACE}= b": ("does not know", 2),
    "a = b \N{LINE SEPARATOR}c": ("does not know", 7),
    "a = \ud800": ("does not know", 5),
    "(a = 1 ORDER BY b)": ("in brackets", 8),
    "a = 1 ORDER BY b ORDER BY c": ("second ORDER BY", 18),
    "a = 1 ORDER b": ("without a BY", 7),
    "a = order": ("without a BY", 5),
    "a = 1 ORDER BY ": ("names no field", 7),
    "a = 1 ORDER BY b) OR (c": ("closes nothing", 17),
    "(" * 51 + ")" * 51: ("deep", 51),
}


@pytest.mark.parametrize("text", TAKEN)
def test_a_condition_is_told_from_its_order(text: str) -> None:
    assert split_jql(text) == RawJql(*TAKEN[text])


@pytest.mark.parametrize("text", REFUSED)
def test_what_could_get_out_of_its_brackets_is_refused_with_its_place(text: str) -> None:
    told, place = REFUSED[text]

    with pytest.raises(InvalidArgumentError) as refusal:
        split_jql(text)

    assert told in refusal.value.message
    assert refusal.value.message.endswith(f"at character {place}.")


def test_the_longest_is_read_and_a_longer_one_refused() -> None:
    assert split_jql("a" * LONGEST_JQL).condition

    with pytest.raises(InvalidArgumentError, match="too long"):
        split_jql("a" * (LONGEST_JQL + 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1 OR b = 2", "(project IN (1)) AND (a = 1 OR b = 2) ORDER BY due ASC, key ASC"),
        ("a = 1 order by x", "(project IN (1)) AND (a = 1) ORDER BY x"),
        ("order by x", "(project IN (1)) AND (project IS NOT EMPTY) ORDER BY x"),
    ],
    ids=["no order", "its own order", "an order alone"],
)
def test_it_is_bounded_by_the_filter_around_it(text: str, expected: str) -> None:
    assert raw_search_jql(INSIDE, split_jql(text), [Order(OrderField.DUE)]) == expected


def test_without_a_filter_it_is_bounded_all_the_same() -> None:
    assert bounded_raw_condition(IssueFilter(), split_jql("")) == (
        "(project IS NOT EMPTY) AND (project IS NOT EMPTY)"
    )


PIECES = st.sampled_from([
    *("(", ")", "[", "]", '"', "'", "\\", "\\\\", '\\"', "\\u0022", " ", "\n", "a", "=", ","),
    "OR ",
    *("ORDER BY ", "order", " by ", "\u2028", "\x00", "NOT ", "currentUser()", "cf[1]", "~"),
])  # fmt: skip


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.lists(PIECES, max_size=14).map("".join))
@example("a = 1) OR (b = 2")
@example('"\\") OR (b = "')
def test_whatever_is_let_through_stays_within_the_brackets_around_it(text: str) -> None:
    try:
        raw = split_jql(text)
    except InvalidArgumentError:
        return

    composed = raw_search_jql(INSIDE, raw, NEWEST_FIRST)

    opening = "(project IN (1)) AND ("
    assert composed.startswith(opening)
    end = find_closing_bracket(composed, len(opening) - 1)
    assert composed[end + 1 :].startswith(" ORDER BY ")
    assert composed[len(opening) : end] == (raw.condition or "project IS NOT EMPTY")


@pytest.mark.parametrize("character", ["\ufdd0", "\ufdef", "\ufffe", "\uffff", "\u2028", "\x85"])
def test_what_jql_does_not_know_is_refused_in_raw_words_and_in_values_alike(
    character: str,
) -> None:
    with pytest.raises(InvalidArgumentError):
        split_jql(f'summary ~ "a{character}b"')
    for quote in (quote_text, quote_words, quote_phrase):
        with pytest.raises(InvalidArgumentError):
            quote(f"a{character}b")
