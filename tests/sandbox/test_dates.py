from tests.sandbox.faults.ordering import MYSELF, order
from tests.sandbox.visitors import a_guest


async def test_answers_bear_the_date_of_the_sandboxs_clock() -> None:
    guest = await a_guest()
    await guest.visitor.http.post("/__sandbox__/clock", json={"advanceSeconds": 3600})
    await order(guest, rateLimit="burst", retryAfter={"dateInSeconds": 30})

    headers = (await guest.get(MYSELF)).headers

    assert headers["date"] == "Mon, 01 Jun 2026 13:00:00 GMT"
    assert headers["retry-after"] == "Mon, 01 Jun 2026 13:00:30 GMT"


async def test_a_faults_own_date_is_kept() -> None:
    guest = await a_guest()
    await order(guest, status=503, headers={"Date": "yesterday"})

    assert (await guest.get(MYSELF)).headers.get_list("date") == ["yesterday"]
