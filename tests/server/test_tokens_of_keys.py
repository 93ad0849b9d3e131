"""Frontend tokens live no longer than the key that made them."""

from datetime import timedelta

import pytest

from storage.api_keys import find_api_key, rotate_api_key
from tests.end_to_end.frontend import MINT
from tests.server.callers import Clocks, make_key, revoke
from tests.support.gateway import Backend, Gateway, open_gateway, open_neighbour

VIEWER = "{ viewer { kind } }"


async def mint(gateway: Gateway, key: str) -> str:
    """A token that the holder of a key makes, by what the key may do itself."""
    given = {"externalId": "acme", "scopes": ["READ"], "expiresInSeconds": 900}
    answer = await gateway.ask(MINT, {"input": given}, key=key)
    token = answer.data["createFrontendToken"]["token"]
    assert isinstance(token, str)
    return token


async def test_frontend_tokens_are_refused_in_every_process_once_their_key_is_revoked(
    backend: Backend,
) -> None:
    clocks = Clocks()
    parts = {"monotonic": lambda: clocks.now_s}
    async with (
        open_gateway(**backend, parts=parts) as one,
        open_neighbour(one, parts=parts) as other,
    ):
        made, kept = await make_key(one), await make_key(one)
        tokens = [await mint(one, made.text), await mint(one, kept.text), await mint(one, one.key)]

        async def shown(gateway: Gateway) -> list[int]:
            return [(await gateway.ask(VIEWER, key=token)).status for token in tokens]

        before = [await shown(each) for each in (one, other)]
        clocks.day = one.clock
        await revoke(one.services.database, one.services.ring, made.key_id, clocks)
        clocks.now_s += one.settings.revocation_interval_seconds
        after = [await shown(each) for each in (one, other)]

    assert before == [[200, 200, 200]] * 2
    assert after == [[401, 200, 200]] * 2


async def test_frontend_tokens_of_a_rotated_key_live_until_the_overlap_is_over(
    backend: Backend,
) -> None:
    async with open_gateway(**backend) as gateway:
        made, services = await make_key(gateway), gateway.services
        token = await mint(gateway, made.text)
        old = await find_api_key(services.database, made.key_id)
        assert old is not None
        now = gateway.clock.now
        async with services.database.transaction() as queries:
            ends_at = now + timedelta(minutes=5)
            await rotate_api_key(queries, services.ring, old, old_ends_at=ends_at, now=now)

        gateway.clock.advance(minutes=4, seconds=59)
        within = (await gateway.ask(VIEWER, key=token)).status
        gateway.clock.advance(seconds=1)
        over = await gateway.ask(VIEWER, key=token)

    assert within == 200
    assert (over.status, over.codes) == (401, ["UNAUTHENTICATED"])


@pytest.mark.parametrize(
    "change",
    ["DELETE FROM api_key", "UPDATE api_key SET expires_at = NULL"],
    ids=["deleted", "changed by hand"],
)
async def test_frontend_tokens_of_a_key_that_is_not_there_as_it_was_are_refused(
    backend: Backend, change: str
) -> None:
    async with open_gateway(**backend) as gateway:
        token = await mint(gateway, (await make_key(gateway)).text)
        await gateway.services.database.execute(change)

        assert (await gateway.ask(VIEWER, key=token)).status == 401
