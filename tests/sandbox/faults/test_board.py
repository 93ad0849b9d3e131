"""Where faults strike, and how often."""

from typing import Any

import pytest

from tests.sandbox.faults.ordering import ISSUE, MYSELF, a_busy_guest, ask_thrice, order, show
from tests.sandbox.visitors import Guest, a_guest, a_site, a_visitor


@pytest.mark.parametrize(
    ("where", "strikes"),
    [
        ({}, True),
        ({"path": "*"}, True),
        ({"path": ISSUE}, True),
        ({"path": "/rest/api/3/issue/{id}"}, True),
        ({"path": "/rest/api/3/{kind}/{id}", "method": "GET"}, True),
        ({"method": "POST"}, False),
        ({"path": "/rest/api/3/{rest}"}, False),
        ({"path": "/rest/api/3/issue/TEST.1"}, False),
        ({"grant": "grant-1"}, True),
        ({"grant": "api-token"}, False),
    ],
    ids=str,
)
async def test_a_fault_strikes_where_it_says(where: dict[str, Any], *, strikes: bool) -> None:
    guest = await a_busy_guest()
    await order(guest, status=503, **where)

    response = await guest.get(ISSUE)

    assert response.status_code == (503 if strikes else 200)


async def test_a_fault_of_another_site_lets_a_call_pass() -> None:
    builder, site = a_site()
    other = builder.add_site("Globex")
    visitor = a_visitor(builder.world)
    await visitor.enter(site.data.site.cloud_id)
    guest = Guest(visitor, site)
    await order(guest, status=503, cloudId=other.data.site.cloud_id)

    assert (await guest.get(MYSELF)).status_code == 200


async def test_a_fault_of_a_site_strikes_at_both_of_its_addresses() -> None:
    guest = await a_busy_guest()
    await order(guest, status=503, cloudId=guest.site.data.site.cloud_id)

    through_gateway = await guest.get(MYSELF)
    on_site = await guest.visitor.http.get("/sites/acme/rest/api/3/serverInfo")

    assert (through_gateway.status_code, on_site.status_code) == (503, 503)


@pytest.mark.parametrize(
    ("turns", "statuses"),
    [
        ({"count": 1}, [503, 200, 200]),
        ({"skip": 1, "count": 1}, [200, 503, 200]),
        ({"skip": 2}, [200, 200, 503]),
        ({"every": 2}, [503, 200, 503]),
        ({"skip": 1, "every": 2}, [200, 503, 200]),
        ({"count": None}, [503, 503, 503]),
    ],
    ids=str,
)
async def test_a_fault_passes_the_first_and_strikes_as_often_as_told(
    turns: dict[str, Any], statuses: list[int]
) -> None:
    guest = await a_guest()
    await order(guest, status=503, **turns)

    assert await ask_thrice(guest) == statuses


async def test_the_oldest_fault_strikes_alone_and_the_next_one_follows_it() -> None:
    guest = await a_guest()
    await order(guest, status=500, count=1)
    await order(guest, status=502, count=1)

    assert await ask_thrice(guest) == [500, 502, 200]


async def test_the_list_shows_what_was_ordered_and_how_often_it_struck() -> None:
    guest = await a_guest()
    await order(guest, path=MYSELF, status=503, skip=1, retryAfter=None)
    await ask_thrice(guest)

    assert await show(guest) == [
        {
            "id": "fault-1",
            "path": MYSELF,
            "status": 503,
            "skip": 1,
            "retryAfter": None,
            "met": 3,
            "struck": 2,
        }
    ]


async def test_faults_are_removed_one_by_one_and_all_at_once() -> None:
    guest = await a_guest()
    http = guest.visitor.http
    first, *_ = [await order(guest, status=status) for status in (500, 502, 503)]

    removed = await http.delete(f"/__sandbox__/faults/{first}")
    again = await http.delete(f"/__sandbox__/faults/{first}")
    left = [fault["id"] for fault in await show(guest)]
    await http.delete("/__sandbox__/faults")

    assert (removed.status_code, again.status_code) == (204, 404)
    assert left == ["fault-2", "fault-3"]
    assert await ask_thrice(guest) == [200, 200, 200]
