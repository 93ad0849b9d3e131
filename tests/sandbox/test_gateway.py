import pytest

from tests.sandbox.visitors import Guest, a_guest, a_site, a_visitor

MISMATCH = {"code": 401, "message": "Unauthorized; scope does not match"}


@pytest.mark.parametrize(
    "path",
    [
        "/rest/api/3/nowhere",
        "/rest/api/2/myself",
        "/rest/api/3/myself/",
        "//rest/api/3/myself",
        "/rest/api/3//myself",
        "/rest/agile/1.0/board/1/unknown",
    ],
)
async def test_a_wrong_route_answers_like_a_missing_scope(path: str) -> None:
    guest = await a_guest()

    response = await guest.get(path)

    assert (response.status_code, response.json()) == (401, MISMATCH)


async def test_a_wrong_method_answers_like_a_missing_scope() -> None:
    guest = await a_guest()

    response = await guest.post("/rest/api/3/myself", {})

    assert response.json() == MISMATCH


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        ("read:jira-user", 200),
        (
            "read:application-role:jira read:group:jira read:user:jira read:avatar:jira",
            200,
        ),
        ("read:application-role:jira read:group:jira read:user:jira", 401),
        ("read:jira-work", 401),
    ],
    ids=["classic", "all granular", "one granular missing", "another classic"],
)
async def test_a_route_opens_to_its_classic_scope_or_all_granular_ones(
    scopes: str, status: int
) -> None:
    guest = await a_guest(scopes=scopes)

    response = await guest.get("/rest/api/3/myself")

    assert response.status_code == status


async def test_classic_scopes_open_no_boards() -> None:
    guest = await a_guest(scopes="read:jira-work read:jira-user write:jira-work")

    assert (await guest.get("/rest/agile/1.0/board")).json() == MISMATCH


async def test_a_site_nobody_opened_answers_like_a_missing_scope() -> None:
    builder, site = a_site()
    other = builder.add_site("Other")
    docs = builder.add_confluence_site("Docs")
    visitor = a_visitor(builder.world)
    await visitor.enter(site.data.site.cloud_id)

    for cloud_id in (other.data.site.cloud_id, docs.cloud_id, "nonsense"):
        response = await visitor.get(f"/ex/jira/{cloud_id}/rest/api/3/myself")
        assert response.json() == MISMATCH


async def test_without_a_token_even_a_wrong_route_is_plainly_unauthorized() -> None:
    guest = await a_guest()
    stranger = Guest(a_visitor(), guest.site)

    response = await stranger.get("/rest/api/3/nowhere")

    assert response.json() == {"code": 401, "message": "Unauthorized"}


async def test_links_name_the_site_and_avatars_the_sandbox() -> None:
    guest = await a_guest()

    person = await guest.read("/rest/api/3/myself")

    assert person["self"].startswith("https://acme.atlassian.example/rest/api/3/user?accountId=")
    assert person["avatarUrls"]["48x48"].startswith("http://sandbox.test:8001/avatars/user/")


async def test_a_body_that_is_no_json_is_a_400() -> None:
    guest = await a_guest()
    visitor = guest.visitor
    url = f"/ex/jira/{guest.site.data.site.cloud_id}/rest/api/3/search/jql"

    broken = await visitor.http.post(url, content=b"{", headers=visitor.headers)
    listed = await guest.post("/rest/api/3/search/jql", [])

    assert (broken.status_code, listed.status_code) == (400, 400)
    assert broken.json().keys() == {"errorMessages", "errors"}
