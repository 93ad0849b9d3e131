"""Where a person may be sent after the flow."""

import pytest

from oauth.errors import RedirectNotAllowedError
from oauth.return_urls import Outcome, check_return_url, origin_of, with_outcome

_LISTED = "https://ok.example/done"
_ALLOWED = frozenset({_LISTED, "https://ok.example/other?tab=1"})
HOSTILE_URLS = {
    "suffix host": "https://ok.example.evil/done",
    "userinfo": "https://ok.example@evil/done",
    "scheme-relative": "//evil",
    "backslashes": "\\\\evil",
    "no slashes": "https:evil",
    "tab in path": "/%09/evil",
    "trailing dot": "https://ok.example./done",
    "punycode": "https://xn--ok-example-ooa/done",
    "port": "https://ok.example:443/done",
    "upper case": "HTTPS://OK.example/done",
    "fragment": "https://ok.example/done#x",
    "extra path": "https://ok.example/done/more",
    "extra query": "https://ok.example/done?next=1",
    "trailing slash": "https://ok.example/done/",
    "origin alone": "https://ok.example",
    "other scheme": "http://ok.example/done",
    "script": "javascript:alert(1)",
    "padded": " https://ok.example/done",
    "line break": "https://ok.example/done\r\nX-Evil: 1",
    "nul": "https://ok.example/done\x00",
    "empty": "",
}


@pytest.mark.parametrize("url", HOSTILE_URLS.values(), ids=HOSTILE_URLS.keys())
def test_a_url_that_differs_in_any_way_from_the_list_is_refused(url: str) -> None:
    with pytest.raises(RedirectNotAllowedError) as caught:
        check_return_url(url, _ALLOWED)

    assert not url.strip() or url not in str(caught.value)


@pytest.mark.parametrize("url", [None, *_ALLOWED])
def test_none_and_listed_urls_are_allowed(url: str | None) -> None:
    check_return_url(url, _ALLOWED)


def test_an_empty_list_allows_nothing_but_none() -> None:
    check_return_url(None, frozenset())

    with pytest.raises(RedirectNotAllowedError):
        check_return_url(_LISTED, frozenset())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://p.test/done", "https://p.test/done?juncture=denied"),
        ("https://p.test/done?a=1&a=2", "https://p.test/done?a=1&a=2&juncture=denied"),
        ("https://p.test", "https://p.test?juncture=denied"),
    ],
    ids=["no query", "query kept", "no path"],
)
def test_the_outcome_joins_the_query(url: str, expected: str) -> None:
    assert with_outcome(url, Outcome.DENIED) == expected


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (Outcome.CONNECTED, "connected"),
        (Outcome.DENIED, "denied"),
        (Outcome.FAILED, "failed"),
    ],
)
def test_products_read_the_outcome_by_a_fixed_word(outcome: Outcome, word: str) -> None:
    assert with_outcome("https://p.test/", outcome) == f"https://p.test/?juncture={word}"


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of("https://p.test:8443/a?b=c") == "https://p.test:8443"
