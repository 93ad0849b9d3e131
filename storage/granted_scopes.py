"""What the people behind the connections granted, counted."""

import json

from storage.database import Queries

_COUNT = """
    SELECT scopes, COUNT(*) AS amount FROM connection
    WHERE provider = :provider AND authorization_kind = 'OAUTH2' AND status = 'ACTIVE'
    GROUP BY scopes
"""


async def count_by_scopes(queries: Queries, *, provider: str) -> dict[frozenset[str], int]:
    """How many connections with a living grant were granted which scopes.

    Raises:
        StorageError: they could not be read.
    """
    counts: dict[frozenset[str], int] = {}
    for row in await queries.fetch_all(_COUNT, {"provider": provider}):
        scopes = frozenset(json.loads(row["scopes"]))
        counts[scopes] = counts.get(scopes, 0) + row["amount"]
    return counts
