import re

import pytest

from tests.sandbox.visitors import CALLBACK, SCOPES, a_site, a_visitor, build_request, read_location


async def test_the_page_names_the_app_the_scopes_and_every_site() -> None:
    builder, _ = a_site()
    builder.add_site("Acme", url="https://twin.example")
    docs = builder.add_confluence_site("Docs")
    visitor = a_visitor(builder.world)

    page = (await visitor.http.get("/authorize", params=build_request())).text

    assert "Sandbox app" in page
    assert all(f"<code>{scope}</code>" in page for scope in SCOPES.split())
    assert page.count('type="radio"') == 3
    assert "https://twin.example" in page
    assert docs.cloud_id in page


async def test_the_first_jira_site_is_chosen_beforehand() -> None:
    builder, _ = a_site()
    docs = builder.add_confluence_site("Docs")
    builder.world.sites = dict(reversed(builder.world.sites.items()))
    visitor = a_visitor(builder.world)

    page = (await visitor.http.get("/authorize", params=build_request())).text

    checked = re.findall(r'value="([^"]+)" required checked', page)
    assert len(checked) == 1
    assert checked[0] != docs.cloud_id


async def test_every_parameter_travels_as_a_hidden_input() -> None:
    page = (await a_visitor().http.get("/authorize", params=build_request())).text

    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert hidden == build_request()


async def test_what_the_request_says_cannot_become_markup() -> None:
    request = build_request(scopes="<script>alert(1)</script>") | {"state": '"><b>'}

    page = (await a_visitor().http.get("/authorize", params=request)).text

    assert "<script>" not in page
    assert '"><b>' not in page


async def test_the_policy_lets_the_form_lead_to_the_app_and_forbids_scripts() -> None:
    response = await a_visitor().http.get("/authorize", params=build_request())

    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action http: https:;" in policy
    nonce = re.search(r"style-src 'nonce-([^']+)'", policy)
    assert nonce is not None
    assert f'<style nonce="{nonce[1]}">' in response.text


async def test_accepting_leads_back_with_a_code_and_the_state() -> None:
    builder, site = a_site()

    response = await a_visitor(builder.world).decide(site.data.site.cloud_id)

    assert response.headers["location"].startswith(f"{CALLBACK}?")
    back = read_location(response)
    assert back["state"] == "state-1"
    assert back["code"]


async def test_declining_leads_back_with_access_denied() -> None:
    builder, site = a_site()

    response = await a_visitor(builder.world).decide(site.data.site.cloud_id, decision="decline")

    assert read_location(response) == {
        "error": "access_denied",
        "error_description": "User did not authorize the request",
        "state": "state-1",
    }


async def test_the_query_of_the_redirect_uri_is_kept() -> None:
    builder, site = a_site()

    response = await a_visitor(builder.world).decide(
        site.data.site.cloud_id, redirect_uri="https://app.example/callback?tenant=7"
    )

    assert read_location(response)["tenant"] == "7"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "stranger"},
        {"redirect_uri": "http://app.example/callback"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "https://app.example;script-src *"},
        {"redirect_uri": ""},
        {"redirect_uri": "https://["},
        {"response_type": "token"},
        {"audience": "elsewhere"},
        {"decision": "perhaps"},
        {"site": "no-such-site"},
    ],
    ids=lambda changes: "=".join(next(iter(changes.items()))),
)
async def test_a_wrong_request_is_told_to_the_person_and_not_to_the_app(
    changes: dict[str, str],
) -> None:
    builder, site = a_site()
    form = {"site": site.data.site.cloud_id} | changes

    response = await a_visitor(builder.world).decide(**form)

    assert response.status_code == 400
    assert "Something is wrong" in response.text
    assert "location" not in response.headers


async def test_a_wrong_request_shows_no_form() -> None:
    request = build_request() | {"client_id": "stranger"}

    response = await a_visitor().http.get("/authorize", params=request)

    assert response.status_code == 400
    assert "<form" not in response.text


@pytest.mark.parametrize("host", ["localhost:9000", "[::1]:9000", "127.0.0.1"])
async def test_loopback_needs_no_tls(host: str) -> None:
    request = build_request() | {"redirect_uri": f"http://{host}/callback"}

    response = await a_visitor().http.get("/authorize", params=request)

    assert response.status_code == 200


async def test_a_request_without_state_comes_back_without_one() -> None:
    builder, site = a_site()
    visitor = a_visitor(builder.world)
    form = build_request() | {"site": site.data.site.cloud_id, "decision": "accept"}
    del form["state"]

    response = await visitor.http.post("/authorize", data=form)

    assert read_location(response).keys() == {"code"}
