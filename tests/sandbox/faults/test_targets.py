"""Faults that could never strike are refused."""

from typing import Any

import pytest

from sandbox.endpoints import ENDPOINTS
from tests.sandbox.faults.ordering import order, show
from tests.sandbox.visitors import a_guest, a_site, a_visitor

FAULTS = "/__sandbox__/faults"


@pytest.mark.parametrize(
    ("fault", "member", "told"),
    [
        ({"path": "/rest/api/3/projects/{id}"}, "path", " /rest/api/3/project/{id_or_key}"),
        ({"path": "/rest/api/3/nothing"}, "path", "answers nothing there"),
        ({"path": "/rest/api/3/issue//comment"}, "path", "answers nothing there"),
        ({"path": "/rest/api/3"}, "path", "answers nothing there"),
        ({"path": "/__sandbox__/health"}, "path", "answers nothing there"),
        ({"path": "/oauth/token", "method": "GET"}, "method", "there is POST"),
        ({"path": "/rest/api/3/issue/SHOP-1", "method": "POST"}, "method", "DELETE, GET, PUT"),
        ({"cloudId": "another"}, "cloudId", "there are 4886ee87-2f2a-5202-b946-dd6e452a7de9"),
        (
            {"path": "/oauth/token", "cloudId": "4886ee87-2f2a-5202-b946-dd6e452a7de9"},
            "cloudId",
            "no site",
        ),
        ({"grant": "grant-2"}, "grant", "there are api-token, scoped-api-token, grant-1"),
    ],
    ids=str,
)
async def test_a_fault_that_can_never_strike_is_told_by_member(
    fault: dict[str, Any], member: str, told: str
) -> None:
    guest = await a_guest()

    response = await guest.visitor.http.post(FAULTS, json={"status": 503, **fault})

    assert response.status_code == 400
    assert told in response.json()["errors"][member]
    assert response.json()["errorMessages"][0].startswith(f"{member}: ")
    assert await show(guest) == []


async def test_every_mistaken_member_is_told_at_once() -> None:
    fault = {"path": "/rest/api/3/nothing", "cloudId": "x", "grant": "x", "status": 503}

    response = await a_visitor().http.post(FAULTS, json=fault)

    assert response.json()["errors"].keys() == {"path", "cloudId", "grant"}


@pytest.mark.parametrize(
    "path",
    [
        *sorted({row.template for row in ENDPOINTS}),
        "*",
        "/me",
        "/oauth/token",
        "/oauth/token/accessible-resources",
        "/_edge/tenant_info",
        "/rest/api/3/issue/SHOP-{number}/comment",
        "/rest/{api}/{version}/{kind}/{id}",
        "/rest/api/{version}/s{name}/jql",
    ],
)
async def test_a_fault_may_wait_wherever_a_call_can_go(path: str) -> None:
    await order(await a_guest(), path=path, status=503)


async def test_a_long_list_of_what_there_is_is_cut() -> None:
    builder, _ = a_site()
    for number in range(20):
        builder.add_site(f"Site {number}")

    response = await a_visitor(builder.world).http.post(
        FAULTS, json={"cloudId": "x", "status": 503}
    )

    assert response.json()["errors"]["cloudId"].endswith(" and 11 more")
