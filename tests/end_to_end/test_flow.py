"""From a start link to a connection, over HTTP."""

from tests.support.gateway import Gateway


async def test_a_person_links_a_site(gateway: Gateway) -> None:
    connection = await gateway.ask_connection(
        "status externalId provider site { name url cloudId } id"
    )

    assert connection["status"] == "ACTIVE"
    assert connection["provider"] == "JIRA"
    assert connection["site"]["cloudId"] == gateway.sandbox_cloud_id
