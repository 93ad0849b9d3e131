"""What the token endpoint gave and refused, so that what became of each token can be checked later.

Tokens are told apart by the start of their SHA-256. Where a file is asked for, each line is in it
before the answer leaves: whoever ends the sandbox, nothing that it answered is missing.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sandbox.world import JsonObject

_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class TokenExchange:
    """One exchange at the token endpoint.

    `token` is the refresh token that was handed in and `child` the one that was given for it, both
    as `hash_token` writes them. `is_fork` says that the token had been used before and still
    worked. `error` is OAuth's code of a refusal, None where tokens were given.
    """

    at: datetime
    grant_type: str
    grant: str | None
    token: str | None
    child: str | None
    is_fork: bool
    error: str | None


class TokenHistory:
    """The exchanges of one sandbox in their order, in memory and, where asked, in a file."""

    def __init__(self, file: Path | None = None) -> None:
        """Add to the end of `file`, which is made at once, so that a wrong path shows at once.

        Raises:
            OSError: it cannot be written.
        """
        self._exchanges: list[TokenExchange] = []
        self._file = file
        if file is not None:
            os.close(_open(file))

    @property
    def exchanges(self) -> Sequence[TokenExchange]:
        """Every exchange so far."""
        return self._exchanges

    def note(self, exchange: TokenExchange) -> None:
        """Keep what was just decided; call it before the answer is sent."""
        self._exchanges.append(exchange)
        if self._file is None:
            return
        described = _describe(len(self._exchanges), exchange)
        target = _open(self._file)
        try:
            os.write(target, json.dumps(described).encode() + b"\n")
        finally:
            os.close(target)

    def to_json(self) -> JsonObject:
        """The history as the control API answers it."""
        numbered = enumerate(self._exchanges, start=1)
        return {"exchanges": [_describe(number, exchange) for number, exchange in numbered]}


def hash_token(token: str) -> str:
    """What stands for a token wherever it is told of: enough to tell it from all others."""
    return hashlib.sha256(token.encode()).hexdigest()[:_DIGITS]


def _describe(number: int, exchange: TokenExchange) -> JsonObject:
    return {
        "number": number,
        "at": exchange.at.isoformat(),
        "grantType": exchange.grant_type,
        "grant": exchange.grant,
        "token": exchange.token,
        "child": exchange.child,
        "isFork": exchange.is_fork,
        "error": exchange.error,
    }


def _open(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
