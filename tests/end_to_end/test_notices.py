"""A grant dies at Atlassian, and the product's service is told by whichever process looks first."""

import json

import httpx

from tests.support.gateway import Backend, Gateway, open_gateway, open_neighbour

SERVICE = "https://product.test/grants"
MYSELF = '{ connection(externalId: "acme") { myself { accountId } } }'


def listen(gateway: Gateway) -> list[httpx.Request]:
    """What the product's service is sent from now on; it takes all of it."""
    received: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response | None:
        if str(request.url) != SERVICE:
            return None
        received.append(request)
        return httpx.Response(202)

    gateway.transport.faults.append(take)
    return received


async def test_a_dead_grant_is_told_once_by_all_processes_together(backend: Backend) -> None:
    async with (
        open_gateway(**backend, notice_url=SERVICE, notice_secret="n" * 32) as gateway,
        open_neighbour(gateway) as beside,
    ):
        await gateway.connect()
        received = [listen(gateway), listen(beside)]
        await gateway.chores.do("notices")
        before = sum(map(len, received))
        gateway.sandbox.tokens.revoke(None)
        gateway.clock.advance(hours=2)
        assert (await gateway.ask(MYSELF)).codes == ["NEEDS_REAUTHORIZATION"]
        for process in (beside, gateway, beside):
            await process.chores.do("notices")

    assert before == 0
    [request] = [request for each in received for request in each]
    notice = json.loads(request.content)
    assert (notice["kind"], notice["externalId"]) == ("grant.dead", "acme")
    assert request.headers["X-Juncture-Signature"].startswith("t=")


async def test_without_an_address_nothing_is_made_and_nobody_is_told(gateway: Gateway) -> None:
    received = listen(gateway)
    gateway.sandbox.tokens.revoke(None)
    gateway.clock.advance(hours=2)
    await gateway.ask(MYSELF)

    await gateway.chores.do()

    assert received == []
    database = gateway.services.database
    assert await database.fetch_val("SELECT COUNT(*) FROM notice") == 0
