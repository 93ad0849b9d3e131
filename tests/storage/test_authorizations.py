"""Flows and pending grants on both engines: each secret works once, in time, in its browser."""

import asyncio
from datetime import datetime, timedelta

import pytest

from storage.authorizations import (
    consume_pending_grant,
    consume_state,
    delete_expired,
    find_flow_by_link,
    find_pending_grant,
    open_flow,
    save_pending_grant,
)
from storage.database import Database
from storage.encryption import KeyRing
from storage.errors import CredentialUnreadableError, StatementRefusedError
from storage.records import AuthorizationFlow, PendingGrant
from tests.storage.builders import HOUR, NOW, a_flow, a_key, a_key_ring, a_site, some_tokens

_TICK = timedelta(microseconds=1)
_TEN_MINUTES = timedelta(minutes=10)


async def opened(
    database: Database,
    *,
    link_hash: str = "link-1",
    state_hash: str = "state-1",
    state_expires_at: datetime = NOW + _TEN_MINUTES,
    now: datetime = NOW,
) -> AuthorizationFlow | None:
    return await open_flow(
        database,
        link_hash=link_hash,
        state_hash=state_hash,
        browser_hash="browser-1",
        state_expires_at=state_expires_at,
        now=now,
    )


async def consumed(
    database: Database,
    *,
    state_hash: str = "state-1",
    browser_hash: str = "browser-1",
    now: datetime = NOW,
) -> AuthorizationFlow | None:
    return await consume_state(database, state_hash=state_hash, browser_hash=browser_hash, now=now)


async def a_pending_grant(
    database: Database,
    ring: KeyRing,
    *,
    grant_id: str = "grant-1",
    code_hash: str = "code-1",
    flow: AuthorizationFlow | None = None,
) -> PendingGrant:
    flow = flow or await a_flow(
        database, flow_id=f"flow-of-{grant_id}", link_hash=f"link-of-{grant_id}"
    )
    sites = (a_site("c1"), a_site(None, name="Zoë's", avatar_url="https://a.example/1"))
    assert await save_pending_grant(
        database,
        ring,
        grant_id=grant_id,
        code_hash=code_hash,
        browser_hash="browser-1",
        flow=flow,
        tokens=some_tokens(),
        sites=sites,
        expires_at=NOW + _TEN_MINUTES,
        now=NOW,
    )
    return PendingGrant(
        grant_id=grant_id,
        flow_id=flow.flow_id,
        external_id=flow.external_id,
        provider=flow.provider,
        return_to=flow.return_to,
        tokens=some_tokens(),
        sites=sites,
        expires_at=NOW + _TEN_MINUTES,
    )


async def test_a_flow_is_found_by_its_link(database: Database) -> None:
    await a_flow(database)

    assert await find_flow_by_link(database, "link-1", NOW) == AuthorizationFlow(
        flow_id="flow-1",
        external_id="user-1",
        provider="jira",
        return_to="https://product.example/done",
        expires_at=NOW + HOUR,
    )
    assert await find_flow_by_link(database, "link-2", NOW) is None


async def test_a_link_lives_to_the_instant_it_expires(database: Database) -> None:
    flow = await a_flow(database)

    before = await find_flow_by_link(database, "link-1", flow.expires_at - _TICK)
    opened_before = await opened(database, now=flow.expires_at - _TICK)

    assert before == opened_before == flow
    assert await find_flow_by_link(database, "link-1", flow.expires_at) is None
    assert await opened(database, now=flow.expires_at) is None


async def test_a_link_hash_is_used_once(database: Database) -> None:
    await a_flow(database)

    with pytest.raises(StatementRefusedError):
        await a_flow(database, flow_id="flow-2")


async def test_an_unknown_link_opens_nothing(database: Database) -> None:
    await a_flow(database)

    assert await opened(database, link_hash="link-2") is None


async def test_a_state_yields_its_flow_once(database: Database) -> None:
    flow = await a_flow(database)
    await opened(database)

    first, second = await consumed(database), await consumed(database)

    assert (first, second) == (flow, None)


async def test_opening_again_voids_the_former_state(database: Database) -> None:
    flow = await a_flow(database)
    await opened(database, state_hash="state-1")
    await opened(database, state_hash="state-2")

    assert await consumed(database, state_hash="state-1") is None
    assert await consumed(database, state_hash="state-2") == flow


async def test_a_used_link_can_be_opened_again(database: Database) -> None:
    flow = await a_flow(database)
    await opened(database)
    await consumed(database)

    await opened(database, state_hash="state-2")

    assert await consumed(database, state_hash="state-2") == flow


async def test_another_browser_uses_up_nothing(database: Database) -> None:
    flow = await a_flow(database)
    await opened(database)

    other = await consumed(database, browser_hash="browser-2")

    assert other is None
    assert await consumed(database) == flow


@pytest.mark.parametrize(
    "state_expires_at", [NOW + _TEN_MINUTES, NOW + 2 * HOUR], ids=["state", "flow"]
)
async def test_a_state_ends_with_its_own_time_or_its_flow(
    database: Database, state_expires_at: datetime
) -> None:
    flow = await a_flow(database)
    await opened(database, state_expires_at=state_expires_at)
    end_at = min(state_expires_at, flow.expires_at)

    assert await consumed(database, now=end_at) is None
    assert await consumed(database, now=end_at - _TICK) == flow


async def test_of_200_callers_with_one_state_one_gets_the_flow(database: Database) -> None:
    flow = await a_flow(database)
    await opened(database)

    results = await asyncio.gather(*(consumed(database) for _ in range(200)))

    assert [result for result in results if result is not None] == [flow]


async def test_a_pending_grant_comes_back_whole_until_its_time_is_over(
    database: Database, ring: KeyRing
) -> None:
    grant = await a_pending_grant(database, ring)

    async def find(now: datetime) -> PendingGrant | None:
        return await find_pending_grant(
            database, ring, code_hash="code-1", browser_hash="browser-1", now=now
        )

    assert await find(grant.expires_at - _TICK) == grant
    assert await find(grant.expires_at) is None


async def test_the_end_of_a_grant_without_one_stays_open(database: Database, ring: KeyRing) -> None:
    flow = await a_flow(database)
    tokens = some_tokens(refresh_token=None, expires_at=None)
    await save_pending_grant(
        database,
        ring,
        grant_id="grant-1",
        code_hash="code-1",
        browser_hash="browser-1",
        flow=flow,
        tokens=tokens,
        sites=[],
        expires_at=NOW + HOUR,
        now=NOW,
    )

    grant = await find_pending_grant(
        database, ring, code_hash="code-1", browser_hash="browser-1", now=NOW
    )

    assert grant is not None
    assert (grant.tokens, grant.sites) == (tokens, ())


async def test_a_code_yields_its_grant_once_and_ends_its_flow(
    database: Database, ring: KeyRing
) -> None:
    grant = await a_pending_grant(database, ring)
    other = await a_pending_grant(database, ring, grant_id="grant-2", code_hash="code-2")

    results = await asyncio.gather(
        *(
            consume_pending_grant(
                database, ring, code_hash="code-1", browser_hash="browser-1", now=NOW
            )
            for _ in range(20)
        )
    )

    flows = await database.fetch_all("SELECT id FROM authorization_flow")
    assert [result for result in results if result is not None] == [grant]
    assert [row["id"] for row in flows] == [other.flow_id]


async def a_flow_in_two_browsers(database: Database, ring: KeyRing) -> AuthorizationFlow:
    """One flow with a grant under each of `code-1` and `code-2`."""
    flow = await a_flow(database)
    await a_pending_grant(database, ring, flow=flow)
    await a_pending_grant(database, ring, grant_id="grant-2", code_hash="code-2", flow=flow)
    return flow


async def test_a_code_takes_the_grants_of_the_flow_s_other_browsers_with_it(
    database: Database, ring: KeyRing
) -> None:
    await a_flow_in_two_browsers(database, ring)
    await a_pending_grant(database, ring, grant_id="grant-3", code_hash="code-3")

    taken = await consume_pending_grant(
        database, ring, code_hash="code-1", browser_hash="browser-1", now=NOW
    )

    left = await database.fetch_all("SELECT id FROM pending_grant")
    assert taken is not None
    assert taken.grant_id == "grant-1"
    assert [row["id"] for row in left] == ["grant-3"]


async def test_of_two_browsers_that_finish_a_flow_at_once_one_gets_its_grant(
    database: Database, ring: KeyRing
) -> None:
    await a_flow_in_two_browsers(database, ring)

    async def consume(code_hash: str) -> PendingGrant | None:
        async with database.transaction() as queries:
            return await consume_pending_grant(
                queries, ring, code_hash=code_hash, browser_hash="browser-1", now=NOW
            )

    taken = await asyncio.gather(*(consume(code) for code in ["code-1", "code-2"] * 5))

    assert sum(grant is not None for grant in taken) == 1


async def test_a_grant_that_is_given_back_brings_the_other_browsers_grants_back_too(
    database: Database, ring: KeyRing
) -> None:
    await a_flow_in_two_browsers(database, ring)

    with pytest.raises(CredentialUnreadableError):
        async with database.transaction() as queries:
            await consume_pending_grant(
                queries,
                a_key_ring(a_key("other")),
                code_hash="code-1",
                browser_hash="browser-1",
                now=NOW,
            )

    assert await database.fetch_val("SELECT count(*) FROM pending_grant") == 2


async def test_a_flow_that_is_over_keeps_no_further_grant(
    database: Database, ring: KeyRing
) -> None:
    flow = await a_flow(database)
    await a_pending_grant(database, ring, flow=flow)
    await consume_pending_grant(
        database, ring, code_hash="code-1", browser_hash="browser-1", now=NOW
    )

    is_kept = await save_pending_grant(
        database,
        ring,
        grant_id="grant-2",
        code_hash="code-2",
        browser_hash="browser-1",
        flow=flow,
        tokens=some_tokens(),
        sites=[],
        expires_at=NOW + HOUR,
        now=NOW,
    )

    assert not is_kept
    assert await database.fetch_val("SELECT count(*) FROM pending_grant") == 0


@pytest.mark.parametrize(
    ("code_hash", "browser_hash", "now"),
    [
        pytest.param("code-2", "browser-1", NOW, id="unknown-code"),
        pytest.param("code-1", "browser-2", NOW, id="other-browser"),
        pytest.param("code-1", "browser-1", NOW + _TEN_MINUTES, id="expired"),
    ],
)
async def test_what_cannot_have_a_grant_uses_up_nothing(
    database: Database, ring: KeyRing, code_hash: str, browser_hash: str, now: datetime
) -> None:
    grant = await a_pending_grant(database, ring)

    found = await find_pending_grant(
        database, ring, code_hash=code_hash, browser_hash=browser_hash, now=now
    )
    taken = await consume_pending_grant(
        database, ring, code_hash=code_hash, browser_hash=browser_hash, now=now
    )
    right = await consume_pending_grant(
        database, ring, code_hash="code-1", browser_hash="browser-1", now=NOW
    )

    assert (found, taken, right) == (None, None, grant)


async def test_a_grant_that_cannot_be_read_is_given_back_by_its_transaction(
    database: Database, ring: KeyRing
) -> None:
    grant = await a_pending_grant(database, ring)

    with pytest.raises(CredentialUnreadableError) as caught:
        async with database.transaction() as queries:
            await consume_pending_grant(
                queries,
                a_key_ring(a_key("other")),
                code_hash="code-1",
                browser_hash="browser-1",
                now=NOW,
            )

    assert caught.value.connection_id == grant.grant_id
    again = await consume_pending_grant(
        database, ring, code_hash="code-1", browser_hash="browser-1", now=NOW
    )
    assert again == grant


async def test_a_pending_token_is_unreadable_as_a_connection_s(
    database: Database, ring: KeyRing
) -> None:
    grant = await a_pending_grant(database, ring)
    stored = await database.fetch_val("SELECT access_token FROM pending_grant")

    with pytest.raises(CredentialUnreadableError):
        ring.decrypt(stored, table="connection", column="access_token", row_id=grant.grant_id)


async def test_only_what_has_expired_is_deleted(database: Database, ring: KeyRing) -> None:
    await a_flow(database, flow_id="old", link_hash="old", expires_at=NOW + _TEN_MINUTES)
    await a_flow(database, flow_id="new", link_hash="new", expires_at=NOW + _TEN_MINUTES + _TICK)
    await a_pending_grant(database, ring)

    deleted = await delete_expired(database, now=NOW + _TEN_MINUTES)

    flows = await database.fetch_all("SELECT id FROM authorization_flow ORDER BY id")
    assert deleted == 2
    assert [row["id"] for row in flows] == ["flow-of-grant-1", "new"]
    assert await database.fetch_val("SELECT count(*) FROM pending_grant") == 0
    assert await delete_expired(database, now=NOW + _TEN_MINUTES) == 0
