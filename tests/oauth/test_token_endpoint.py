"""What stands in the place of the token endpoint is never told as Jira's word on a resource."""

import pytest

from tests.oauth.flow_bench import on_sqlite
from tests.support.gateway import Gateway

_FIELDS = {
    "project": 'project(idOrKey: "NOPE") { key }',
    "boards": "boards(first: 2) { nodes { name sprints(first: 1) { nodes { name } } } }",
}


@on_sqlite
@pytest.mark.parametrize("field", _FIELDS)
@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 410])
async def test_a_foreign_answer_to_a_refresh_is_one_error_and_no_silent_null(
    gateway: Gateway, status: int, field: str
) -> None:
    gateway.clock.advance(hours=2)
    gateway.answer_instead("/oauth/token", status, text="<html>")

    answer = await gateway.ask(
        f'{{ connection(externalId: "acme") {{ status {_FIELDS[field]} }} }}'
    )

    (error,) = answer.body["errors"]
    assert answer.body["data"]["connection"] == {"status": "ACTIVE", field: None}
    assert answer.codes == ["JIRA_UNAVAILABLE"]
    assert error["path"] == ["connection", field]
    assert "JUNCTURE_JIRA_AUTH_URL" in error["message"]
    assert gateway.calls() == []


@on_sqlite
async def test_the_grant_outlives_a_foreign_answer(gateway: Gateway) -> None:
    gateway.clock.advance(hours=2)
    gateway.answer_instead("/oauth/token", 404, text="<html>")
    await gateway.ask('{ connection(externalId: "acme") { myself { displayName } } }')
    gateway.transport.faults.clear()

    linked = await gateway.ask_connection("myself { displayName }")

    assert linked["myself"]["displayName"]
