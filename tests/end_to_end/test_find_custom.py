"""What filters find by custom fields of each kind, and what they refuse."""

from typing import Any

from sandbox.builders import SiteBuilder
from tests.end_to_end.finding import build, find, refuse
from tests.support.gateway import Gateway

SEARCH = "POST /rest/api/3/search/jql"
CUSTOM: dict[str, tuple[Any, bool]] = {
    "a number": ({"field": "Story Points", "equals": "2.5"}, True),
    "another number": ({"field": "customfield_10016", "in": ["2", "3"]}, False),
    "a larger number": ({"field": "story points", "greaterThan": "2", "lessThan": "3"}, True),
    "not a larger one": ({"field": "Story Points", "greaterThan": "2.5"}, False),
    "a choice": ({"field": "Risk", "equals": "High"}, True),
    "a choice by id": ({"field": "Risk", "in": ["10300", "10304"]}, True),
    "a person": ({"field": "Reviewer", "isEmpty": False}, True),
    "a day": ({"field": "Target date", "equals": "2026-04-01"}, True),
    "a later day": ({"field": "Target date", "greaterThan": "2026-04-01"}, False),
    "an instant": ({"field": "Deployed at", "equals": "2026-04-01T08:00:00Z"}, True),
    "an earlier one": ({"field": "Deployed at", "lessThan": "2026-04-01T10:00:01+02:00"}, True),
    "free text": ({"field": "Customer", "equals": "and sons"}, True),
    "one of free texts": ({"field": "Customer", "in": ["nobody", "acme"]}, True),
    "words apart": ({"field": "Customer", "equals": "acme sons"}, False),
    "an address": ({"field": "Design link", "equals": "https://design.example/a"}, True),
    "words": ({"field": "Keywords", "in": ["cheap", "none"]}, True),
    "nothing": ({"field": "Risk", "isEmpty": True}, False),
}


async def test_custom_fields_are_filtered_by_their_kind(
    built_once: Gateway, site: SiteBuilder
) -> None:
    _, full, bare = build(site)

    for name, (given, is_full) in CUSTOM.items():
        found = await find(built_once, {"customFields": [given]})
        denied = await find(built_once, {"not": {"customFields": [given]}})

        assert (full.key in found) is is_full, name
        assert (bare.key in found) is (given.get("isEmpty") is True), name
        assert found.isdisjoint(denied), name
        assert len(found | denied) == 3, name
    assert built_once.calls().count("GET /rest/api/3/field") == 1


BAD_CUSTOM: dict[str, tuple[Any, str]] = {
    "unknown": ({"field": "Nowhere", "equals": "1"}, "no custom field 'Nowhere'"),
    "unknown id": ({"field": "customfield_99999", "equals": "1"}, "no custom field"),
    "ambiguous": ({"field": "Severity", "equals": "1"}, "customfield_10039, customfield_10040"),
    "no number": ({"field": "Story Points", "equals": "many"}, "not a number"),
    "no day": ({"field": "Target date", "equals": "tomorrow"}, "not a day"),
    "no instant": ({"field": "Deployed at", "lessThan": "2026-04-01"}, "time zone"),
    "no order": ({"field": "Risk", "greaterThan": "High"}, "have no order"),
    "no order of texts": ({"field": "Customer", "lessThan": "x"}, "have no order"),
    "asks nothing": ({"field": "Risk"}, "asks nothing"),
    "blank": ({"field": "Risk", "equals": " "}, "cannot be searched for"),
    "no values": ({"field": "Risk", "in": []}, "1 to 1000 values"),
    "hostile name": ({"field": "a\u0000b", "isEmpty": True}, "control character"),
}


async def test_a_custom_field_that_cannot_be_asked_is_refused_before_the_search(
    gateway_once: Gateway,
) -> None:
    for name, (given, told) in BAD_CUSTOM.items():
        code, message = await refuse(gateway_once, {"customFields": [given]})

        assert code == "BAD_USER_INPUT", name
        assert told in message, name
    assert SEARCH not in gateway_once.calls()
