import pytest

from jira_api.known_fields import (
    EPIC_LINK,
    RANK,
    SPRINT,
    TEAM,
    list_by_english_name,
    list_of_type,
    list_story_points,
)
from jira_api.records import Field
from tests.jira_api.builders import ORIGIN

ESTIMATE = "com.pyxis.greenhopper.jira:jsw-story-points"
NUMBER = "com.atlassian.jira.plugin.system.customfieldtypes:float"


def a_field(number: int, custom_type: str, name: str = "X", english: str | None = None) -> Field:
    return Field(ORIGIN, f"customfield_{number}", name, True, "any", None, custom_type, english)


@pytest.mark.parametrize(
    ("name", "types"),
    [("Sprint", SPRINT), ("epic link", EPIC_LINK), ("RANK", RANK), ("Team", TEAM)],
)
def test_a_field_is_known_by_its_type_whatever_its_number_and_its_name(
    name: str, types: tuple[str, ...]
) -> None:
    for number, custom_type in enumerate(types, start=77_000):
        fields = [a_field(10_020, NUMBER, name), a_field(number, custom_type, "Autrement")]

        assert list_of_type(fields, types) == fields[1:]
        assert list_by_english_name(fields, name) == fields[1:]


def test_of_two_fields_of_a_type_the_older_one_comes_first() -> None:
    fields = [a_field(10_100, SPRINT[0]), a_field(9_999, SPRINT[0])]

    assert [each.field_id for each in list_of_type(fields, SPRINT)] == [
        "customfield_9999", "customfield_10100",
    ]  # fmt: skip


def test_story_points_are_the_estimate_and_then_number_fields_of_that_name() -> None:
    classic = a_field(10_016, NUMBER, "Story Points")
    translated = a_field(10_017, NUMBER, "Punkte", "Story Points")
    estimate = a_field(10_200, ESTIMATE, "Schätzung")
    others = [a_field(1, NUMBER, "Points"), a_field(2, "x:textfield", "Story Points")]

    found = list_story_points([*others, translated, classic, estimate])

    assert found == [estimate, classic, translated]
    assert list_by_english_name([*others, estimate], "story points") == [estimate]


def test_other_names_stand_for_nothing() -> None:
    assert list_by_english_name([a_field(1, SPRINT[0])], "Customer") == []
