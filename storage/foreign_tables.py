"""Connections in the tables of the TypeScript system that came before this one.

Its PostgreSQL schema has the same three tables under other columns' names. What they cannot be
trusted in is left to the provider to tell: a token's flag of invalidity stays when a person
consents anew, and each refresh moves the end of a grant on, which the oldest of them lack anyway.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from storage.database import Queries, Row
from storage.foreign_connections import PROJECT_ID, Entry, UnreadableEntry, check_entry

_PAGE_SIZE: Final = 500

# A row of the first table has one external id at most for each provider; it lacks its site while
# its person has not chosen one, and no row of the other two is of use without an external id.
_SELECT = """
    SELECT map.external_id, CAST(map.provider AS text) AS provider, connection.refresh_token,
        jira.jira_site_id AS site, jira.selected_jira_project_id AS selected_project
    FROM "juncture-core".connection_external_map AS map
    JOIN "juncture-core".connection AS connection
        ON connection.connection_id = map.connection_id
    LEFT JOIN "juncture-core".jira_connection AS jira ON jira.connection_id = map.connection_id
    WHERE (map.external_id, CAST(map.provider AS text)) > (:external_id, :provider)
    ORDER BY map.external_id, CAST(map.provider AS text) LIMIT :amount
"""


async def iter_foreign_tables(queries: Queries) -> AsyncIterator[Entry]:
    """The entries of the foreign database, page by page, in the order of their external ids.

    Raises:
        StorageError: it cannot be read, or has no such tables.
    """
    place = {"external_id": "", "provider": ""}
    while rows := await queries.fetch_all(_SELECT, {**place, "amount": _PAGE_SIZE}):
        for row in rows:
            yield _read_row(row)
        place = {"external_id": rows[-1]["external_id"], "provider": rows[-1]["provider"]}


def _read_row(row: Row) -> Entry:
    if not row["site"]:
        problem = "has no site there, since nobody chose one: let its person authorise again"
        return UnreadableEntry(None, row["external_id"], problem)
    # Whatever a caller sent was kept there, so that it may be a key; the connection is worth more.
    project = row["selected_project"] or None
    is_id = project is None or PROJECT_ID.fullmatch(project) is not None
    entry = check_entry(
        {
            "externalId": row["external_id"],
            "provider": row["provider"],
            "site": row["site"],
            "refreshToken": row["refresh_token"],
            "selectedProject": project if is_id else None,
        },
        line=None,
    )
    if is_id or isinstance(entry, UnreadableEntry):
        return entry
    return replace(entry, loss="its selected project is no id there: select it again")
