"""What a connection fails at as a whole is told beside it, until it fails no more."""

import pytest

from storage.errors import StorageUnavailableError
from tests.end_to_end.frontend import watch_statements
from tests.support.gateway import Gateway

LAST_ERROR = "status lastError { code at }"
PROJECTS = '{ connection(externalId: "acme") { projects { totalCount } } }'
SCOPE_MISSING = {"code": 401, "message": "Unauthorized; scope does not match"}


async def test_all_is_well_with_a_connection_that_answers(gateway: Gateway) -> None:
    await gateway.ask(PROJECTS)

    assert await gateway.ask_connection(LAST_ERROR) == {"status": "ACTIVE", "lastError": None}


async def test_a_token_that_jira_refuses_for_good_is_told(gateway: Gateway) -> None:
    gateway.answer_instead("/project/search", 401, json={})

    answer = await gateway.ask(PROJECTS)

    assert answer.codes == ["NEEDS_REAUTHORIZATION"]
    assert await gateway.ask_connection(LAST_ERROR) == {
        "status": "ACTIVE",
        "lastError": {"code": "NEEDS_REAUTHORIZATION", "at": "2026-06-01T12:00:00Z"},
    }


async def test_it_stays_told_while_it_goes_on(gateway: Gateway) -> None:
    gateway.answer_instead("/project/search", 401, json={})
    await gateway.ask(PROJECTS)

    gateway.clock.advance(seconds=30)
    await gateway.ask(PROJECTS)

    assert (await gateway.ask_connection(LAST_ERROR))["lastError"] == {
        "code": "NEEDS_REAUTHORIZATION",
        "at": "2026-06-01T12:00:30Z",
    }


@pytest.mark.parametrize("mend", ["refresh", "authorise"])
async def test_what_succeeds_next_clears_it(gateway: Gateway, mend: str) -> None:
    gateway.answer_instead("/project/search", 401, json={})
    await gateway.ask(PROJECTS)
    gateway.transport.faults.clear()
    before = await gateway.ask_connection(LAST_ERROR)

    if mend == "refresh":
        gateway.clock.advance(hours=2)
        await gateway.ask(PROJECTS)
    else:
        await gateway.connect()

    assert before["lastError"] is not None
    assert (await gateway.ask_connection(LAST_ERROR))["lastError"] is None


async def test_a_scope_that_was_not_granted_is_told(gateway: Gateway) -> None:
    gateway.answer_instead("/project/search", 401, json=SCOPE_MISSING)

    answer = await gateway.ask(PROJECTS)

    assert answer.codes == ["MISSING_SCOPE"]
    assert (await gateway.ask_connection(LAST_ERROR))["lastError"]["code"] == "MISSING_SCOPE"


async def test_tokens_that_cannot_be_read_are_told(gateway: Gateway) -> None:
    await gateway.services.database.execute("UPDATE connection SET access_token = 'v1.k1.AAAA'")

    answer = await gateway.ask(PROJECTS)

    assert answer.codes == ["CREDENTIAL_UNREADABLE"]
    last = (await gateway.ask_connection(LAST_ERROR))["lastError"]
    assert last["code"] == "CREDENTIAL_UNREADABLE"


@pytest.mark.parametrize("status", [400, 403, 404, 429, 503])
async def test_what_is_not_of_the_link_is_not_told(gateway: Gateway, status: int) -> None:
    headers = {"Retry-After": "0"} if status == 429 else {}
    gateway.answer_instead("/project/search", status, json={}, headers=headers)

    answer = await gateway.ask(PROJECTS)

    assert len(answer.codes) == 1
    assert (await gateway.ask_connection(LAST_ERROR))["lastError"] is None


async def test_many_failing_fields_are_noted_once(gateway: Gateway) -> None:
    gateway.answer_instead("/project/search", 401, json=SCOPE_MISSING)
    fields = " ".join(f"p{n}: projects(first: {n}) {{ totalCount }}" for n in range(1, 7))
    query = f'{{ connection(externalId: "acme") {{ {fields} }} }}'

    with watch_statements(gateway) as statements:
        answer = await gateway.ask(query)

    assert answer.codes == ["MISSING_SCOPE"] * 6
    assert len([each for each in statements if "SET last_error" in each]) == 1


async def test_the_same_error_is_written_once_a_minute(gateway: Gateway) -> None:
    gateway.answer_instead("/project/search", 401, json=SCOPE_MISSING)
    told = []

    for seconds in (0, 59, 1):
        gateway.clock.advance(seconds=seconds)
        await gateway.ask(PROJECTS)
        told.append((await gateway.ask_connection(LAST_ERROR))["lastError"]["at"])

    assert told == ["2026-06-01T12:00:00Z"] * 2 + ["2026-06-01T12:01:00Z"]


async def test_an_error_that_cannot_be_noted_is_answered_all_the_same(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.answer_instead("/project/search", 401, json=SCOPE_MISSING)
    refused: list[str] = []

    async def refuse(sql: str, _values: object = None) -> None:
        refused.append(sql)
        raise StorageUnavailableError("it takes no writes")

    monkeypatch.setattr(gateway.services.database, "execute", refuse)
    answer = await gateway.ask(PROJECTS)

    assert answer.codes == ["MISSING_SCOPE"]
    assert any("SET last_error" in sql for sql in refused)


async def test_a_code_of_another_release_is_told_as_internal(gateway: Gateway) -> None:
    await gateway.services.database.execute(
        "UPDATE connection SET last_error = 'NEVER_HEARD_OF', last_error_at = :now",
        {"now": "2026-06-01T11:00:00.000000+00:00"},
    )

    last = (await gateway.ask_connection(LAST_ERROR))["lastError"]

    assert last == {"code": "INTERNAL", "at": "2026-06-01T11:00:00Z"}
