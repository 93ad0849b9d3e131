import base64
import json

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.application import create_application
from sandbox.callers import name_caller
from sandbox.state import Settings
from sandbox.world import World
from tests.sandbox.visitors import Guest, Visitor, a_guest, a_site, a_visitor

EMAIL = "sandbox.person@example.com"
CLASSIC = Settings().api_token
SCOPED = Settings().scoped_api_token
STRANGER = {
    "errorMessages": ["Client must be authenticated to access this resource."],
    "errors": {},
}


async def ask(visitor: Visitor, path: str, token: str, *, email: str = EMAIL) -> httpx.Response:
    return await visitor.http.get(path, auth=(email, token))


def at_gateway(guest: Guest, path: str) -> str:
    return f"/ex/jira/{guest.site.data.site.cloud_id}{path}"


async def test_a_scoped_token_opens_the_gateway() -> None:
    guest = await a_guest()

    answer = await ask(guest.visitor, at_gateway(guest, "/rest/api/3/myself"), SCOPED)

    assert answer.status_code == 200
    assert answer.json()["emailAddress"] == EMAIL
    assert answer.json()["self"].startswith("https://acme.atlassian.example/rest/api/3/user?")


async def test_a_scoped_token_opens_every_site_with_jira_and_no_other() -> None:
    builder, site = a_site()
    docs = builder.add_confluence_site("Docs")
    visitor = a_visitor(builder.world)

    opened = await ask(visitor, f"/ex/jira/{site.data.site.cloud_id}/rest/api/3/myself", SCOPED)
    closed = await ask(visitor, f"/ex/jira/{docs.cloud_id}/rest/api/3/myself", SCOPED)

    assert (opened.status_code, closed.status_code) == (200, 401)


async def test_a_scoped_token_bears_the_classic_scopes_and_so_opens_no_boards() -> None:
    guest = await a_guest()

    answer = await ask(guest.visitor, at_gateway(guest, "/rest/agile/1.0/board"), SCOPED)

    assert answer.status_code == 401
    assert answer.json() == {"code": 401, "message": "Unauthorized; scope does not match"}


@pytest.mark.parametrize("path", ["/rest/api/3/myself", "/rest/agile/1.0/board"])
async def test_a_classic_token_opens_everything_at_the_sites_address(path: str) -> None:
    answer = await ask(a_visitor(), f"/sites/acme{path}", CLASSIC)

    assert answer.status_code == 200


async def test_a_classic_token_does_not_open_the_gateway() -> None:
    guest = await a_guest()

    answer = await ask(guest.visitor, at_gateway(guest, "/rest/api/3/myself"), CLASSIC)

    assert (answer.status_code, answer.json()) == (401, {"code": 401, "message": "Unauthorized"})


@pytest.mark.parametrize(
    ("email", "token"),
    [
        (EMAIL, SCOPED),
        (EMAIL, "wrong"),
        (EMAIL, ""),
        ("someone.else@example.com", CLASSIC),
        ("", CLASSIC),
    ],
    ids=["scoped", "wrong", "none", "of somebody else", "of nobody"],
)
async def test_any_other_token_is_refused_at_the_sites_address(email: str, token: str) -> None:
    answer = await ask(a_visitor(), "/sites/acme/rest/api/3/serverInfo", token, email=email)

    assert (answer.status_code, answer.json()) == (401, STRANGER)


async def test_an_oauth_token_is_refused_at_the_sites_address() -> None:
    guest = await a_guest()

    answer = await guest.visitor.get("/sites/acme/rest/api/3/myself")

    assert (answer.status_code, answer.json()) == (401, STRANGER)


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic %%%",
        "Basic " + base64.b64encode(b"\xff\xfe").decode(),
        "Basic " + base64.b64encode(CLASSIC.encode()).decode(),
        "Basic " + base64.b64encode(f"{EMAIL}:{CLASSIC}\n".encode()).decode(),
        f"Digest {base64.b64encode(f'{EMAIL}:{CLASSIC}'.encode()).decode()}",
    ],
    ids=["bare", "no base64", "no text", "no e-mail", "a line end", "another scheme"],
)
async def test_a_malformed_header_is_refused(authorization: str) -> None:
    guest = await a_guest()
    headers = {"Authorization": authorization}

    on_site = await guest.visitor.http.get("/sites/acme/rest/api/3/myself", headers=headers)
    path = at_gateway(guest, "/rest/api/3/myself")
    through_gateway = await guest.visitor.http.get(path, headers=headers)

    assert (on_site.status_code, through_gateway.status_code) == (401, 401)


@pytest.mark.parametrize("scheme", ["basic", "BASIC"])
async def test_the_scheme_may_be_spelt_in_any_case(scheme: str) -> None:
    credentials = base64.b64encode(f"{EMAIL}:{CLASSIC}".encode()).decode()

    answer = await a_visitor().http.get(
        "/sites/acme/rest/api/3/myself", headers={"Authorization": f"{scheme} {credentials}"}
    )

    assert answer.status_code == 200


async def test_recorded_calls_name_the_kind_of_token_and_never_the_token() -> None:
    guest = await a_guest()
    visitor = guest.visitor
    await ask(visitor, at_gateway(guest, "/rest/api/3/myself"), SCOPED)
    await ask(visitor, "/sites/acme/rest/api/3/myself", CLASSIC)
    await ask(visitor, "/sites/acme/rest/api/3/myself", "wrong")

    log = (await visitor.http.get("/__sandbox__/calls")).text

    calls = [call for call in json.loads(log)["calls"] if call["cloudId"]]
    assert [(call["path"], call["grant"], call["status"]) for call in calls] == [
        ("/rest/api/3/myself", "scoped-api-token", 200),
        ("/rest/api/3/myself", "api-token", 200),
        ("/rest/api/3/myself", None, 401),
    ]
    assert {call["cloudId"] for call in calls} == {guest.site.data.site.cloud_id}
    assert SCOPED not in log
    assert CLASSIC not in log
    assert "Basic" not in log


@given(st.sampled_from(["", "Basic ", "basic", "Bearer ", "Digest "]), st.binary())
@example("Basic ", b"\xe9")
@example("Basic ", b"====")
def test_no_header_of_a_stranger_is_an_error(scheme: str, rest: bytes) -> None:
    sandbox = create_application(World()).state.sandbox

    assert name_caller(sandbox, scheme + rest.decode("latin-1")) is None


@pytest.mark.parametrize("address", ["/ex/jira/{0}", "/sites/acme"], ids=["gateway", "site"])
async def test_a_header_that_is_no_ascii_is_a_401(address: str) -> None:
    guest = await a_guest()
    path = address.format(guest.site.data.site.cloud_id)

    answer = await guest.visitor.http.get(
        f"{path}/rest/api/3/myself", headers={b"Authorization": b"Basic \xe9"}
    )

    assert answer.status_code == 401
