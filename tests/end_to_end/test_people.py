"""People by name, by account, and those who can be assigned: Jira lists them by ranges alone."""

import httpx
import pytest

from sandbox.builders import SiteBuilder
from sandbox.world import User
from tests.support.gateway import Gateway, count_calls

SEARCH = "GET /rest/api/3/user/search"
ASSIGNABLE = "GET /rest/api/3/user/assignable/search"
PAGE = "nodes { accountId displayName } pageInfo { hasNextPage hasPreviousPage endCursor }"


def add_users(site: SiteBuilder, count: int) -> list[User]:
    return [site.add_user(f"User {number:04}") for number in range(count)]


async def read_names(gateway: Gateway, field: str, *, first: int, inside: str = "%s") -> list[str]:
    """Everybody that pages of a field tell, page after page."""
    names: list[str] = []
    after, has_next = "null", True
    while has_next:
        selection = f"found: {field}, first: {first}, after: {after}) {{ {PAGE} }}"
        answer = await gateway.ask_connection(inside % selection)
        page = (answer.get("project") or answer)["found"]
        assert page["pageInfo"]["hasPreviousPage"] is (after != "null")
        names += [node["displayName"] for node in page["nodes"]]
        after, has_next = f'"{page["pageInfo"]["endCursor"]}"', page["pageInfo"]["hasNextPage"]
        assert not has_next or len(page["nodes"]) == first
    return names


async def test_120_people_are_120_people_in_three_pages(
    built_once: Gateway, site: SiteBuilder
) -> None:
    users = add_users(site, 120)

    names = await read_names(built_once, 'users(query: "user"', first=50)

    assert names == [user.display_name for user in users]
    # The last range is short, so that it is followed by the rest of those whom Jira looks at.
    assert count_calls(built_once) == {SEARCH: 4}


async def test_people_who_cannot_be_assigned_leave_no_gap_in_the_pages(
    built_once: Gateway, site: SiteBuilder
) -> None:
    project, users = site.add_project("TEST"), add_users(site, 60)
    refused = [*users[:25], *users[26:30], users[45]]
    site.make_unassignable(project, *refused)

    names = await read_names(
        built_once,
        'assignableUsers(query: "user"',
        first=7,
        inside='project(idOrKey: "TEST") { %s }',
    )

    assert names == [user.display_name for user in users if user not in refused]


async def test_everybody_is_asked_for_where_no_name_is_given(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_project("TEST")
    add_users(site, 3)

    answer = await built_once.ask_connection(
        'project(idOrKey: "TEST") { assignableUsers { nodes { displayName } } '
        "again: assignableUsers { pageInfo { hasNextPage } } }"
    )

    assert len(answer["project"]["assignableUsers"]["nodes"]) == 4
    assert count_calls(built_once)[ASSIGNABLE] == 2


async def test_jira_finds_no_more_than_a_thousand_people(
    built_once: Gateway, site: SiteBuilder
) -> None:
    users = add_users(site, 1_010)

    names = await read_names(built_once, 'users(query: "user"', first=100)

    assert names == [user.display_name for user in users[:1_000]]
    assert count_calls(built_once) == {SEARCH: 10}


async def test_ranges_that_jira_cuts_short_lose_nobody(built_once: Gateway) -> None:
    people = [{"accountId": f"a{number}", "displayName": f"U{number}"} for number in range(120)]

    def cut(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/user/search"):
            return None
        start, size = (int(request.url.params[name]) for name in ("startAt", "maxResults"))
        return httpx.Response(200, json=people[start : start + min(size, 30)])

    built_once.transport.faults.append(cut)

    names = await read_names(built_once, 'users(query: "u"', first=50)

    assert names == [person["displayName"] for person in people]


async def test_a_list_that_repeats_itself_ends(built_once: Gateway) -> None:
    asked = 0

    def repeat(request: httpx.Request) -> httpx.Response | None:
        nonlocal asked
        if not request.url.path.endswith("/user/search"):
            return None
        asked += 1
        return httpx.Response(200, json=[{"accountId": "a", "displayName": "Ada"}])

    built_once.transport.faults.append(repeat)

    assert await read_names(built_once, 'users(query: "a"', first=50) == ["Ada"]
    assert asked < 5


async def test_a_name_that_nobody_bears_is_an_empty_page(built_once: Gateway) -> None:
    answer = await built_once.ask_connection(f'users(query: "nobody") {{ {PAGE} }}')

    assert answer["users"]["nodes"] == []
    assert answer["users"]["pageInfo"]["endCursor"] is None


async def test_people_by_account_share_one_call_and_strangers_are_null(
    built_once: Gateway, site: SiteBuilder
) -> None:
    ada, gone = site.add_user("Ada"), site.add_user("Gone", is_active=False)

    answer = await built_once.ask_connection(
        f'ada: user(accountId: "{ada.account_id}") {{ id displayName isActive }} '
        f'gone: user(accountId: "{gone.account_id}") {{ displayName isActive }} '
        'nobody: user(accountId: "nobody") { displayName }'
    )
    again = await built_once.ask_connection(
        f'user(accountId: "{answer["ada"]["id"]}") {{ displayName }}'
    )

    assert answer["gone"] == {"displayName": "Gone", "isActive": False}
    assert answer["nobody"] is None
    assert again["user"] == {"displayName": "Ada"}
    assert count_calls(built_once) == {"GET /rest/api/3/user/bulk": 2}


@pytest.mark.parametrize(
    "selection",
    [
        'users(query: "") { nodes { id } }',
        'users(query: "  ") { nodes { id } }',
        'users(query: "a\\u0000b") { nodes { id } }',
        f'users(query: "{"a" * 256}") {{ nodes {{ id }} }}',
        'users(query: "a", first: 0) { nodes { id } }',
        'users(query: "a", first: 101) { nodes { id } }',
        'users(query: "a", after: "abc") { nodes { id } }',
        'user(accountId: "") { id }',
        'user(accountId: "a b") { id }',
        'user(accountId: "../myself") { id }',
        'project(idOrKey: "TEST") { assignableUsers(query: " ") { nodes { id } } }',
        'project(idOrKey: "TEST") { assignableUsers(first: 101) { nodes { id } } }',
    ],
)
async def test_what_is_malformed_is_refused_without_a_call(
    built_once: Gateway, selection: str
) -> None:
    answer = await built_once.ask(f'{{ connection(externalId: "acme") {{ {selection} }} }}')

    assert answer.codes == ["BAD_USER_INPUT"]
    assert built_once.calls() == []


async def test_the_global_id_of_something_else_names_no_person(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_project("TEST")
    found = await built_once.ask_connection('project(idOrKey: "TEST") { id }')

    answer = await built_once.ask(
        f'{{ connection(externalId: "acme") {{ user(accountId: "{found["project"]["id"]}") '
        "{ id } } }"
    )

    assert answer.codes == ["BAD_USER_INPUT"]


async def test_a_cursor_of_one_name_is_none_of_another(
    built_once: Gateway, site: SiteBuilder
) -> None:
    add_users(site, 3)
    found = await built_once.ask_connection(f'users(query: "user", first: 1) {{ {PAGE} }}')
    cursor = found["users"]["pageInfo"]["endCursor"]

    answer = await built_once.ask(
        f'{{ connection(externalId: "acme") {{ users(query: "use", after: "{cursor}") '
        "{ nodes { id } } } }"
    )

    assert answer.codes == ["BAD_USER_INPUT"]
