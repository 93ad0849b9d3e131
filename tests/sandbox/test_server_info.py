from tests.sandbox.visitors import a_guest


async def test_the_server_says_that_it_is_cloud() -> None:
    guest = await a_guest()

    answer = await guest.read("/rest/api/3/serverInfo")

    assert answer["deploymentType"] == "Cloud"
    assert answer["serverTime"] == "2026-06-01T12:00:00.000+0000"
    assert answer["serverTimeZone"] == "Etc/UTC"
    assert answer["baseUrl"] == "https://acme.atlassian.example"


async def test_no_scope_is_needed_to_ask() -> None:
    guest = await a_guest(scopes="offline_access")

    assert (await guest.get("/rest/api/3/serverInfo")).status_code == 200
