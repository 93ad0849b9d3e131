from tests.support.gateway import Gateway, count_calls

OTHER = "33333333-cccc-4ccc-8ccc-333333333333"


async def connect_two(gateway: Gateway) -> None:
    """Beside `acme`, another external id at another site, under a grant of its own."""
    await gateway.connect("globex", cloud_id=OTHER)
    gateway.forget_calls()


async def test_each_connection_of_one_operation_is_asked_under_its_own_grant(
    gateway: Gateway,
) -> None:
    await connect_two(gateway)

    await gateway.ask(
        'query { a: connection(externalId: "acme") { myself { accountId } }'
        ' b: connection(externalId: "globex") { myself { accountId } } }'
    )

    asked = {(call.cloud_id, call.grant) for call in gateway.sandbox.calls.calls}
    assert len({grant for _, grant in asked}) == len(asked) == 2


async def test_each_connection_has_a_cached_list_of_fields_of_its_own(gateway: Gateway) -> None:
    await connect_two(gateway)
    fields = "issues(first: 1) { nodes { customFields { __typename } } }"

    for external_id in ("acme", "globex", "acme", "globex"):
        await gateway.ask_connection(fields, external_id)

    assert count_calls(gateway)["GET /rest/api/3/field"] == 2
