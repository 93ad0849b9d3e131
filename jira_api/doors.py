"""Where a session's calls go, as whom, and which dialect is spoken there."""

import base64
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

import httpx
from pydantic import SecretStr

_DATA_CENTER_PATHS: Final = "/rest/api/2/"


class Dialect(Enum):
    """The two kinds of Jira, which are asked by different paths."""

    CLOUD = auto()
    DATA_CENTER = auto()

    @classmethod
    def of_path(cls, path: str) -> "Dialect":
        """The kind of Jira that a path below a site's root is of."""
        return cls.DATA_CENTER if path.startswith(_DATA_CENTER_PATHS) else cls.CLOUD


@dataclass(frozen=True, slots=True)
class Door:
    """A site's own address, and the HTTP client that may connect to it."""

    http: httpx.AsyncClient
    root: str
    dialect: Dialect


class TokenSource(Protocol):
    """As whom a session asks: the value of its Authorization header."""

    async def authorization(self) -> SecretStr:
        """A value believed to be accepted."""

    async def renew(self, rejected: SecretStr) -> SecretStr:
        """Another value, after Jira refused `rejected`."""


def bearer(token: SecretStr) -> SecretStr:
    """The Authorization header of an access token."""
    return SecretStr(f"Bearer {token.get_secret_value()}")


def basic(login: SecretStr, password: SecretStr) -> SecretStr:
    """The Authorization header of a login, which holds no colon, and a password or an API token."""
    pair = f"{login.get_secret_value()}:{password.get_secret_value()}".encode()
    return SecretStr(f"Basic {base64.b64encode(pair).decode('ascii')}")
