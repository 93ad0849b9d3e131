"""One failing part takes nothing beside it away, and asks for nothing twice."""

from datetime import timedelta

import httpx
import pytest

from sandbox.builders import SiteBuilder
from tests.support.gateway import Backend, Gateway, count_calls, open_gateway

EIGHT = " ".join(f"p{n}: projects(first: {n}) {{ totalCount }}" for n in range(1, 9))


async def test_a_failing_refresh_is_made_once_for_all_fields(backend: Backend) -> None:
    async with open_gateway(**backend) as gateway:
        await gateway.connect()
        gateway.clock.advance(hours=2)
        asked = 0

        def fault(request: httpx.Request) -> httpx.Response | None:
            nonlocal asked
            if not request.url.path.endswith("/oauth/token"):
                return None
            asked += 1
            return httpx.Response(429, headers={"Retry-After": "60"})

        gateway.transport.faults.append(fault)

        answer = await gateway.ask(f'{{ connection(externalId: "acme") {{ {EIGHT} }} }}')

        assert answer.codes == ["RATE_LIMITED"] * 8
        assert asked == 1


async def test_fields_that_cannot_be_read_leave_the_issue_well(
    built: Gateway, site: SiteBuilder
) -> None:
    site.add_issue(site.add_project("TEST"), summary="Here")
    built.answer_instead("/rest/api/3/field", 403, json={"errorMessages": ["No."], "errors": {}})

    answer = await built.ask(
        '{ connection(externalId: "acme") { issues { nodes { summary customFields { __typename } '
        'customField(idOrName: "Customer") { __typename } } } } }'
    )

    assert answer.codes == ["FORBIDDEN", "FORBIDDEN"]
    assert answer.body["data"]["connection"]["issues"]["nodes"] == [
        {"summary": "Here", "customFields": None, "customField": None}
    ]


@pytest.mark.parametrize("name", ["", "Severity"])
async def test_a_name_that_cannot_be_resolved_leaves_the_issue_well(
    built: Gateway, site: SiteBuilder, name: str
) -> None:
    site.add_issue(site.add_project("TEST"), summary="Here")

    answer = await built.ask(
        f'{{ connection(externalId: "acme") {{ issues {{ nodes {{ summary '
        f'customField(idOrName: "{name}") {{ __typename }} }} }} }} }}'
    )

    assert answer.codes == ["BAD_USER_INPUT"]
    nodes = answer.body["data"]["connection"]["issues"]["nodes"]
    assert nodes == [{"summary": "Here", "customField": None}]


async def test_a_cached_list_of_another_shape_is_read_anew(
    built: Gateway, site: SiteBuilder
) -> None:
    await built.ask_connection("fields { fieldId }")
    record = await built.services.database.fetch_one("SELECT id, generation FROM connection")
    assert record is not None
    key = f"fields:v1:{record['id']}:{record['generation']}"
    kept = await built.services.cache.get(key)
    assert kept is not None
    for odd in (kept.replace(b'"name"', b'"title"'), b"[1]", b"{", b"\xff"):
        await built.services.cache.set(key, odd, ttl=timedelta(minutes=1))

        found = await built.ask_connection("fields { fieldId }")

        assert found["fields"]


async def test_the_same_thing_asked_many_times_is_one_call(
    built: Gateway, site: SiteBuilder
) -> None:
    site.add_issue(site.add_project("TEST"))
    page = await built.ask_connection("issues { nodes { status { id } } }")
    status_id = page["issues"]["nodes"][0]["status"]["id"]
    built.forget_calls()
    counts = " ".join(f"c{n}: issues(first: 1) {{ approximateCount }}" for n in range(20))

    await built.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [status_id] * 100})
    await built.ask_connection(counts)

    assert count_calls(built) == {
        "GET /rest/api/3/status": 1,
        "POST /rest/api/3/search/jql": 1,
        "POST /rest/api/3/search/approximate-count": 1,
    }


async def test_very_many_fields_do_not_make_an_endless_address(
    built: Gateway, site: SiteBuilder
) -> None:
    project = site.add_project("TEST")
    sprint = site.add_sprint(site.add_board(project, kind="scrum"), state="active")
    issue = site.add_issue(project, sprints=[sprint])
    listed = [
        {"id": f"customfield_{n}", "name": f"Field {n}", "custom": True, "schema": {"type": "any"}}
        for n in range(20_000, 20_800)
    ]
    built.answer_instead("/rest/api/3/field", 200, json=listed)

    answer = await built.ask_connection(
        f'issue(idOrKey: "{issue.key}") {{ key customFields {{ __typename }} }} '
        f'sprint(sprintId: "{sprint.id}") {{ issues {{ nodes {{ key '
        "customFields { __typename } } } }"
    )

    assert answer["issue"]["key"] == answer["sprint"]["issues"]["nodes"][0]["key"] == issue.key
    assert "POST /rest/api/3/issue/bulkfetch" in built.calls()
    assert "POST /rest/api/3/search/jql" in built.calls()


async def test_moved_issues_are_found_again_side_by_side(built: Gateway, site: SiteBuilder) -> None:
    old, new = site.add_project("OLD"), site.add_project("NEW")
    issues = site.add_issues(old, 3)
    moved = site.move_issue(issues[0], new)
    fields = " ".join(f'i{n}: issue(idOrKey: "{i.key}") {{ key }}' for n, i in enumerate(issues))

    answer = await built.ask_connection(fields)

    assert [answer[f"i{n}"]["key"] for n in range(3)] == [moved.key, issues[1].key, issues[2].key]


async def test_a_document_too_long_to_read_is_refused(gateway: Gateway) -> None:
    answer = await gateway.ask("{ " + "__typename " * 3_000 + "}")

    assert answer.status == 400
    assert answer.codes == ["QUERY_TOO_COMPLEX"]


@pytest.mark.parametrize(
    ("connection", "project", "path"),
    [
        ('{ externalId: "nobody" }', '{ id: "1" }', ["input", "connection"]),
        ('{ externalId: "" }', '{ id: "1" }', ["input", "connection", "externalId"]),
        ('{ id: "x" }', '{ id: "1" }', ["input", "connection", "id"]),
        ('{ externalId: "acme" }', '{ id: "x" }', ["input", "project", "id"]),
        ('{ externalId: "acme" }', '{ key: "x" }', ["input", "project", "key"]),
        ('{ externalId: "acme" }', '{ key: "ZZZ" }', ["input", "project", "key"]),
    ],
)
async def test_a_payloads_error_names_the_input_at_fault(
    gateway: Gateway, connection: str, project: str, path: list[str]
) -> None:
    answer = await gateway.ask(
        f"mutation {{ selectProject(input: {{ connection: {connection}, project: {project} }}) "
        "{ errors { path } } }"
    )

    assert answer.data["selectProject"]["errors"] == [{"path": path}]
