"""Permissions are asked for by the thousand."""

import asyncio

from resolvers.calls import OperationCalls
from resolvers.permission_loader import PermissionKey, Place, permission_loader
from tests.jira_api.builders import a_jira, says

NONE: dict[str, list[str]] = {"globalPermissions": [], "projectPermissions": []}


async def test_a_thousand_issues_are_one_call_and_one_more_is_another() -> None:
    jira = a_jira(says(200, NONE), says(200, NONE))
    session = jira.session
    loader = permission_loader(lambda _: session, OperationCalls())
    keys = [PermissionKey("acme", Place.ISSUE, str(number)) for number in range(1, 1_002)]

    held = await asyncio.gather(*map(loader.load, keys))

    assert set(held) == {frozenset()}
    sizes = [len(body["projectPermissions"][0]["issues"]) for body in jira.bodies]
    assert sorted(sizes) == [1, 1_000]


async def test_an_id_that_is_no_number_fails_for_itself_and_its_batch_without_a_call() -> None:
    jira = a_jira()
    session = jira.session
    loader = permission_loader(lambda _: session, OperationCalls())
    keys = [PermissionKey("acme", Place.PROJECT, number) for number in ("1", "x")]

    held = await asyncio.gather(*map(loader.load, keys), return_exceptions=True)

    assert [type(each).__name__ for each in held] == ["InvalidResponseError"] * 2
    assert jira.requests == []
