"""JSON as callers send it, read so that an answer can show each part of it again."""

import json
from typing import Any


def parse_json(raw: bytes) -> Any:
    """The value of a body.

    Raises:
        ValueError: it is no JSON, or holds half a character, NaN, or more levels than can be read.
    """
    try:
        value = json.loads(raw)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("too deep") from None
    return value
