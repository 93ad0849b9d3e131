"""The tables of the system that came before this one, as its migrations leave them."""

import uuid

from storage.database import Database

_STATEMENTS = (
    'CREATE SCHEMA "juncture-core"',
    "CREATE TYPE \"juncture-core\".provider AS ENUM ('jira')",
    """CREATE TABLE "juncture-core".connection (
        connection_id uuid PRIMARY KEY, refresh_token text NOT NULL,
        expires_at timestamptz NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
        last_updated timestamptz NOT NULL DEFAULT now(),
        invalid_refresh_token boolean NOT NULL DEFAULT false)""",
    """CREATE TABLE "juncture-core".connection_external_map (
        external_id text NOT NULL, provider "juncture-core".provider NOT NULL,
        connection_id uuid NOT NULL REFERENCES "juncture-core".connection ON DELETE CASCADE,
        PRIMARY KEY (external_id, provider))""",
    """CREATE TABLE "juncture-core".jira_connection (
        connection_id uuid PRIMARY KEY REFERENCES "juncture-core".connection ON DELETE CASCADE,
        selected_jira_project_id text, jira_site_id text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_updated timestamptz NOT NULL DEFAULT now())""",
)


async def make_foreign_tables(database: Database) -> None:
    """Make them, empty, in a PostgreSQL database."""
    for statement in _STATEMENTS:
        await database.execute(statement)


async def add_foreign_row(
    database: Database,
    external_id: str | None,
    refresh_token: str,
    *,
    site: str | None = "cloud-1",
    project: str | None = None,
    is_invalid: bool = False,
) -> None:
    """Add a connection; without an external id, or without a site, where that is None."""
    own = {"id": str(uuid.uuid4())}
    await database.execute(
        'INSERT INTO "juncture-core".connection (connection_id, refresh_token, expires_at, '
        "invalid_refresh_token) "
        "VALUES (CAST(CAST(:id AS text) AS uuid), :token, now(), :is_invalid)",
        {**own, "token": refresh_token, "is_invalid": is_invalid},
    )
    if external_id is not None:
        await database.execute(
            'INSERT INTO "juncture-core".connection_external_map VALUES '
            "(:external_id, 'jira', CAST(CAST(:id AS text) AS uuid))",
            {**own, "external_id": external_id},
        )
    if site is not None:
        await database.execute(
            'INSERT INTO "juncture-core".jira_connection VALUES '
            "(CAST(CAST(:id AS text) AS uuid), :project, :site)",
            {**own, "project": project, "site": site},
        )
