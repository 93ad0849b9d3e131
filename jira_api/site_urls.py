"""Addresses of Jira sites as people type them, and which of them may be asked.

A typed address makes this server connect to wherever it says, so it must not lead into a network
that the caller could not reach. What a name resolves to is held against the same rules where the
connection is made, in `jira_api/pinned.py`.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

import httpx

from jira_api.errors import InvalidArgumentError, UpstreamNotAllowedError
from jira_api.paths import shorten

_CLOUD_DOMAIN: Final = ".atlassian.net"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_NUMBER_LAST: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""What resolvers take for an IPv4 address in one spelling or another."""
_AUTHORITY: Final = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_PATH: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]{1,64}){0,4}/?")
_BEYOND: Final = re.compile(r"[?#%\\]")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_MOST_PORTS: Final = 65_535
_EXAMPLE: Final = "the address of the site alone, such as https://acme.atlassian.net"


@dataclass(frozen=True, slots=True)
class AddressRules:
    """Which hosts may be asked, as the operator has set it.

    Those of `allowed_hosts` may have any address, all others a public one alone. With
    `has_plain_http`, the allowed ones that are this very machine may be asked without TLS.
    """

    allowed_hosts: frozenset[str] = frozenset()
    has_plain_http: bool = False

    def check_host(self, scheme: str, host: str) -> None:
        """Refuse what needs no resolving to be told: a scheme, a name or an address.

        Raises:
            UpstreamNotAllowedError: it must not be asked.
        """
        is_allowed = host in self.allowed_hosts
        if scheme != "https" and not (
            scheme == "http" and self.has_plain_http and is_allowed and _is_this_machine(host)
        ):
            raise UpstreamNotAllowedError("A Jira site is asked over https:// alone.")
        if not is_allowed and _is_this_machine(host):
            raise _not_public(host)
        address = _find_address(host)
        if address is not None:
            self.check_address(host, str(address))

    def check_address(self, host: str, address: str) -> None:
        """Refuse an address that a host has resolved to.

        Raises:
            UpstreamNotAllowedError: it is not public, and the host is none of the allowed ones.
        """
        if host not in self.allowed_hosts and not is_public(ip_address(address)):
            raise _not_public(host)


@dataclass(frozen=True, slots=True)
class SiteUrl:
    """A site's address in its one spelling; `path` is that of a server below a path, or empty."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_cloud(self) -> bool:
        """Whether it is one of Atlassian's own hosts for Jira Cloud."""
        return self.host.endswith(_CLOUD_DOMAIN)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def parse_site_url(text: str, rules: AddressRules) -> SiteUrl:
    """The address that somebody typed, where it may be asked.

    Raises:
        InvalidArgumentError: it is no address of a site.
        UpstreamNotAllowedError: it must not be asked.
    """
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    # Nothing of the text is shown before it is known to hold no password.
    if not colon or not text.isprintable() or " " in text:
        raise InvalidArgumentError(f"This is no address: give {_EXAMPLE}.")
    if scheme not in _DEFAULT_PORTS or not rest.startswith("//"):
        raise UpstreamNotAllowedError(f"The address has to begin with https://: give {_EXAMPLE}.")
    authority, slash, path = rest.removeprefix("//").partition("/")
    if "@" in authority:
        raise UpstreamNotAllowedError(f"The address holds a user or a password: give {_EXAMPLE}.")
    if _BEYOND.search(rest):
        raise InvalidArgumentError(f"The address holds more than a path: give {_EXAMPLE}.")
    host, port = _read_authority(authority, _DEFAULT_PORTS[scheme])
    rules.check_host(scheme, host)
    if _PATH.fullmatch(slash + path) is None:
        raise InvalidArgumentError(f"The address has a path that no server has: give {_EXAMPLE}.")
    site_url = SiteUrl(scheme, host, port, (slash + path).rstrip("/"))
    if site_url.is_cloud and site_url.path:
        raise InvalidArgumentError(f"A site of Jira Cloud has no path: give {_EXAMPLE}.")
    return site_url


def normalise_host(text: str) -> str:
    """A host's name or address in its one spelling, an IPv6 address without its brackets.

    Raises:
        InvalidArgumentError: it is none.
        UpstreamNotAllowedError: an IPv4 address in a spelling that hides it.
    """
    if text.startswith("["):
        return _normalise_ipv6(text)
    host = text.removesuffix(".").lower()
    if not host.isascii():
        host = _to_ascii(host)
    if _NUMBER_LAST.fullmatch(host) and _find_address(host) is None:
        raise UpstreamNotAllowedError(
            f"{shorten(text)!r} is an IP address in a spelling that is not taken."
        )
    if _HOST_NAME.fullmatch(host) is None:
        raise InvalidArgumentError(f"{shorten(text)!r} is not the name of a host.")
    return host


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public internet, and hides none that is not.

    Source: the special-purpose address registries of IANA (RFC 6890), as `ipaddress` has them;
    RFC 6052 (NAT64), 3056 (6to4) and 4380 (Teredo).
    """
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        is_tunnel = address.sixtofour is not None or address.teredo is not None
        if is_tunnel or address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast


def _read_authority(authority: str, default_port: int) -> tuple[str, int]:
    parts = _AUTHORITY.fullmatch(authority)
    port = int(parts["port"] or default_port) if parts else 0
    if parts is None or not parts["host"] or not 1 <= port <= _MOST_PORTS:
        raise InvalidArgumentError(f"The address names no host and port: give {_EXAMPLE}.")
    return normalise_host(parts["host"]), port


def _normalise_ipv6(text: str) -> str:
    address = _find_address(text[1:-1])
    if not isinstance(address, IPv6Address) or address.scope_id is not None:
        raise InvalidArgumentError(f"{shorten(text)!r} is not an IPv6 address.")
    return str(address)


def _to_ascii(host: str) -> str:
    """The punycode of an international name, which IDNA 2008 must know."""
    try:
        return httpx.URL(f"https://{host}").raw_host.decode("ascii").removesuffix(".")
    except (httpx.InvalidURL, UnicodeError):
        raise InvalidArgumentError(f"{shorten(host)!r} is not the name of a host.") from None


def _find_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_this_machine(host: str) -> bool:
    address = _find_address(host)
    is_named = host == "localhost" or host.endswith(".localhost")
    return is_named if address is None else address.is_loopback


def _not_public(host: str) -> UpstreamNotAllowedError:
    return UpstreamNotAllowedError(
        f"{shorten(host)} is not on the public internet. Where it is a Jira site of yours, let the "
        "operator of Juncture name it in JUNCTURE_ALLOWED_UPSTREAM_HOSTS."
    )
