"""Line 16, custom fields: each kind typed, unknown kinds raw, names resolved, metadata kept."""

import pytest

from sandbox import catalogue
from sandbox.builders import SiteBuilder
from sandbox.world import STORY_POINTS_FIELD
from tests.support.gateway import Gateway, count_calls

VALUES = """
  __typename field { fieldId name }
  ... on TextFieldValue { text }
  ... on NumberFieldValue { number }
  ... on DateFieldValue { date }
  ... on DateTimeFieldValue { dateTime }
  ... on UserFieldValue { users { displayName } }
  ... on OptionFieldValue { options { value optionId child { value } } }
  ... on RichTextFieldValue { richText { text } }
  ... on RawFieldValue { json }
"""
DOCUMENT = {
    "version": 1,
    "type": "doc",
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "It lands"}]}],
}


async def test_every_kind_of_value_is_typed(built: Gateway, site: SiteBuilder) -> None:
    risk, region = site.build_option("1", "High"), site.build_option("2", "Europe")
    issue = site.add_issue(
        site.add_project("TEST"),
        custom={
            STORY_POINTS_FIELD: 5.0,
            catalogue.RISK_FIELD: risk,
            catalogue.PLATFORMS_FIELD: [risk, region],
            catalogue.REGION_FIELD: {**region, "child": site.build_option("3", "Norway")},
            catalogue.REVIEWER_FIELD: site.build_user_value(site.person),
            catalogue.TARGET_DATE_FIELD: "2026-05-17",
            catalogue.DEPLOYED_AT_FIELD: "2026-05-17T10:00:00.000+0200",
            catalogue.CRITERIA_FIELD: DOCUMENT,
            catalogue.DESIGN_LINK_FIELD: "https://design.example/1",
            catalogue.CUSTOMER_FIELD: "Ada",
            catalogue.KEYWORDS_FIELD: ["red", "blue"],
            catalogue.TEAM_FIELD: {"id": "t-1", "name": "Rockets"},
        },
    )

    answer = await built.ask_connection(
        f'issue(idOrKey: "{issue.key}") {{ customFields {{ {VALUES} }} }}'
    )

    found = {each["field"]["fieldId"]: each for each in answer["issue"]["customFields"]}
    assert found[STORY_POINTS_FIELD]["number"] == 5.0
    high = {"value": "High", "optionId": "1", "child": None}
    assert found[catalogue.RISK_FIELD]["options"] == [high]
    chosen = [each["value"] for each in found[catalogue.PLATFORMS_FIELD]["options"]]
    assert chosen == ["High", "Europe"]
    assert found[catalogue.REGION_FIELD]["options"][0]["child"] == {"value": "Norway"}
    assert found[catalogue.REVIEWER_FIELD]["users"] == [{"displayName": site.person.display_name}]
    assert found[catalogue.TARGET_DATE_FIELD]["date"] == "2026-05-17"
    assert found[catalogue.DEPLOYED_AT_FIELD]["dateTime"] == "2026-05-17T08:00:00Z"
    assert found[catalogue.CRITERIA_FIELD]["richText"] == {"text": "It lands"}
    assert found[catalogue.DESIGN_LINK_FIELD]["text"] == "https://design.example/1"
    texts = [found[field]["text"] for field in (catalogue.CUSTOMER_FIELD, catalogue.KEYWORDS_FIELD)]
    assert texts == ["Ada", "red, blue"]
    team = found[catalogue.TEAM_FIELD]
    assert (team["__typename"], team["json"]["name"]) == ("RawFieldValue", "Rockets")


async def test_a_value_that_betrays_its_schema_is_raw_and_no_error(
    built: Gateway, site: SiteBuilder
) -> None:
    issue = site.add_issue(
        site.add_project("TEST"),
        custom={STORY_POINTS_FIELD: "many", catalogue.RISK_FIELD: 7},
    )

    answer = await built.ask_connection(
        f'issue(idOrKey: "{issue.key}") {{ customFields {{ {VALUES} }} }}'
    )

    found = {each["field"]["fieldId"]: each for each in answer["issue"]["customFields"]}
    assert found[STORY_POINTS_FIELD]["json"] == "many"
    assert found[catalogue.RISK_FIELD]["json"] == 7


@pytest.mark.parametrize("name", ["Customer", "customer", catalogue.CUSTOMER_FIELD])
async def test_one_value_is_asked_for_by_id_or_name(
    built: Gateway, site: SiteBuilder, name: str
) -> None:
    project = site.add_project("TEST")
    issue = site.add_issue(project, custom={catalogue.CUSTOMER_FIELD: "Ada"})

    answer = await built.ask(
        'query($key: ID!, $name: String!) { connection(externalId: "acme") { '
        "issue(idOrKey: $key) { customField(idOrName: $name) "
        "{ ... on TextFieldValue { text } } } } }",
        {"key": issue.key, "name": name},
    )

    assert answer.data["connection"]["issue"]["customField"] == {"text": "Ada"}
    asked = built.sandbox.calls.calls[-1].query["fields"]
    assert asked == [catalogue.CUSTOMER_FIELD]


async def test_an_ambiguous_name_is_an_error_that_lists_the_ids(
    built: Gateway, site: SiteBuilder
) -> None:
    issue = site.add_issue(site.add_project("TEST"))

    answer = await built.ask(
        f'{{ connection(externalId: "acme") {{ issue(idOrKey: "{issue.key}") '
        '{ key customField(idOrName: "Severity") { __typename } } } }'
    )

    message = answer.body["errors"][0]["message"]
    assert answer.codes == ["BAD_USER_INPUT"]
    assert catalogue.SEVERITY_OPTION_FIELD in message
    assert catalogue.SEVERITY_NUMBER_FIELD in message


async def test_an_unknown_field_and_an_empty_one_are_null(
    built: Gateway, site: SiteBuilder
) -> None:
    issue = site.add_issue(site.add_project("TEST"))

    answer = await built.ask_connection(
        f'issue(idOrKey: "{issue.key}") {{ none: customField(idOrName: "Nothing of that name") '
        '{ __typename } empty: customField(idOrName: "Customer") { __typename } }'
    )

    assert answer["issue"] == {"none": None, "empty": None}


async def test_field_metadata_is_kept_for_ten_minutes_of_one_grant(
    built: Gateway, site: SiteBuilder
) -> None:
    site.add_issue(site.add_project("TEST"))
    query = "issues { nodes { customFields { __typename } } }"

    await built.ask_connection(query)
    await built.ask_connection(query)
    kept = count_calls(built)["GET /rest/api/3/field"]
    await built.connect()
    await built.ask_connection(query)

    assert kept == 1
    assert count_calls(built)["GET /rest/api/3/field"] == 2


async def test_the_sites_fields_are_listed(built: Gateway) -> None:
    answer = await built.ask_connection("fields { fieldId name isCustom type }")

    by_id = {each["fieldId"]: each for each in answer["fields"]}
    assert by_id["summary"] == {
        "fieldId": "summary", "name": "Summary", "isCustom": False, "type": "string",
    }  # fmt: skip
    assert by_id[catalogue.CUSTOMER_FIELD]["isCustom"] is True
