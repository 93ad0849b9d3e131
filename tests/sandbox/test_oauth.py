import pytest

from tests.sandbox.visitors import SCOPES, Visitor, a_site, a_visitor

UNKNOWN_REFRESH = {
    "error": "invalid_grant",
    "error_description": "Unknown or invalid refresh token.",
}


async def enter(*, scopes: str = SCOPES) -> tuple[Visitor, str]:
    builder, site = a_site()
    builder.add_confluence_site("Docs")
    visitor = a_visitor(builder.world)
    await visitor.enter(site.data.site.cloud_id, scopes=scopes)
    return visitor, site.data.site.cloud_id


async def is_admitted(visitor: Visitor, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    response = await visitor.http.get("/oauth/token/accessible-resources", headers=headers)
    return response.status_code == 200


async def test_a_code_gives_tokens_of_an_hour() -> None:
    visitor, _ = await enter()

    assert visitor.tokens["expires_in"] == 3600
    assert visitor.tokens["token_type"] == "Bearer"
    assert visitor.tokens["scope"] == SCOPES
    assert visitor.tokens["refresh_token"] != visitor.tokens["access_token"]


async def test_without_offline_access_there_is_no_refresh_token() -> None:
    visitor, _ = await enter(scopes="read:jira-work")

    assert "refresh_token" not in visitor.tokens


async def test_a_code_works_once() -> None:
    builder, site = a_site()
    visitor = a_visitor(builder.world)
    code = await visitor.consent(site.data.site.cloud_id)
    await visitor.exchange(code)

    again = await visitor.exchange(code)

    assert (again.status_code, again.json()["error"]) == (403, "invalid_grant")


@pytest.mark.parametrize(("minutes", "status"), [(4.9, 200), (5, 403)], ids=["young", "old"])
async def test_a_code_lives_five_minutes(minutes: float, status: int) -> None:
    builder, site = a_site()
    visitor = a_visitor(builder.world)
    code = await visitor.consent(site.data.site.cloud_id)

    visitor.clock.advance(minutes=minutes)

    assert (await visitor.exchange(code)).status_code == status


async def test_the_redirect_uri_of_the_exchange_must_match() -> None:
    builder, site = a_site()
    visitor = a_visitor(builder.world)
    code = await visitor.consent(site.data.site.cloud_id)

    response = await visitor.ask_token(
        grant_type="authorization_code", code=code, redirect_uri="https://other.example/callback"
    )

    assert response.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "wrong"}, "access_denied"),
        ({"client_id": "wrong"}, "unauthorized_client"),
    ],
    ids=["secret", "id"],
)
async def test_wrong_client_credentials_are_told_from_a_dead_grant(
    changes: dict[str, str], error: str
) -> None:
    visitor, _ = await enter()

    response = await visitor.ask_token(
        grant_type="refresh_token", refresh_token=visitor.tokens["refresh_token"], **changes
    )

    assert (response.status_code, response.json()["error"]) == (401, error)
    assert (await visitor.refresh(visitor.tokens["refresh_token"])).status_code == 200


async def test_a_refresh_gives_a_new_refresh_token_that_works() -> None:
    visitor, _ = await enter()

    first = (await visitor.refresh(visitor.tokens["refresh_token"])).json()
    second = await visitor.refresh(first["refresh_token"])

    assert first["refresh_token"] != visitor.tokens["refresh_token"]
    assert second.status_code == 200


@pytest.mark.parametrize("minutes", [0, 10], ids=["at once", "at the limit"])
async def test_a_used_token_works_again_within_the_leeway_and_is_a_fork(minutes: float) -> None:
    visitor, _ = await enter()
    old = visitor.tokens["refresh_token"]
    first = (await visitor.refresh(old)).json()

    visitor.clock.advance(minutes=minutes)
    second = await visitor.refresh(old)

    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    grants = (await visitor.http.get("/__sandbox__/grants")).json()["grants"]
    assert [grant["forks"] for grant in grants] == [1]


async def test_reuse_outside_the_leeway_kills_the_whole_family() -> None:
    visitor, _ = await enter()
    old = visitor.tokens["refresh_token"]
    newer = (await visitor.refresh(old)).json()

    visitor.clock.advance(minutes=10.1)
    reused = await visitor.refresh(old)

    assert (reused.status_code, reused.json()) == (403, UNKNOWN_REFRESH)
    assert (await visitor.refresh(newer["refresh_token"])).json() == UNKNOWN_REFRESH
    assert not await is_admitted(visitor, newer["access_token"])


@pytest.mark.parametrize(("days", "status"), [(90, 200), (90.1, 403)], ids=["limit", "beyond"])
async def test_a_refresh_token_dies_of_ninety_idle_days(days: float, status: int) -> None:
    visitor, _ = await enter()

    visitor.clock.advance(days=days)

    assert (await visitor.refresh(visitor.tokens["refresh_token"])).status_code == status


async def test_an_access_token_lives_an_hour() -> None:
    visitor, _ = await enter()
    token = visitor.tokens["access_token"]

    visitor.clock.advance(minutes=59)
    assert await is_admitted(visitor, token)

    visitor.clock.advance(minutes=1)
    assert not await is_admitted(visitor, token)


async def test_an_unknown_refresh_token_is_an_invalid_grant() -> None:
    visitor, _ = await enter()

    response = await visitor.refresh("nonsense")

    assert (response.status_code, response.json()) == (403, UNKNOWN_REFRESH)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"not json", "invalid_request"),
        (b"[]", "invalid_request"),
        (
            b'{"client_id":"sandbox-client","client_secret":"sandbox-secret"}',
            "unsupported_grant_type",
        ),
    ],
    ids=["no json", "no object", "no grant type"],
)
async def test_a_token_request_that_makes_no_sense_is_a_400(body: bytes, error: str) -> None:
    visitor = a_visitor()

    response = await visitor.http.post("/oauth/token", content=body)

    assert (response.status_code, response.json()["error"]) == (400, error)


async def test_resources_are_all_sites_ever_opened_and_the_confluence_ones() -> None:
    builder, site = a_site()
    twin = builder.add_site("Acme", url="https://twin.example")
    builder.add_site("Never opened")
    docs = builder.add_confluence_site("Docs")
    visitor = a_visitor(builder.world)
    await visitor.enter(site.data.site.cloud_id, scopes="read:jira-work offline_access read:me")
    await visitor.enter(twin.data.site.cloud_id, scopes="read:jira-user")

    resources = (await visitor.get("/oauth/token/accessible-resources")).json()

    assert [(found["id"], found["scopes"]) for found in resources] == [
        (site.data.site.cloud_id, ["read:jira-work"]),
        (twin.data.site.cloud_id, ["read:jira-user"]),
        (docs.cloud_id, ["read:confluence-content.all", "read:confluence-space.summary"]),
    ]
    assert resources[0]["name"] == resources[1]["name"]
    assert resources[1]["url"] == "https://twin.example"


async def test_a_site_avatar_is_served_at_the_address_it_names() -> None:
    visitor, _ = await enter()
    resources = (await visitor.get("/oauth/token/accessible-resources")).json()

    picture = await visitor.http.get(resources[0]["avatarUrl"])

    assert picture.headers["content-type"].startswith("image/svg+xml")


async def test_me_needs_its_scope() -> None:
    visitor, cloud_id = await enter()
    known = await visitor.get("/me")
    await visitor.enter(cloud_id, scopes="read:jira-work")

    refused = await visitor.get("/me")

    assert known.json()["name"] == "Sandbox Person"
    assert refused.status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer nonsense", "Basic eDp5"])
async def test_a_bad_token_is_unauthorized(header: str) -> None:
    visitor = a_visitor()

    response = await visitor.http.get("/me", headers={"Authorization": header})

    assert (response.status_code, response.json()) == (
        401,
        {"code": 401, "message": "Unauthorized"},
    )


async def test_a_body_that_no_answer_could_show_is_refused() -> None:
    visitor = a_visitor()

    answer = await visitor.http.post("/oauth/token", content=b'{"grant_type": "\\ud800"}')

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
