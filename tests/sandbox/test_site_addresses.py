import pytest

from sandbox.builders import WorldBuilder
from sandbox.site_addresses import build_site_path, relocate_links
from sandbox.state import Settings
from sandbox.world import Site
from tests.sandbox.visitors import Visitor, a_site, a_visitor

PERSON = ("sandbox.person@example.com", Settings().api_token)


async def read(visitor: Visitor, path: str) -> tuple[int, object]:
    answer = await visitor.http.get(path, auth=PERSON)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://acme.atlassian.example", "/sites/acme"),
        ("https://acme-archive.atlassian.net", "/sites/acme-archive"),
        ("https://jira.acme.example", "/sites/jira-acme-example"),
        ("https://acme.example:8443/jira", "/sites/acme-example"),
    ],
)
def test_a_sites_path_is_made_of_its_host_name(url: str, path: str) -> None:
    assert build_site_path(Site("id", "Acme", url)) == path


async def test_each_site_answers_below_its_own_path() -> None:
    builder = WorldBuilder()
    acme, globex = builder.add_site("Acme"), builder.add_site("Globex")
    acme.add_project("A")
    globex.add_project("G")
    visitor = a_visitor(builder.world)

    keys = []
    for name in ("acme", "globex"):
        answer = await visitor.http.get(f"/sites/{name}/rest/api/3/project/search", auth=PERSON)
        keys.append([project["key"] for project in answer.json()["values"]])

    assert keys == [["A"], ["G"]]


async def test_links_lead_back_to_the_address_that_was_asked() -> None:
    builder, site = a_site()
    for number in range(3):
        site.add_project(f"P{number}")
    visitor = a_visitor(builder.world)

    path = "/sites/acme/rest/api/3/project/search?maxResults=2"
    first = (await visitor.http.get(path, auth=PERSON)).json()
    second = (await visitor.http.get(first["nextPage"], auth=PERSON)).json()
    project = (await visitor.http.get(second["values"][0]["self"], auth=PERSON)).json()

    assert first["self"].startswith("http://sandbox.test:8001/sites/acme/rest/api/3/")
    assert project["key"] == "P2"
    assert project["lead"]["self"].startswith("http://sandbox.test:8001/sites/acme/rest/api/3/")


async def test_the_server_gives_the_address_that_was_asked_as_its_own() -> None:
    _, info = await read(a_visitor(), "/sites/acme/rest/api/3/serverInfo")

    assert isinstance(info, dict)
    assert info["baseUrl"] == "http://sandbox.test:8001/sites/acme"


def test_only_links_to_the_site_are_relocated() -> None:
    site = Site("id", "Acme", "https://acme.atlassian.example")
    text = "https://acme.atlassian.example/rest/api/3/issue/1"
    answer = {
        "self": text,
        "baseUrl": site.url,
        "summary": text,
        "content": [{"type": "text", "text": text, "content": text}],
        "issues": [{"self": "https://acme.atlassian.example.evil.example/rest", "total": 1}],
    }

    moved = relocate_links(answer, site, "http://sandbox/sites/acme")

    assert moved == {
        "self": "http://sandbox/sites/acme/rest/api/3/issue/1",
        "baseUrl": "http://sandbox/sites/acme",
        "summary": text,
        "content": [
            {
                "type": "text",
                "text": text,
                "content": "http://sandbox/sites/acme/rest/api/3/issue/1",
            }
        ],
        "issues": [{"self": "https://acme.atlassian.example.evil.example/rest", "total": 1}],
    }
    assert answer["self"] == text


async def test_anybody_is_told_the_cloud_id_of_a_site() -> None:
    builder, site = a_site()
    docs = builder.add_confluence_site("Docs")
    visitor = a_visitor(builder.world)

    answers = [
        (await visitor.http.get(f"/sites/{name}/_edge/tenant_info")).json()
        for name in ("acme", "docs")
    ]

    assert answers == [{"cloudId": site.data.site.cloud_id}, {"cloudId": docs.cloud_id}]


@pytest.mark.parametrize(
    "path",
    [
        "/sites/nowhere/_edge/tenant_info",
        "/sites/nowhere/rest/api/3/project/TEST",
        "/sites/docs/rest/api/3/project/TEST",
        "/sites/acme/rest/api/3/nowhere",
        "/sites/acme/rest/api/2/myself",
        "/sites/acme/rest/api/3/myself/",
    ],
)
async def test_what_is_not_there_is_a_404(path: str) -> None:
    builder, site = a_site()
    site.add_project("TEST")
    builder.add_confluence_site("Docs")

    status, body = await read(a_visitor(builder.world), path)

    assert status == 404
    assert isinstance(body, dict)
    assert body.keys() == {"errorMessages", "errors"}


@pytest.mark.parametrize(
    ("path", "status"), [("/rest/api/3/serverInfo", 200), ("/rest/api/3/myself", 401)]
)
async def test_only_what_needs_no_scope_is_open_to_nobody_known(path: str, status: int) -> None:
    answer = await a_visitor().http.get(f"/sites/acme{path}")

    assert answer.status_code == status
