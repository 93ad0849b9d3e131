import pytest

from jira_api.documents.addresses import find_address, find_page


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("https://x.test/a_(b)?c=d&e#f", "https://x.test/a_(b)?c=d&e#f"),
        ("http://x.test/a b", "http://x.test/a%20b"),
        ("http://x.test/%20%", "http://x.test/%20%25"),
        ("http://ü.test/ü", "http://xn--tda.test/%C3%BC"),
        ("mailto:ada@x.test", "mailto:ada@x.test"),
        ("HTTPS://x.test", "HTTPS://x.test"),
        ("http://x.test/<\"'>", "http://x.test/%3C%22'%3E"),
        ("javascript:alert(1)", None),
        ("data:text/html,a", None),
        ("ftp://x.test", None),
        ("//x.test", None),
        ("/a", None),
        ("http:///a", None),
        ("mailto:", None),
        ("", None),
    ],
)
def test_addresses_of_three_schemes_are_found_in_one_form(
    written: str, address: str | None
) -> None:
    assert find_address(written) == address
    assert address is None or find_address(address) == address


def test_a_page_is_no_mail_address() -> None:
    assert find_page("https://x.test/") == "https://x.test/"
    assert find_page("mailto:ada@x.test") is None
