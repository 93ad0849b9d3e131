"""What the tests of faults share: a guest of a small site, and orders for faults."""

from typing import Any

from tests.sandbox.visitors import Guest, a_guest

ISSUE = "/rest/api/3/issue/TEST-1"
MYSELF = "/rest/api/3/myself"


async def a_busy_guest() -> Guest:
    guest = await a_guest()
    guest.site.add_issues(guest.site.add_project("TEST"), 2)
    return guest


async def order(guest: Guest, **fault: Any) -> str:
    response = await guest.visitor.http.post("/__sandbox__/faults", json=fault)
    assert response.status_code == 201, response.text
    fault_id: str = response.json()["id"]
    return fault_id


async def show(guest: Guest) -> list[dict[str, Any]]:
    faults: list[dict[str, Any]] = (await guest.visitor.http.get("/__sandbox__/faults")).json()[
        "faults"
    ]
    return faults


async def ask_thrice(guest: Guest, path: str = MYSELF) -> list[int]:
    return [(await guest.get(path)).status_code for _ in range(3)]
