"""Fields that share a name, change it, come and go, while their list is kept for ten minutes."""

from typing import Any

import pytest

from sandbox import catalogue
from sandbox.builders import SiteBuilder
from sandbox.field_builder import KINDS
from sandbox.world import Project
from tests.support.gateway import Answer, Gateway, count_calls

CUSTOMER = catalogue.CUSTOMER_FIELD
TEXT = ("string", f"{KINDS}textfield")
FIELDS = "GET /rest/api/3/field"
UPDATE = """
mutation Update($input: UpdateIssueInput!) {
  updateIssue(input: $input) { errors { code message path } }
}
"""


@pytest.fixture
def project(site: SiteBuilder) -> Project:
    """Two issues whose customers are known."""
    project = site.add_project("TEST")
    site.add_issue(project, custom={CUSTOMER: "Ada"})
    site.add_issue(project, custom={CUSTOMER: "Bob"})
    return project


async def ask(gateway: Gateway, name: str) -> Answer:
    return await gateway.ask(
        'query($name: String!) { connection(externalId: "acme") '
        "{ issues(orderBy: { field: KEY }) { nodes "
        "{ customField(idOrName: $name) { field { name } ... on TextFieldValue { text } } } } } }",
        {"name": name},
    )


async def read(gateway: Gateway, name: str) -> list[str | None]:
    """The text of the field on each issue."""
    nodes = (await ask(gateway, name)).data["connection"]["issues"]["nodes"]
    values = [each["customField"] for each in nodes]
    return [each and each["text"] for each in values]


async def find(gateway: Gateway, name: str, value: str) -> list[str]:
    """The keys of the issues whose field has a text."""
    answer = await gateway.ask(
        'query($filter: IssueFilter!) { connection(externalId: "acme") '
        "{ issues(filter: $filter, orderBy: { field: KEY }) { nodes { key } } } }",
        {"filter": {"customFields": [{"field": name, "equals": value}]}},
    )
    return [each["key"] for each in answer.data["connection"]["issues"]["nodes"]]


async def write(gateway: Gateway, name: str, value: Any) -> list[dict[str, Any]]:
    changes = [{"field": name, "value": value}]
    given = {"connection": {"externalId": "acme"}, "issue": "TEST-1", "customFields": changes}
    answer = await gateway.ask(UPDATE, {"input": given})
    errors: list[dict[str, Any]] = answer.data["updateIssue"]["errors"]
    return errors


def value_of(site: SiteBuilder, field_id: str) -> Any:
    return site.data.issues[10000].fields.get(field_id)


@pytest.mark.usefixtures("project")
async def test_after_a_rename_the_new_name_answers_and_the_old_one_does_not(
    built: Gateway, site: SiteBuilder
) -> None:
    assert await read(built, "Customer") == ["Ada", "Bob"]
    site.rename_field(CUSTOMER, "Client")

    assert await read(built, "Customer") == [None, None]
    assert await read(built, "Client") == ["Ada", "Bob"]
    assert await read(built, CUSTOMER) == ["Ada", "Bob"]
    assert count_calls(built)[FIELDS] == 2


@pytest.mark.usefixtures("project")
async def test_a_name_that_went_over_to_another_field_answers_with_that_one(
    built_once: Gateway, site: SiteBuilder
) -> None:
    heir = site.add_field("Buyer", *TEXT)
    assert await read(built_once, "Customer") == ["Ada", "Bob"]
    assert await write(built_once, heir, "Eve") == []
    site.rename_field(CUSTOMER, "Former customer")
    site.rename_field(heir, "Customer")
    built_once.forget_calls()

    assert await read(built_once, "Customer") == ["Eve", None]
    # The values of a page's issues are fetched together.
    calls = count_calls(built_once)
    assert calls[FIELDS] == 1
    assert calls["POST /rest/api/3/issue/bulkfetch"] == 1


@pytest.mark.usefixtures("project")
async def test_a_name_that_went_over_is_written_to_the_field_that_bears_it_now(
    built_once: Gateway, site: SiteBuilder
) -> None:
    heir = site.add_field("Buyer", *TEXT)
    assert await read(built_once, "Customer") == ["Ada", "Bob"]
    site.rename_field(CUSTOMER, "Former customer")
    site.rename_field(heir, "Customer")

    assert await write(built_once, "Customer", "Eve") == []
    assert (value_of(site, CUSTOMER), value_of(site, heir)) == ("Ada", "Eve")


@pytest.mark.usefixtures("project")
async def test_issues_are_found_by_the_field_that_bore_the_name_within_the_last_minute(
    built_once: Gateway, site: SiteBuilder
) -> None:
    heir = site.add_field("Buyer", *TEXT)
    assert await find(built_once, "Customer", "Ada") == ["TEST-1"]
    assert await write(built_once, heir, "Ada") == []
    site.rename_field(CUSTOMER, "Former customer")
    site.rename_field(heir, "Customer")
    built_once.forget_calls()

    built_once.clock.advance(seconds=61)
    found = [await find(built_once, "Customer", each) for each in ("Ada", "Bob")]

    assert found == [["TEST-1"], []]
    assert count_calls(built_once)[FIELDS] == 1


@pytest.mark.usefixtures("project")
async def test_a_removed_field_is_null_by_id_and_by_name(
    built_once: Gateway, site: SiteBuilder
) -> None:
    assert await read(built_once, "Customer") == ["Ada", "Bob"]
    site.remove_field(CUSTOMER)

    assert await read(built_once, CUSTOMER) == [None, None]
    assert await read(built_once, "Customer") == [None, None]
    page = await built_once.ask_connection("issues { nodes { customFields { __typename } } }")
    assert [each["customFields"] is not None for each in page["issues"]["nodes"]] == [True, True]


@pytest.mark.usefixtures("project")
async def test_a_removed_field_is_refused_where_it_is_to_be_written(
    built_once: Gateway, site: SiteBuilder
) -> None:
    assert await read(built_once, "Customer") == ["Ada", "Bob"]
    site.remove_field(CUSTOMER)

    (error,) = await write(built_once, "Customer", "Eve")

    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "customFields", "0"])
    assert "no custom field 'Customer'" in error["message"]


async def test_a_new_field_is_known_at_once_to_readers_writers_and_filters(
    built: Gateway, site: SiteBuilder, project: Project
) -> None:
    assert await read(built, "Customer") == ["Ada", "Bob"]
    site.add_field("Vendor", *TEXT)

    assert await write(built, "Vendor", "Eve") == []
    assert await read(built, "Vendor") == ["Eve", None]
    assert await find(built, "Vendor", "Eve") == ["TEST-1"]


@pytest.mark.usefixtures("project")
async def test_a_name_that_nobody_bears_is_looked_up_once_a_minute(built_once: Gateway) -> None:
    assert await read(built_once, "Customer") == ["Ada", "Bob"]

    for name in ("Costumer", "Custommer", "customfield_99999", "Costumer"):
        assert await read(built_once, name) == [None, None]
    within_a_minute = count_calls(built_once)[FIELDS]
    built_once.clock.advance(seconds=61)
    for name in ("Costumer", "Custommer"):
        assert await read(built_once, name) == [None, None]

    assert within_a_minute == 2
    assert count_calls(built_once)[FIELDS] == 3


@pytest.mark.usefixtures("project")
async def test_a_name_that_two_fields_bear_is_an_error_until_one_of_them_lets_it_go(
    built_once: Gateway, site: SiteBuilder
) -> None:
    twin = site.add_field("Customer", *TEXT)

    answer = await ask(built_once, "Customer")
    (refused,) = await write(built_once, "Customer", "Eve")
    site.rename_field(twin, "Vendor")

    told = {each["message"] for each in answer.body["errors"]}
    assert answer.codes == ["BAD_USER_INPUT"] * 2
    assert all(CUSTOMER in each and twin in each for each in (*told, refused["message"]))
    assert refused["path"] == ["input", "customFields", "0"]
    assert await read(built_once, "Customer") == ["Ada", "Bob"]


@pytest.mark.usefixtures("project")
async def test_a_name_that_becomes_anothers_too_is_an_error_within_a_minute(
    built_once: Gateway, site: SiteBuilder
) -> None:
    twin = site.add_field("Buyer", *TEXT)
    assert await read(built_once, "Customer") == ["Ada", "Bob"]
    site.rename_field(twin, "Customer")
    built_once.clock.advance(seconds=70)
    built_once.forget_calls()

    by_name, by_id = await ask(built_once, "Customer"), await read(built_once, CUSTOMER)

    assert by_name.codes == ["BAD_USER_INPUT"] * 2
    assert all(twin in each["message"] for each in by_name.body["errors"])
    assert by_id == ["Ada", "Bob"]
    assert count_calls(built_once)[FIELDS] == 1


@pytest.mark.usefixtures("project")
async def test_what_an_operation_reads_anew_decides_for_the_rest_of_it(
    built_once: Gateway, site: SiteBuilder
) -> None:
    twin = site.add_field("Buyer", *TEXT)
    assert await read(built_once, "Customer") == ["Ada", "Bob"]
    site.rename_field(twin, "Customer")

    answer = await built_once.ask(
        '{ connection(externalId: "acme") { issues { nodes { key '
        'other: customField(idOrName: "Unheard of") { __typename } '
        'customField(idOrName: "Customer") { __typename } } } } }'
    )

    assert set(answer.codes) == {"BAD_USER_INPUT"}
    nodes = answer.body["data"]["connection"]["issues"]["nodes"]
    assert [each["other"] for each in nodes] == [None, None]


@pytest.mark.usefixtures("project")
async def test_a_field_of_other_projects_costs_no_call_for_each_issue(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.limit_field(CUSTOMER, site.add_project("ELSE"))

    for _ in range(3):
        assert await read(built_once, "Customer") == [None, None]

    assert count_calls(built_once) == {FIELDS: 2, "POST /rest/api/3/search/jql": 3}


@pytest.mark.usefixtures("project")
async def test_a_field_by_its_id_asks_for_no_names(built_once: Gateway) -> None:
    await read(built_once, CUSTOMER)
    by_id = built_once.sandbox.calls.calls[-1].body
    await read(built_once, "Customer")
    by_name = built_once.sandbox.calls.calls[-1].body

    assert ("expand" in by_id, by_name["expand"]) == (False, "names")
