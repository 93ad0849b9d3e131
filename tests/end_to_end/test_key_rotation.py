"""While the encryption keys are rotated, and after, everybody is answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from storage.audit import check_chain
from storage.database import open_database
from storage.rotation import count_cells, rotate_cells
from tests.end_to_end.frontend import mint
from tests.end_to_end.keys import make_key
from tests.storage.builders import a_key, a_key_ring
from tests.support.gateway import Backend, Gateway, open_gateway, open_neighbour

OLD, NEW = a_key("k1", b"old"), a_key("k2", b"new")
PEOPLE = [f"person-{number}" for number in range(6)]
ASK = """query($id: ID!) {
  connection(externalId: $id) { myself { displayName } credentials { refreshToken } }
}"""


@asynccontextmanager
async def restarted(gateway: Gateway, *keys: str) -> AsyncIterator[Gateway]:
    """The same server, started anew with these encryption keys."""
    entries = tuple(SecretStr(key) for key in keys)
    settings = gateway.settings.model_copy(update={"encryption_keys": entries})
    async with open_neighbour(replace(gateway, settings=settings)) as other:
        yield other


async def rotate_beside(gateway: Gateway) -> None:
    """What the command does in a process of its own, ended once in the middle."""
    url = gateway.settings.database_url.get_secret_value()
    database = open_database(url, acquire_timeout=timedelta(seconds=20), pool_size=2)
    await database.connect()
    try:
        ring = a_key_ring(NEW, OLD)

        def end_it(_rewritten: int) -> None:
            first.cancel()

        first = asyncio.create_task(rotate_cells(database, ring, tell=end_it))
        await asyncio.wait([first])
        assert first.cancelled()
        await rotate_cells(database, ring)
    finally:
        await database.disconnect()


async def test_no_request_fails_while_keys_are_rotated_nor_once_the_old_one_is_gone(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.rotation._BATCH_SIZE", 2)
    answered = 0

    async def ask_everybody(gateway: Gateway) -> None:
        nonlocal answered
        answers = await asyncio.gather(*(gateway.ask(ASK, {"id": each}) for each in PEOPLE))
        for answer in answers:
            assert answer.data["connection"]["credentials"]["refreshToken"]
            answered += 1

    async with open_gateway(**backend, encryption_keys=OLD) as before:
        for external_id in PEOPLE:
            await before.connect(external_id)
        key = await make_key(before, "GRAPH_READ")

        async with restarted(before, NEW, OLD) as during:
            rotation = asyncio.create_task(rotate_beside(during))
            while not rotation.done():
                # No access token lives as long: each round renews all of them.
                during.clock.advance(hours=2)
                await ask_everybody(during)
            await rotation
            token = await mint(during, PEOPLE[0])

        async with restarted(before, NEW) as after:
            assert set(await count_cells(after.services.database, now=after.clock.now)) == {"k2"}
            await ask_everybody(after)
            named = "{ __typename }"
            assert (await after.ask(named, key=key)).data == {"__typename": "Query"}
            assert (await after.ask(named, key=token)).data == {"__typename": "Query"}
            assert (await check_chain(after.services.database, after.services.ring)).is_whole

    assert answered >= 2 * len(PEOPLE)
