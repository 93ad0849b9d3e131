"""What Juncture makes of the sandbox's faults: cut connections and rate limits that count."""

from typing import Any

import pytest

from tests.support.gateway import SANDBOX, Gateway, count_calls

PROJECT = 'project(idOrKey: "SHOP") { name }'
PATH = "/rest/api/3/project/{key}"


async def order(gateway: Gateway, **fault: Any) -> None:
    answer = await gateway.http.post(f"{SANDBOX}/__sandbox__/faults", json=fault)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    "fault",
    [{"reset": True}, {"cutAfterCommit": True}, {"truncateAfterBytes": 10}],
    ids=["reset", "after the commit", "truncated"],
)
async def test_a_read_whose_connection_is_cut_once_is_made_again(
    gateway: Gateway, fault: dict[str, Any]
) -> None:
    await order(gateway, path=PATH, count=1, **fault)

    connection = await gateway.ask_connection(PROJECT)

    assert connection["project"] == {"name": "Web shop"}
    assert count_calls(gateway) == {"GET /rest/api/3/project/SHOP": 2}


async def test_a_read_whose_connection_is_always_cut_fails_alone(gateway: Gateway) -> None:
    await order(gateway, path=PATH, reset=True)

    answer = await gateway.ask(
        'query { connection(externalId: "acme") { project(idOrKey: "SHOP") { name } '
        "myself { accountId } } }"
    )

    assert answer.codes == ["JIRA_UNAVAILABLE"]
    assert answer.body["data"]["connection"]["project"] is None
    assert answer.body["data"]["connection"]["myself"]
