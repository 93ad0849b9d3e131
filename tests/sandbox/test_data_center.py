import httpx
import pytest

from sandbox.state import Settings
from tests.sandbox.visitors import a_visitor

KNOWN = Settings()
MYSELF = "/jira/rest/api/2/myself"
SERVER_INFO = "/jira/rest/api/2/serverInfo"
BEARER = {"Authorization": f"Bearer {KNOWN.personal_access_token}"}


async def test_a_personal_access_token_signs_in() -> None:
    answer = await a_visitor().http.get(MYSELF, headers=BEARER)

    assert answer.status_code == 200
    person = answer.json()
    assert (person["name"], person["emailAddress"]) == (
        "sandbox.person",
        "sandbox.person@example.com",
    )
    assert "accountId" not in person


async def test_a_name_and_a_password_sign_in() -> None:
    answer = await a_visitor().http.get(MYSELF, auth=(KNOWN.username, KNOWN.password))

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer another"},
        {"Authorization": f"Basic {KNOWN.personal_access_token}"},
        {"Authorization": f"bearer{KNOWN.personal_access_token}"},
    ],
    ids=["none", "another token", "a token as a password", "no scheme"],
)
async def test_nobody_else_does(headers: dict[str, str]) -> None:
    assert (await a_visitor().http.get(MYSELF, headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("name", "password"),
    [
        (KNOWN.username, "wrong"),
        ("sandbox.person@example.com", KNOWN.password),
        (KNOWN.username, KNOWN.personal_access_token),
        ("sandbox.person@example.com", KNOWN.api_token),
    ],
    ids=["a wrong password", "an address", "an access token", "an API token"],
)
async def test_no_other_pair_signs_in(name: str, password: str) -> None:
    assert (await a_visitor().http.get(MYSELF, auth=(name, password))).status_code == 401


async def test_a_header_that_is_no_ascii_is_a_401() -> None:
    answer = await a_visitor().http.get(MYSELF, headers={b"Authorization": b"Bearer \xe9"})

    assert answer.status_code == 401


async def test_cloud_does_not_take_what_data_center_takes() -> None:
    visitor = a_visitor()

    on_site = await visitor.http.get("/sites/acme/rest/api/3/myself", headers=BEARER)

    assert on_site.status_code == 401


async def test_anybody_is_told_what_the_server_is() -> None:
    told = (await a_visitor().http.get(SERVER_INFO)).json()

    assert told["deploymentType"] == "Server"
    assert told["serverTitle"] == "Sandbox Data Center"
    assert told["baseUrl"] == "http://sandbox.test:8001/jira"


async def test_nothing_else_answers_there() -> None:
    answer: httpx.Response = await a_visitor().http.get("/jira/rest/api/2/field", headers=BEARER)

    assert answer.status_code == 404


async def test_calls_are_recorded_with_their_whole_path_and_struck_by_faults() -> None:
    visitor = a_visitor()
    ordered = await visitor.http.post("/__sandbox__/faults", json={"path": MYSELF, "status": 503})

    struck = await visitor.http.get(MYSELF, headers=BEARER)

    calls = (await visitor.http.get("/__sandbox__/calls")).json()["calls"]
    assert ordered.is_success
    assert struck.status_code == 503
    assert [(call["path"], call["grant"], call["cloudId"]) for call in calls] == [
        (MYSELF, None, None)
    ]
