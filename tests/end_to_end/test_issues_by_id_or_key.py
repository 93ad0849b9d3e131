"""Many issues at once, by whatever names them."""

from collections.abc import Sequence

import httpx

from sandbox.builders import SiteBuilder
from tests.support.gateway import Answer, Gateway, count_calls

BULK = "POST /rest/api/3/issue/bulkfetch"
QUERY = """
query Read($asked: [ID!]!) {
  connection(externalId: "acme") { issuesByIdOrKey(idsOrKeys: $asked) { key summary } }
}
"""


async def ask(gateway: Gateway, asked: Sequence[str]) -> Answer:
    return await gateway.ask(QUERY, {"asked": list(asked)})


async def read(gateway: Gateway, asked: Sequence[str]) -> list[str | None]:
    found = (await ask(gateway, asked)).data["connection"]["issuesByIdOrKey"]
    return [each and each["key"] for each in found]


async def test_issues_come_in_the_order_asked_and_null_where_one_is_missing(
    built: Gateway, site: SiteBuilder
) -> None:
    first, second, third = site.add_issues(site.add_project("TEST"), 3)
    page = await built.ask_connection(f'issue(idOrKey: "{third.key}") {{ id }}')
    built.forget_calls()
    asked = [third.key, str(first.id), page["issue"]["id"], second.key, "7", third.key]

    found = await read(built, asked)

    assert found == [third.key, first.key, third.key, second.key, None, third.key]
    assert built.calls() == [BULK]


async def test_a_key_that_another_projects_issue_may_have_borne_is_looked_for_once_more(
    built_once: Gateway, site: SiteBuilder
) -> None:
    issue = site.add_issue(site.add_project("TEST"))

    assert await read(built_once, ["TEST-8", issue.key, "TEST-9"]) == [None, issue.key, None]
    assert built_once.calls() == [BULK]
    assert await read(built_once, ["OLD-8", issue.key, "TEST-9"]) == [None, issue.key, None]
    assert built_once.calls() == [BULK] * 3


async def test_a_thousand_are_a_call_for_each_hundred(
    built_once: Gateway, site: SiteBuilder
) -> None:
    keys = [each.key for each in site.add_issues(site.add_project("TEST"), 1_000)]

    found = await read(built_once, keys[::-1])

    assert found == keys[::-1]
    assert count_calls(built_once) == {BULK: 10}


async def test_a_moved_issue_is_found_under_its_old_key(
    built_once: Gateway, site: SiteBuilder
) -> None:
    old, new = site.add_project("OLD"), site.add_project("NEW")
    stays, moves = site.add_issues(old, 2)
    moved = site.move_issue(moves, new)

    found = await read(built_once, [moves.key, stays.key, moved.key])

    assert found == [moved.key, stays.key, moved.key]


async def test_a_second_look_that_fails_is_told_of_what_it_looked_for_alone(
    built_once: Gateway, site: SiteBuilder
) -> None:
    issue = site.add_issue(site.add_project("TEST"))

    def fault(request: httpx.Request) -> httpx.Response | None:
        is_second = b'["OLD-9"]' in request.content
        return httpx.Response(403, json={"errorMessages": ["No."]}) if is_second else None

    built_once.transport.faults.append(fault)

    answer = await ask(built_once, ["OLD-9", issue.key])

    found = answer.body["data"]["connection"]["issuesByIdOrKey"]
    assert [each and each["key"] for each in found] == [None, issue.key]
    assert answer.codes == ["FORBIDDEN"]


async def test_none_are_none(gateway_once: Gateway) -> None:
    assert await read(gateway_once, []) == []
    assert gateway_once.calls() == []


async def test_what_has_another_form_is_refused_before_any_call(gateway_once: Gateway) -> None:
    for asked in (["TEST-1", "test-1"], ["TEST-1", ""], ["TEST-1"] * 1_001, ["../myself"]):
        answer = await ask(gateway_once, asked)

        assert answer.codes == ["BAD_USER_INPUT"], asked[-1]
    assert gateway_once.calls() == []


async def test_a_hundred_that_fail_take_no_others_away(
    built_once: Gateway, site: SiteBuilder
) -> None:
    keys = [each.key for each in site.add_issues(site.add_project("TEST"), 150)]

    def fault(request: httpx.Request) -> httpx.Response | None:
        is_second = b'"TEST-150"' in request.content
        return httpx.Response(403, json={"errorMessages": ["No."]}) if is_second else None

    built_once.transport.faults.append(fault)

    answer = await ask(built_once, keys)

    found = answer.body["data"]["connection"]["issuesByIdOrKey"]
    assert [each and each["key"] for each in found] == [*keys[:100], *[None] * 50]
    assert answer.codes == ["FORBIDDEN"] * 50
    assert answer.body["errors"][0]["path"] == ["connection", "issuesByIdOrKey", 100]
