"""What a refused filter is told with: the input at fault, as the caller called it."""

from typing import Any

import pytest

from sandbox.builders import SiteBuilder
from tests.end_to_end.finding import find, refuse
from tests.support.gateway import Gateway


async def test_a_search_refused_again_names_the_input(
    built_once: Gateway, site: SiteBuilder
) -> None:
    """The first refusal was for an issue that is not there."""
    site.add_issue(site.add_project("TEST"))

    code, message = await refuse(
        built_once, {"statusNames": ["zz"], "idsOrKeys": ["TEST-1", "TEST-2000"]}
    )

    assert code == "JIRA_VALIDATION"
    assert "`filter.statusNames`" in message


TEXT = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"
NAMED: dict[str, tuple[dict[str, Any], str]] = {
    "a field's name": ({"customFields": [{"field": " ", "equals": "1"}]}, "customFields.field"),
    "a custom value": (
        {"customFields": [{"field": "Story Points", "greaterThan": "x"}]},
        "customFields.greaterThan",
    ),
    "no values": ({"labels": []}, "labels"),
    "a label": ({"not": {"excludedLabels": [" "]}}, "excludedLabels"),
    "an account": ({"assignee": {"accountIds": ["x y"]}}, "assignee.accountIds"),
    "a number": ({"or": [{"statusIds": ["x"]}]}, "statusIds"),
    "a sprint": ({"sprintIds": ["x"]}, "sprintIds"),
    "a key": ({"parentIdsOrKeys": ["x"]}, "parentIdsOrKeys"),
    "a text": ({"text": " "}, "text"),
    "an account unknown to Jira": ({"reporter": {"accountIds": ["nobody"]}}, "reporter.accountIds"),
}


async def test_a_refusal_names_the_input_whoever_refuses(gateway_once: Gateway) -> None:
    for name, (condition, argument) in NAMED.items():
        _, message = await refuse(gateway_once, condition)

        assert f"`filter.{argument}`" in message, (name, message)


@pytest.mark.parametrize("named", ["name", "id"])
async def test_a_field_that_was_removed_is_called_by_its_name_and_id(
    built_once: Gateway, site: SiteBuilder, named: str
) -> None:
    field_id = site.add_field("Flavour", "string", TEXT)
    given = {"field": "Flavour" if named == "name" else field_id, "isEmpty": True}
    await find(built_once, {"customFields": [given]})
    site.remove_field(field_id)

    code, message = await refuse(built_once, {"customFields": [given]})

    assert code == "JIRA_VALIDATION"
    assert f"'Flavour ({field_id})'" in message
    assert "`filter.customFields.field`" in message
    assert "cf[" not in message
