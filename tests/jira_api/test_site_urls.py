from contextlib import suppress
from ipaddress import ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jira_api.errors import InvalidArgumentError, JiraApiError, UpstreamNotAllowedError
from jira_api.site_urls import AddressRules, is_public, normalise_host, parse_site_url
from tests.jira_api.builders import THOROUGH
from tests.support.hostile import TEXTS
from tests.support.site_addresses import FORBIDDEN_URLS

NOBODY = AddressRules()
LOCAL = AddressRules(frozenset({"jira.corp", "127.0.0.1", "localhost", "10.0.0.7"}))
PLAIN = AddressRules(LOCAL.allowed_hosts, has_plain_http=True)
NOT_PUBLIC = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_of_a_network_that_is_not_public_is_told_from_others(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "104.192.142.1", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_an_address_of_the_public_internet_passes(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
def test_what_leads_elsewhere_than_to_the_public_internet_is_refused(url: str) -> None:
    with pytest.raises(UpstreamNotAllowedError):
        parse_site_url(url, NOBODY)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("https://acme.atlassian.net", "https://acme.atlassian.net"),
        ("https://acme.atlassian.net/", "https://acme.atlassian.net"),
        ("HTTPS://ACME.Atlassian.NET.:443", "https://acme.atlassian.net"),
        ("https://jira.example.com:8443/jira/", "https://jira.example.com:8443/jira"),
        ("https://jira.example.com/a/b-c_d.e~f", "https://jira.example.com/a/b-c_d.e~f"),
        ("https://b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example", "https://xn--bcher-kva.example"),
        ("https://XN--BCHER-KVA.example", "https://xn--bcher-kva.example"),
        ("https://8.8.8.8", "https://8.8.8.8"),
        ("https://[2606:4700:0::1]:8443", "https://[2606:4700::1]:8443"),
    ],
)  # fmt: skip
def test_an_address_gets_its_one_spelling(text: str, parsed: str) -> None:
    assert str(parse_site_url(text, NOBODY)) == parsed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "acme.atlassian.net",
        "https://",
        "https:///jira",
        "https://acme .test",
        "https://acme.test\n",
        "https://acme.test:0",
        "https://acme.test:65536",
        "https://acme.test:https",
        "https://acme.test?",
        "https://acme.test?x=1",
        "https://acme.test/jira?x=1",
        "https://acme.test/#x",
        "https://acme.test/%2e%2e",
        "https://acme.test/..",
        "https://acme.test/./x",
        "https://acme.test/a/../../b",
        "https://acme.test//a",
        "https://acme.test/a;b",
        "https://acme.test\\evil",
        "https://-acme.test",
        "https://acme..test",
        "https://[fe80::1%25eth0]",
        "https://[127.0.0.1]",
        "https://[::1",
        "https://acme.atlassian.net/wiki",
        f"https://{'a' * 64}.test",
        f"https://{'a.' * 127}test",
    ],
)
def test_what_is_no_address_of_a_site_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgumentError):
        parse_site_url(text, NOBODY)


@pytest.mark.parametrize(
    "url",
    [
        "https://jira.corp",
        "https://JIRA.corp./jira",
        "https://10.0.0.7:8443",
        "https://127.0.0.1",
        "https://localhost",
    ],
)
def test_a_host_that_the_operator_names_passes(url: str) -> None:
    parse_site_url(url, LOCAL)
    with pytest.raises(UpstreamNotAllowedError):
        NOBODY.check_address("jira.corp", "10.0.0.7")
    LOCAL.check_address("jira.corp", "10.0.0.7")


@pytest.mark.parametrize("host", ["wiki.corp", "x.jira.corp", "jira.corp.evil.test", "jira"])
def test_a_host_is_allowed_letter_by_letter(host: str) -> None:
    with pytest.raises(UpstreamNotAllowedError):
        LOCAL.check_address(host, "10.0.0.7")


def test_plain_http_is_for_this_machine_alone_and_only_where_the_operator_names_it() -> None:
    assert str(parse_site_url("http://127.0.0.1:80/jira", PLAIN)) == "http://127.0.0.1/jira"
    assert str(parse_site_url("http://localhost:8001", PLAIN)) == "http://localhost:8001"
    for url, rules in [
        ("http://127.0.0.1", LOCAL),
        ("http://jira.corp", PLAIN),
        ("http://10.0.0.7", PLAIN),
        ("http://[::1]", PLAIN),
        ("http://acme.test", PLAIN),
    ]:
        with pytest.raises(UpstreamNotAllowedError):
            parse_site_url(url, rules)


def test_atlassians_own_hosts_are_known_as_cloud() -> None:
    assert parse_site_url("https://acme.atlassian.net", NOBODY).is_cloud
    assert not parse_site_url("https://atlassian.net.evil.test", NOBODY).is_cloud
    assert not parse_site_url("https://evilatlassian.net", NOBODY).is_cloud


@pytest.mark.parametrize(
    "text", ["https://ada:hidden@acme.test", "https://acme.test/?token=hidden", "hidden x"]
)
def test_a_refusal_shows_nothing_that_may_be_a_secret(text: str) -> None:
    with pytest.raises(JiraApiError) as caught:
        parse_site_url(text, NOBODY)

    assert "hidden" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Jira.Corp.", "jira.corp"),
        ("[::1]", "::1"),
        ("10.0.0.7", "10.0.0.7"),
        ("my_host", "my_host"),
    ],
)
def test_a_host_gets_its_one_spelling(text: str, host: str) -> None:
    assert normalise_host(text) == host


_PIECES = st.sampled_from(
    [*"./:@?#%[]\\0179xae-_", "127", "localhost", "https://", "//", "\u3002", "\uff11", "\u2488"]
)  # fmt: skip


@THOROUGH
@given(st.lists(_PIECES, max_size=12).map("".join) | st.text())
@example("127\u30020\u30020\u30021")
@example("\uff11\uff12\uff17.0.0.1")
def test_whatever_is_typed_is_refused_or_names_one_host_over_tls(text: str) -> None:
    try:
        parsed = parse_site_url(f"https://{text}", NOBODY)
    except JiraApiError:
        return

    assert parse_site_url(str(parsed), NOBODY) == parsed
    assert parsed.scheme == "https"
    assert parsed.host.isascii()
    assert not set(f"{parsed.host}{parsed.path}") & set("@?#%\\[] \t\r\n")
    NOBODY.check_host("https", parsed.host)


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_is_an_error_that_nobody_foresaw(text: str) -> None:
    for prefix in ("", "https://", "https://acme.test/", "https://acme.test:"):
        with suppress(JiraApiError):
            assert str(parse_site_url(prefix + text, NOBODY)).isascii()
