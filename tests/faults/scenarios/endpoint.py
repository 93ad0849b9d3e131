"""A token endpoint that stalls, cuts, garbles or refuses for a while."""

from collections.abc import Mapping
from typing import Any

import httpx

from tests.faults.callers import ask, count_outcomes
from tests.faults.checker import count_forks, count_refreshes
from tests.faults.custody import Custody, open_custody
from tests.faults.outcome import Outcome, Place, unlike
from tests.faults.processes import House, Process, open_house
from tests.faults.proxy import Fault

_SETTINGS = {
    "refresh_deadline_seconds": "1",
    "refresh_lease_seconds": "2",
    "sweep_interval_seconds": "0.2",
    "operation_deadline_seconds": "60",
}
_MADE_UP = {"access_token": "made-up", "expires_in": 3600, "token_type": "Bearer", "scope": ""}

ON_THE_WAY: Mapping[str, Fault] = {
    "stalls": Fault(black_hole=True),
    "drips a byte a second": Fault(drip_s=1),
    "is late by more than the deadline": Fault(latency_s=2),
    "resets before the exchange": Fault(reset=True),
    "resets after the commit": Fault(cut_after_answer=True),
    "ends the connection in place of an answer": Fault(half_close=True),
    "ends the answer in its midst": Fault(truncate_after=200),
}
AT_THE_END: Mapping[str, Mapping[str, Any]] = {
    "answers 500": {"status": 500, "body": "<h1>Internal Server Error</h1>"},
    "answers 503": {"status": 503},
    "answers 429 with Retry-After": {"status": 429, "body": {}, "retryAfter": 1},
    "answers JSON that breaks off": {"status": 200, "body": '{"access_token": "a'},
    "answers HTML as 200": {"status": 200, "body": "<html>"},
    "answers without a refresh token": {"status": 200, "body": _MADE_UP},
    "answers a gateway's 403": {"status": 403, "body": "Forbidden"},
}
"""Orders for the sandbox, which does not carry the exchange out then."""


async def ill_endpoint(place: Place) -> Outcome:
    """Each illness meets the refresh of a connection of its own and its repetition, then ends."""
    async with (
        open_house(place.folder, place.database_url, **_SETTINGS) as house,
        open_custody(house) as custody,
    ):
        server = await house.start()
        during, after = [], []
        for name in [*ON_THE_WAY, *AT_THE_END]:
            await custody.link([name])
            await _fall_ill(house, name, custody.linked[name].grant)
            during.append(await ask(house, server, name))
            await _get_well(house)
            after.append(await ask(house, server, name))
        await custody.wait_settled()
        figures = {
            "illnesses": len(during),
            "callers answered during it": count_outcomes(during)["token"],
            "callers told to authorise again": count_outcomes(during)["NEEDS_REAUTHORIZATION"],
            "callers answered after it": count_outcomes(after)["token"],
            "real tokens at the next expiry": await _expire_all(custody, server),
            "token calls": count_refreshes(house.history),
            "replays within the leeway": count_forks(house.history),
        }
        expected = {
            "callers told to authorise again": 0,
            "callers answered after it": len(during),
            "real tokens at the next expiry": len(during),
        }
        return Outcome(figures, [*unlike(expected, figures), *await custody.examine()])


async def _fall_ill(house: House, name: str, grant: str) -> None:
    if name in ON_THE_WAY:
        house.proxy.strike(ON_THE_WAY[name])
        return
    target = {"method": "POST", "path": "/oauth/token", "grant": grant}
    await house.order("faults", {**target, **AT_THE_END[name]})


async def _get_well(house: House) -> None:
    house.proxy.mend()
    async with httpx.AsyncClient() as http:
        await http.delete(f"{house.sandbox.address}/__sandbox__/faults")


async def _expire_all(custody: Custody, server: Process) -> int:
    """How many connections then hand out a token that the sandbox gave, and not a made-up one."""
    for name in custody.linked:
        await custody.let_expire(name)
    answers = [await ask(custody.house, server, name) for name in custody.linked]
    return sum(answer.token not in (None, _MADE_UP["access_token"]) for answer in answers)
