"""A damaged row is an error of its own connection, and can be mended or taken away like any."""

from collections.abc import AsyncIterator

import pytest

from tests.end_to_end.frontend import DISCONNECT
from tests.support.gateway import Answer, Backend, Gateway, open_gateway

ALL = """{
  broken: connection(externalId: "broken") { %(fields)s }
  left: connection(externalId: "left") { %(fields)s }
  right: connection(externalId: "right") { %(fields)s }
}"""
PLAIN = "externalId status site { name }"
TOKEN_CALL = "POST /oauth/token"
UNREADABLE = ["CREDENTIAL_UNREADABLE"]


@pytest.fixture(params=["access_token", "refresh_token"])
async def gateway(request: pytest.FixtureRequest, backend: Backend) -> AsyncIterator[Gateway]:
    """Three connections; a cell of the first holds the ciphertext of the second's."""
    async with open_gateway(**backend) as gateway:
        for external_id in ("broken", "left", "right"):
            await gateway.connect(external_id)
        await gateway.services.database.execute(
            f"UPDATE connection SET {request.param} = ("
            f"SELECT {request.param} FROM connection WHERE id = :other) WHERE id = :broken",
            {"broken": await id_of(gateway, "broken"), "other": await id_of(gateway, "left")},
        )
        gateway.forget_calls()
        yield gateway


async def id_of(gateway: Gateway, external_id: str) -> str:
    connection_id = await gateway.services.database.fetch_val(
        "SELECT connection_id FROM connection_external_map WHERE external_id = :external_id",
        {"external_id": external_id},
    )
    assert isinstance(connection_id, str)
    return connection_id


def assert_only_the_broken_one_fails(answer: Answer, field: str) -> None:
    assert answer.codes == UNREADABLE
    (error,) = answer.body["errors"]
    assert error["path"] == ["broken", field]
    data = answer.body["data"]
    assert data["broken"][field] is None
    for name in ("left", "right"):
        assert data[name][field]
    for name in ("broken", "left", "right"):
        assert (data[name]["externalId"], data[name]["status"]) == (name, "ACTIVE")


@pytest.mark.parametrize(
    ("field", "selection"),
    [
        ("myself", "myself { displayName }"),
        ("projects", "projects(first: 1) { totalCount }"),
        ("accessToken", "accessToken { token }"),
        ("credentials", "credentials { refreshToken }"),
    ],
)
async def test_of_three_connections_the_damaged_one_alone_is_null_with_one_error(
    gateway: Gateway, field: str, selection: str
) -> None:
    answer = await gateway.ask(ALL % {"fields": f"{PLAIN} {selection}"})

    assert_only_the_broken_one_fails(answer, field)
    assert TOKEN_CALL not in gateway.calls(to_jira=False)


async def test_when_all_are_due_the_readable_ones_are_refreshed(gateway: Gateway) -> None:
    gateway.clock.advance(hours=2)

    answer = await gateway.ask(ALL % {"fields": f"{PLAIN} accessToken {{ token }}"})

    assert_only_the_broken_one_fails(answer, "accessToken")
    assert gateway.calls(to_jira=False).count(TOKEN_CALL) == 2


async def test_authorised_again_the_damaged_one_answers_under_the_id_it_had(
    gateway: Gateway,
) -> None:
    before = await id_of(gateway, "broken")

    finished = await gateway.connect("broken")

    assert finished.status_code == 200
    assert await id_of(gateway, "broken") == before
    answer = await gateway.ask(
        ALL % {"fields": f"{PLAIN} accessToken {{ token }} credentials {{ refreshToken }}"}
    )
    tokens = [each["accessToken"]["token"] for each in answer.data.values()]
    assert len(set(tokens)) == 3


async def test_the_damaged_one_can_be_disconnected(gateway: Gateway) -> None:
    answer = await gateway.ask(DISCONNECT, {"id": "broken"})

    payload = answer.data["disconnect"]
    assert payload["errors"] == []
    assert payload["disconnectedId"]
    left = await gateway.ask(ALL % {"fields": f"{PLAIN} accessToken {{ token }}"})
    assert left.data["broken"] is None
    assert left.data["left"]["accessToken"]["token"]
