"""With an idempotency key a write happens once, and a repetition is answered as the first was."""

import asyncio

import pytest

from sandbox.builders import SiteBuilder
from sandbox.world import Project
from tests.end_to_end.keyed_creates import CREATE, POST, codes, create
from tests.end_to_end.test_issue_creations import a_new_issue
from tests.end_to_end.test_issue_write_failures import order
from tests.support.gateway import Gateway, count_calls, open_neighbour


@pytest.fixture
def project(site: SiteBuilder) -> Project:
    """Where issues are made."""
    return site.add_project("TEST")


async def test_the_same_key_and_input_is_answered_as_the_first_was(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    first = await create(built)
    second = await create(built)

    assert first == second == {"issue": {"key": "TEST-1", "summary": "New"}, "errors": []}
    assert count_calls(built)[POST] == 1
    assert len(site.data.issues) == 1


async def test_the_same_key_with_another_input_is_refused_and_nothing_is_called(
    built: Gateway, project: Project
) -> None:
    await create(built)
    built.forget_calls()

    payload = await create(built, summary="Another")

    assert codes(payload) == ["IDEMPOTENCY_KEY_REUSED"]
    assert payload["errors"][0]["path"] == ["input", "idempotencyKey"]
    assert built.calls() == []


async def test_in_parallel_one_runs_and_the_rest_wait_for_its_answer(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    await order(built, method="POST", path="/rest/api/3/issue", delayMilliseconds=100)
    async with open_neighbour(built) as other:
        payloads = await asyncio.gather(*(create(g) for g in [built, other] * 10))

    assert {payload["issue"]["key"] for payload in payloads} == {"TEST-1"}
    assert count_calls(built)[POST] == 1
    assert len(site.data.issues) == 1


async def test_a_refusal_frees_the_key_for_what_is_mended(built: Gateway, project: Project) -> None:
    refused = await create(built, issueType={"name": "Nonsense"})
    mended = await create(built)

    assert codes(refused) == ["JIRA_VALIDATION"]
    assert refused["errors"][0]["path"] == ["input", "issue", "issueType"]
    assert mended["issue"]["key"] == "TEST-1"


async def test_who_waits_for_a_write_that_jira_refuses_is_told_the_same(
    built_once: Gateway, project: Project
) -> None:
    await order(built_once, method="POST", path="/rest/api/3/issue", delayMilliseconds=100)
    payloads = await asyncio.gather(
        *(create(built_once, issueType={"name": "Nonsense"}) for _ in range(2))
    )

    assert payloads[0] == payloads[1]
    assert payloads[1]["errors"][0]["path"] == ["input", "issue", "issueType"]
    assert count_calls(built_once)[POST] == 1


@pytest.mark.parametrize(
    "key", ["", " ", "x" * 256, "a\u0000b"], ids=["empty", "blank", "long", "nul"]
)
async def test_a_key_of_another_form_is_refused(
    built_once: Gateway, project: Project, key: str
) -> None:
    payload = await create(built_once, key)

    assert [(e["code"], e["path"]) for e in payload["errors"]] == [
        ("BAD_USER_INPUT", ["input", "idempotencyKey"])
    ]
    assert built_once.calls() == []


async def test_a_key_belongs_to_its_connection_and_its_site(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    await built_once.connect("other")
    first = await create(built_once)
    given = {**a_new_issue(summary="Theirs"), "idempotencyKey": "k-1"}
    given["connection"] = {"externalId": "other"}

    theirs = (await built_once.ask(CREATE, {"input": given})).data["createIssue"]

    assert first["issue"]["key"] == "TEST-1"
    assert theirs["issue"] == {"key": "TEST-2", "summary": "Theirs"}


async def test_the_outcome_of_a_key_is_kept_for_a_day(built: Gateway, project: Project) -> None:
    await create(built)
    built.clock.advance(hours=23)
    await built.chores.do("due writes")
    assert (await create(built))["issue"]["key"] == "TEST-1"

    built.clock.advance(hours=2)
    await built.chores.do("due writes")

    assert (await create(built))["issue"]["key"] == "TEST-2"


async def test_what_lies_in_the_database_of_a_write_tells_nothing_of_it(
    built: Gateway, project: Project
) -> None:
    await create(built, "my key", summary="My summary")

    rows = await built.services.database.fetch_all("SELECT * FROM idempotency_key")

    assert len(rows) == 1
    assert not any(word in str(rows) for word in ("my key", "My summary", "New"))
