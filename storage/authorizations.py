"""The one-time secrets of an authorization: link, state and code, each kept as a hash.

Each is used up by one statement, so that of any number of callers, in any number of processes,
one gets it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

from storage.database import Queries, Row
from storage.encryption import KeyRing
from storage.instants import read_instant, write_instant, write_optional_instant
from storage.records import AuthorizationFlow, PendingGrant, Site, Tokens
from storage.token_columns import decrypt_tokens, encrypt_tokens

_GRANT_TABLE: Final = "pending_grant"

_CREATE_FLOW = """
    INSERT INTO authorization_flow
        (id, link_hash, external_id, provider, return_to, expires_at, created_at)
    VALUES (:flow_id, :link_hash, :external_id, :provider, :return_to, :expires_at, :now)
"""


async def create_flow(
    queries: Queries,
    *,
    flow_id: str,
    link_hash: str,
    external_id: str,
    provider: str,
    return_to: str | None,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Begin a flow that whoever holds the link may open until it expires."""
    await queries.execute(
        _CREATE_FLOW,
        {
            "flow_id": flow_id,
            "link_hash": link_hash,
            "external_id": external_id,
            "provider": provider,
            "return_to": return_to,
            "expires_at": write_instant(expires_at),
            "now": write_instant(now),
        },
    )


_OPEN_FLOW = """
    UPDATE authorization_flow SET
        state_hash = :state_hash, browser_hash = :browser_hash, state_expires_at = :state_expires_at
    WHERE link_hash = :link_hash AND expires_at > :now
    RETURNING id, external_id, provider, return_to, expires_at
"""


async def open_flow(
    queries: Queries,
    *,
    link_hash: str,
    state_hash: str,
    browser_hash: str,
    state_expires_at: datetime,
    now: datetime,
) -> AuthorizationFlow | None:
    """Bind a new state and browser to the flow of this link; the former state is void.

    None when the link is unknown or has expired.
    """
    row = await queries.fetch_one(
        _OPEN_FLOW,
        {
            "link_hash": link_hash,
            "state_hash": state_hash,
            "browser_hash": browser_hash,
            "state_expires_at": write_instant(state_expires_at),
            "now": write_instant(now),
        },
    )
    return None if row is None else _read_flow(row)


_CONSUME_STATE = """
    UPDATE authorization_flow SET state_hash = NULL, browser_hash = NULL, state_expires_at = NULL
    WHERE state_hash = :state_hash AND browser_hash = :browser_hash
        AND state_expires_at > :now AND expires_at > :now
    RETURNING id, external_id, provider, return_to, expires_at
"""


async def consume_state(
    queries: Queries, *, state_hash: str, browser_hash: str, now: datetime
) -> AuthorizationFlow | None:
    """Use up a state and get its flow; every caller but the first gets None.

    None too when it is unknown or expired, or comes from another browser, which uses up nothing.
    """
    values = {"state_hash": state_hash, "browser_hash": browser_hash, "now": write_instant(now)}
    row = await queries.fetch_one(_CONSUME_STATE, values)
    return None if row is None else _read_flow(row)


_SELECT_FLOW = """
    SELECT id, external_id, provider, return_to, expires_at FROM authorization_flow
    WHERE link_hash = :link_hash AND expires_at > :now
"""


async def find_flow_by_link(
    queries: Queries, link_hash: str, now: datetime
) -> AuthorizationFlow | None:
    """The flow of this link, changing nothing; None when it is unknown or has expired."""
    values = {"link_hash": link_hash, "now": write_instant(now)}
    row = await queries.fetch_one(_SELECT_FLOW, values)
    return None if row is None else _read_flow(row)


_SAVE_GRANT = """
    INSERT INTO pending_grant (
        id, flow_id, code_hash, browser_hash, external_id, provider, return_to, scopes,
        access_token, refresh_token, access_expires_at, grant_expires_at, sites, expires_at,
        created_at
    ) SELECT
        :grant_id, id, :code_hash, :browser_hash, :external_id, :provider, :return_to,
        :scopes, :access_token, :refresh_token, :access_expires_at, :grant_expires_at, :sites,
        :expires_at, :now
    FROM authorization_flow WHERE id = :flow_id
    RETURNING id
"""


async def save_pending_grant(
    queries: Queries,
    ring: KeyRing,
    *,
    grant_id: str,
    code_hash: str,
    browser_hash: str,
    flow: AuthorizationFlow,
    tokens: Tokens,
    sites: Sequence[Site],
    expires_at: datetime,
    now: datetime,
) -> bool:
    """Keep fresh tokens until the browser they were fetched for confirms them with the code.

    False means that nothing was written: another browser has finished the flow, or its time is
    over.
    """
    row = await queries.fetch_one(
        _SAVE_GRANT,
        {
            "grant_id": grant_id,
            "flow_id": flow.flow_id,
            "code_hash": code_hash,
            "browser_hash": browser_hash,
            "external_id": flow.external_id,
            "provider": flow.provider,
            "return_to": flow.return_to,
            "grant_expires_at": write_optional_instant(tokens.expires_at),
            "sites": json.dumps([asdict(site) for site in sites]),
            "expires_at": write_instant(expires_at),
            "now": write_instant(now),
            **encrypt_tokens(ring, tokens, table=_GRANT_TABLE, row_id=grant_id),
        },
    )
    return row is not None


_GRANT_COLUMNS: Final = """
    id, flow_id, external_id, provider, return_to, scopes, access_token, refresh_token,
    access_expires_at, grant_expires_at, sites, expires_at
"""
_THE_GRANT: Final = """
    FROM pending_grant
    WHERE code_hash = :code_hash AND browser_hash = :browser_hash AND expires_at > :now
"""
_SELECT_GRANT: Final = f"SELECT {_GRANT_COLUMNS} {_THE_GRANT}"
# One statement takes all grants of the flow: row by row, two browsers could wait for each other.
_ALL_GRANTS_OF_ITS_FLOW: Final = """
    FROM pending_grant WHERE flow_id = (
        SELECT flow_id FROM pending_grant
        WHERE code_hash = :code_hash AND browser_hash = :browser_hash AND expires_at > :now
    )
"""
_CONSUME_GRANTS: Final = f"DELETE {_ALL_GRANTS_OF_ITS_FLOW} RETURNING code_hash, {_GRANT_COLUMNS}"
_DELETE_FLOW = "DELETE FROM authorization_flow WHERE id = :flow_id"


async def find_pending_grant(
    queries: Queries, ring: KeyRing, *, code_hash: str, browser_hash: str, now: datetime
) -> PendingGrant | None:
    """The grant behind a code, changing nothing.

    None when the code is unknown, used or expired, or comes from another browser.

    Raises:
        CredentialUnreadableError: A token cannot be decrypted.
    """
    values = {"code_hash": code_hash, "browser_hash": browser_hash, "now": write_instant(now)}
    row = await queries.fetch_one(_SELECT_GRANT, values)
    return None if row is None else _read_grant(ring, row)


async def consume_pending_grant(
    queries: Queries, ring: KeyRing, *, code_hash: str, browser_hash: str, now: datetime
) -> PendingGrant | None:
    """Use up a code and get its grant, and end its flow; every caller but the first gets None.

    The grants of the flow's other browsers go with it. Run it in the transaction that saves the
    connection, so that a failure there gives them back.

    Raises:
        CredentialUnreadableError: A token cannot be decrypted.
    """
    values = {"code_hash": code_hash, "browser_hash": browser_hash, "now": write_instant(now)}
    rows = await queries.fetch_all(_CONSUME_GRANTS, values)
    row = next((row for row in rows if row["code_hash"] == code_hash), None)
    if row is None:
        return None
    await queries.execute(_DELETE_FLOW, {"flow_id": row["flow_id"]})
    return _read_grant(ring, row)


_DELETE_EXPIRED_FLOWS = "DELETE FROM authorization_flow WHERE expires_at <= :now RETURNING id"
_DELETE_EXPIRED_GRANTS = "DELETE FROM pending_grant WHERE expires_at <= :now RETURNING id"


async def delete_expired(queries: Queries, *, now: datetime) -> int:
    """Remove the flows and pending grants whose time is over, and say how many they were."""
    values = {"now": write_instant(now)}
    flows = await queries.fetch_all(_DELETE_EXPIRED_FLOWS, values)
    grants = await queries.fetch_all(_DELETE_EXPIRED_GRANTS, values)
    return len(flows) + len(grants)


def _read_flow(row: Row) -> AuthorizationFlow:
    return AuthorizationFlow(
        flow_id=row["id"],
        external_id=row["external_id"],
        provider=row["provider"],
        return_to=row["return_to"],
        expires_at=read_instant(row["expires_at"]),
    )


def _read_grant(ring: KeyRing, row: Row) -> PendingGrant:
    return PendingGrant(
        grant_id=row["id"],
        flow_id=row["flow_id"],
        external_id=row["external_id"],
        provider=row["provider"],
        return_to=row["return_to"],
        tokens=decrypt_tokens(
            ring, row, table=_GRANT_TABLE, row_id=row["id"], expires_at=row["grant_expires_at"]
        ),
        sites=tuple(Site(**site) for site in json.loads(row["sites"])),
        expires_at=read_instant(row["expires_at"]),
    )
