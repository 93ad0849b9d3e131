"""A create with a key whose answer was lost is settled and never made twice."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from sandbox.builders import SiteBuilder
from sandbox.world import Project
from tests.end_to_end.keyed_creates import LOOK, POST, codes, create, show_at_once
from tests.end_to_end.test_issue_write_failures import order
from tests.faults.waiting import until
from tests.support.gateway import SANDBOX, Gateway, SendOn, count_calls


@pytest.fixture
def project(site: SiteBuilder) -> Project:
    """Where issues are made."""
    return site.add_project("TEST")


async def test_a_create_whose_answer_was_lost_is_found_by_its_marker(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    show_at_once(built)
    await order(built, method="POST", path="/rest/api/3/issue", cutAfterCommit=True)

    payload = await create(built)

    assert payload == {"issue": {"key": "TEST-1", "summary": "New"}, "errors": []}
    assert count_calls(built)[POST] == 1
    assert count_calls(built)[LOOK] == 1
    assert len(site.data.issues) == 1


async def test_what_the_search_does_not_show_yet_is_unknown_and_never_made_again(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    await order(built, method="POST", path="/rest/api/3/issue", cutAfterCommit=True, count=1)

    lost = await create(built)
    again = await create(built)
    built.clock.advance(seconds=30)
    found = await create(built)

    assert codes(lost) == codes(again) == ["OUTCOME_UNKNOWN"]
    assert "same `idempotencyKey`" in lost["errors"][0]["message"]
    assert found == {"issue": {"key": "TEST-1", "summary": "New"}, "errors": []}
    assert count_calls(built)[POST] == 1
    assert len(site.data.issues) == 1


async def test_due_work_finds_what_was_made_though_nobody_asks(
    built: Gateway, project: Project
) -> None:
    await order(built, method="POST", path="/rest/api/3/issue", cutAfterCommit=True, count=1)
    await create(built)
    built.clock.advance(seconds=30)

    await built.chores.do("due writes")
    built.forget_calls()
    payload = await create(built)

    assert payload["issue"]["key"] == "TEST-1"
    assert count_calls(built)[POST] == 0
    assert count_calls(built)[LOOK] == 0


async def test_what_was_never_made_is_settled_within_five_minutes_and_made_by_a_repetition(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    await order(built, method="POST", path="/rest/api/3/issue", reset=True, count=1)
    lost = await create(built)
    for _ in range(28):
        built.clock.advance(seconds=10)
        await built.chores.do("due writes")
    looks = count_calls(built)[LOOK]
    await built.chores.do("due writes")

    assert codes(lost) == ["OUTCOME_UNKNOWN"]
    assert count_calls(built)[LOOK] == looks < 15
    assert site.data.issues == {}
    assert (await create(built))["issue"]["key"] == "TEST-1"
    assert len(site.data.issues) == 1


async def test_what_jira_asks_to_wait_is_waited_by_due_work_and_told_to_who_repeats(
    built_once: Gateway, project: Project
) -> None:
    await order(built_once, method="POST", path="/rest/api/3/issue", cutAfterCommit=True, count=1)
    await create(built_once)
    await order(built_once, path="*", rateLimit="quota-global", retryAfter=1_800)
    repeated = await create(built_once)
    built_once.forget_calls()
    for minute in range(40):
        if minute == 15:
            assert built_once.calls() == []
        built_once.clock.advance(minutes=1)
        await built_once.chores.do("due writes")

    assert codes(repeated) == ["OUTCOME_UNKNOWN"]
    assert "asks to wait 1800 s" in repeated["errors"][0]["message"]
    assert count_calls(built_once) == {LOOK: 1}


async def test_who_repeats_what_stays_unknown_is_told_that_the_grant_is_dead(
    built_once: Gateway, project: Project
) -> None:
    await order(built_once, method="POST", path="/rest/api/3/issue", cutAfterCommit=True, count=1)
    await create(built_once)
    await built_once.http.post(f"{SANDBOX}/__sandbox__/revoke", json={})

    repeated = await create(built_once)

    assert codes(repeated) == ["OUTCOME_UNKNOWN"]
    assert "authorise its external id again" in repeated["errors"][0]["message"]


@pytest.mark.parametrize("is_moved", [True, False], ids=["moved", "clock behind"])
async def test_what_was_moved_or_made_by_a_slow_clock_is_found_before_it_counts_as_not_made(
    built_once: Gateway, site: SiteBuilder, project: Project, *, is_moved: bool
) -> None:
    await order(built_once, method="POST", path="/rest/api/3/issue", cutAfterCommit=True, count=1)
    lost = await create(built_once)
    (made,) = site.data.issues.values()
    if is_moved:
        site.move_issue(made, site.add_project("OTHER"))
    else:
        behind = built_once.clock() - timedelta(minutes=14)
        created = behind.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        site.data.put_issue(replace(made, fields={**made.fields, "created": created}))
    for _ in range(10):
        built_once.clock.advance(seconds=30)
        await built_once.chores.do("due writes")

    found = await create(built_once)

    assert codes(lost) == ["OUTCOME_UNKNOWN"]
    assert found["issue"] == {"key": "OTHER-1" if is_moved else "TEST-1", "summary": "New"}
    assert len(site.data.issues) == 1


async def test_a_call_that_jira_carries_out_late_is_not_made_again(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    show_at_once(built)
    held = list[httpx.Request]()

    async def hold(request: httpx.Request, send: SendOn) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/issue"):
            held.append(request)
            raise httpx.ReadTimeout("made to fail", request=request)
        return await send(request)

    built.transport.detour = hold
    lost = await create(built)
    built.clock.advance(seconds=50)
    await built.chores.do("due writes")
    again = await create(built)
    await built.transport.send(held[0])

    found = await create(built)

    assert codes(lost) == codes(again) == ["OUTCOME_UNKNOWN"]
    assert found["issue"]["key"] == "TEST-1"
    assert len(held) == 1
    assert len(site.data.issues) == 1


async def test_what_jira_made_long_after_it_counted_as_not_made_is_found_all_the_same(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    show_at_once(built_once)
    held = list[httpx.Request]()

    async def hold(request: httpx.Request, send: SendOn) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/issue"):
            held.append(request)
            raise httpx.ReadTimeout("made to fail", request=request)
        return await send(request)

    built_once.transport.detour = hold
    await create(built_once)
    for _ in range(10):
        built_once.clock.advance(seconds=30)
        await built_once.chores.do("due writes")
    built_once.clock.advance(minutes=50)
    await built_once.transport.send(held[0])

    found = await create(built_once)

    assert found["issue"]["key"] == "TEST-1"
    assert len(held) == 1


async def test_a_look_after_days_asks_for_no_more_than_what_can_have_been_made(
    built_once: Gateway, project: Project
) -> None:
    await order(built_once, method="POST", path="/rest/api/3/issue", reset=True, count=1)
    await create(built_once)
    begun = built_once.clock()
    built_once.clock.advance(hours=72)
    built_once.forget_calls()

    await built_once.chores.do("due writes")

    [look] = [call for call in built_once.sandbox.calls.calls if call.path.endswith("/search/jql")]
    since, until_ = (int(each) / 1_000 for each in re.findall(r"\d{13}", look.body["jql"]))
    assert since < begun.timestamp() < until_
    assert until_ - since < timedelta(hours=2).total_seconds()


async def test_a_caller_who_goes_away_leaves_no_write_half_done(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    await order(built, method="POST", path="/rest/api/3/issue", delayMilliseconds=100, count=1)
    caller = asyncio.create_task(create(built))
    await until(lambda: bool(built.calls()), "the call to Jira")
    caller.cancel()
    await built.services.writes.settle()

    payload = await create(built)

    assert payload["issue"]["key"] == "TEST-1"
    assert count_calls(built)[POST] == 1
