"""Who calls: the key in the Authorization header."""

import hmac
from collections.abc import Sequence

from pydantic import SecretStr

from resolvers.viewer import SECRET_KEY_VIEWER, Viewer

_LONGEST_KEY = 4_096


class UnauthenticatedError(Exception):
    """The caller showed no key, or a wrong one."""


def authenticate(headers: Sequence[str], secret_key: SecretStr) -> Viewer:
    """The caller behind the `Authorization` headers of a request.

    Raises:
        UnauthenticatedError: none, several, another scheme, or a wrong key.
    """
    if len(headers) != 1:
        raise UnauthenticatedError("Send one header `Authorization: Bearer <key>`.")
    scheme, _, key = headers[0].partition(" ")
    if scheme.lower() != "bearer" or not key or len(key) > _LONGEST_KEY:
        raise UnauthenticatedError("Send one header `Authorization: Bearer <key>`.")
    expected = secret_key.get_secret_value().encode()
    if not hmac.compare_digest(key.encode("utf-8", "surrogateescape"), expected):
        raise UnauthenticatedError("The key is not valid.")
    return SECRET_KEY_VIEWER
