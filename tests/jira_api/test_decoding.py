from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jira_api.documents.rich_text import RichText
from jira_api.errors import InvalidResponseError
from jira_api.json_values import JsonObject
from jira_api.records import BoardType, Priority, SprintState, StatusCategory, TimeTracking
from tests.jira_api.builders import (
    DECODE,
    ORIGIN,
    THOROUGH,
    a_board_payload,
    a_project_payload,
    a_sprint_payload,
    a_status_payload,
    a_user_payload,
    an_issue_payload,
    mutated,
    read_shared,
    with_account_ids,
)

PAYLOADS: dict[str, tuple[Callable[[JsonObject], object], dict[str, Any]]] = {
    "issue": (DECODE.issue, an_issue_payload()),
    "project": (DECODE.project, a_project_payload()),
    "board": (DECODE.board, a_board_payload()),
    "sprint": (DECODE.sprint, a_sprint_payload()),
    "user": (DECODE.user, a_user_payload()),
}


def test_a_user_is_read() -> None:
    user = DECODE.user(a_user_payload())

    assert (user.account_id, user.display_name, user.is_active) == ("557058:ada", "Ada", False)
    assert user.email_address == "ada@example.com"
    assert user.avatar_url == "https://acme.example/ada.png"
    assert (user.account_type, user.time_zone) == ("atlassian", "Europe/Berlin")
    assert user.origin is ORIGIN


def test_a_user_whose_privacy_hides_everything_is_known_by_account_id() -> None:
    user = DECODE.user({"accountId": "1", "emailAddress": ""})

    assert (user.display_name, user.is_active) == ("1", True)
    assert (user.email_address, user.avatar_url, user.time_zone) == (None, None, None)


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ({"key": "new"}, StatusCategory.TO_DO),
        ({"key": "indeterminate"}, StatusCategory.IN_PROGRESS),
        ({"key": "done"}, StatusCategory.DONE),
        ({"key": "invented"}, StatusCategory.UNKNOWN),
        ({}, StatusCategory.UNKNOWN),
        (None, StatusCategory.UNKNOWN),
    ],
)
def test_a_status_has_the_category_of_its_key(
    category: dict[str, str] | None, expected: StatusCategory
) -> None:
    status = DECODE.status(a_status_payload(statusCategory=category))

    assert (status.status_id, status.name, status.category) == ("3", "In work", expected)


def test_a_project_is_read_with_its_details() -> None:
    project = DECODE.project(a_project_payload())

    assert (project.project_id, project.key, project.name) == ("10000", "SHOP", "Shop")
    assert project.url == "https://acme.example/browse/SHOP"
    assert (project.type, project.avatar_url) == ("software", "https://acme.example/shop.png")
    details = project.details
    assert details is not None
    assert (details.description, details.category) == ("Sells", "Products")
    assert (details.is_private, details.is_archived) == (True, True)
    assert details.lead == DECODE.user(a_user_payload())
    assert details.issue_types is not None
    assert details.components is not None
    assert details.versions is not None
    assert details.issue_types[0].hierarchy_level == 0
    assert details.components[0].lead == details.lead
    assert details.versions[0].release_date == date(2026, 2, 28)
    assert (details.versions[0].is_released, details.versions[0].is_archived) == (True, False)


def test_what_the_search_for_projects_leaves_out_is_not_taken_for_empty() -> None:
    details = DECODE.project({"id": 1, "key": "A", "name": "A", "issueTypes": []}).details

    assert details is not None
    assert details.issue_types == ()
    assert (details.components, details.versions, details.is_private) == (None, None, None)


def test_a_project_inside_an_issue_has_no_details() -> None:
    assert DECODE.embedded_project(a_project_payload()).details is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("scrum", BoardType.SCRUM),
        ("kanban", BoardType.KANBAN),
        ("simple", BoardType.SIMPLE),
        ("circular", BoardType.UNKNOWN),
        (None, BoardType.UNKNOWN),
    ],
)
def test_a_board_is_read_with_its_kind(kind: str | None, expected: BoardType) -> None:
    board = DECODE.board(a_board_payload(type=kind))

    assert (board.board_id, board.name, board.type) == ("4", "Shop", expected)
    assert board.project is not None
    assert (board.project.project_id, board.project.key) == ("10000", "SHOP")


@pytest.mark.parametrize("location", [None, {}, {"userId": 5, "userAccountId": "1"}])
def test_a_board_outside_of_projects_has_none(location: dict[str, Any] | None) -> None:
    assert DECODE.board(a_board_payload(location=location)).project is None


def test_a_located_project_without_a_name_is_called_by_its_key() -> None:
    board = DECODE.board(a_board_payload(location={"projectId": 1, "projectKey": "SHOP"}))

    assert board.project is not None
    assert board.project.name == "SHOP"


def test_a_sprint_is_read() -> None:
    sprint = DECODE.sprint(a_sprint_payload())

    assert (sprint.sprint_id, sprint.name, sprint.board_id) == ("37", "Sprint 1", "4")
    assert (sprint.state, sprint.goal) == (SprintState.CLOSED, "Ship")
    assert sprint.start_at == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert sprint.end_at == datetime(2026, 1, 19, 9, tzinfo=UTC)
    assert sprint.complete_at == datetime(2026, 1, 19, 10, 30, tzinfo=UTC)


def test_a_future_sprint_has_no_dates_and_an_empty_goal_is_none() -> None:
    sprint = DECODE.sprint({"id": 1, "name": "Someday", "state": "future", "goal": ""})

    assert (sprint.state, sprint.goal, sprint.board_id) == (SprintState.FUTURE, None, None)
    assert (sprint.start_at, sprint.end_at, sprint.complete_at) == (None, None, None)


def test_a_field_is_read_with_its_schema() -> None:
    schema = {"type": "array", "items": "option", "custom": "com.acme:multi"}
    field = DECODE.field({"id": "cf", "name": "Many", "custom": True, "schema": schema})

    assert (field.type, field.items, field.custom_type) == ("array", "option", "com.acme:multi")
    assert field.is_custom


def test_a_field_without_a_schema_is_of_any_type() -> None:
    field = DECODE.field({"id": "thumbnail", "name": "Images", "custom": False})

    assert (field.type, field.items, field.is_custom) == ("any", None, False)


def test_an_issue_is_read_with_all_its_fields() -> None:
    issue = DECODE.issue(an_issue_payload())

    assert (issue.issue_id, issue.key) == ("10042", "SHOP-7")
    assert issue.url == "https://acme.example/browse/SHOP-7"
    assert isinstance(issue.description, RichText)
    assert (issue.summary, issue.description.text) == ("A summary", "Hello")
    assert issue.environment is None
    assert issue.issue_type is not None
    assert issue.issue_type.name == "Bug"
    assert issue.status == DECODE.status(a_status_payload())
    assert issue.priority == Priority(ORIGIN, "2", "High", "https://acme.example/high.svg")
    assert issue.resolution is not None
    assert issue.resolution.description == "It is done"
    assert issue.project is not None
    assert issue.labels == ("one", "two")
    assert [each.name for each in issue.components] == ["API"]
    assert [each.name for each in issue.fix_versions] == ["1.0"]
    assert [each.is_archived for each in issue.affected_versions] == [True]
    assert issue.assignee == issue.reporter == issue.creator == DECODE.user(a_user_payload())
    assert issue.created_at == datetime(2026, 1, 31, 11, tzinfo=UTC)
    assert issue.updated_at == issue.resolved_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert issue.due_date == date(2026, 3, 1)
    assert issue.time_tracking == TimeTracking(time_spent="3h 20m", time_spent_seconds=12_000)
    assert (issue.watch_count, issue.vote_count) == (2, 3)
    assert issue.custom_values == {"customfield_10016": 5.0}


def test_an_empty_description_is_none() -> None:
    raw = {"id": "1", "name": "One", "description": ""}

    assert DECODE.component(raw).description is None
    assert DECODE.resolution(raw).description is None


def test_an_issue_of_which_nothing_was_asked_is_empty() -> None:
    issue = DECODE.issue({"id": "1", "key": "A-1"})

    assert (issue.summary, issue.status, issue.time_tracking) == (None, None, None)
    assert (issue.labels, issue.components, issue.custom_values) == ((), (), {})
    assert issue.watch_count is None


@pytest.mark.parametrize(
    "fields",
    [
        {"labels": [{"name": "one"}]},
        {"labels": "one"},
        {"status": {"id": "1"}},
        {"assignee": {"displayName": "Nobody"}},
        {"components": {"id": "5"}},
        {"created": "0001-01-01T00:00:00+14:00"},
        {"updated": "lately"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_field_of_another_shape_is_an_invalid_response(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidResponseError):
        DECODE.issue(an_issue_payload(**fields))


@pytest.mark.parametrize("name", ["description", "environment"])
def test_a_text_that_is_no_document_is_an_error_of_its_own(name: str) -> None:
    issue = DECODE.issue(an_issue_payload(**{name: "h1. wiki markup", "summary": "Whole"}))

    assert isinstance(getattr(issue, name), InvalidResponseError)
    assert issue.summary == "Whole"


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"duedate": "2026-02-30"}, "due_date"),
        ({"resolutiondate": "lately"}, "resolved_at"),
        ({"watches": 2}, "watch_count"),
        ({"watches": {"watchCount": "two"}}, "watch_count"),
        ({"votes": {"votes": 1.5}}, "vote_count"),
        ({"timetracking": "3h"}, "time_tracking"),
    ],
    ids=str,
)
def test_an_odd_value_of_a_field_that_may_be_empty_costs_that_field_alone(
    fields: dict[str, Any], part: str, caplog: pytest.LogCaptureFixture
) -> None:
    issue = asdict(DECODE.issue(an_issue_payload(**fields)))

    assert issue == asdict(DECODE.issue(an_issue_payload())) | {part: None}
    assert [record.name for record in caplog.records] == ["juncture.jira"]


def test_odd_estimates_leave_the_others_readable() -> None:
    odd = {"originalEstimateSeconds": "much", "remainingEstimate": [], "timeSpentSeconds": 60}

    issue = DECODE.issue(an_issue_payload(timetracking=odd))

    assert issue.time_tracking == TimeTracking(time_spent_seconds=60)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("startDate", "start_at"),
        ("endDate", "end_at"),
        ("completeDate", "complete_at"),
        ("originBoardId", "board_id"),
    ],
)
def test_an_odd_part_of_a_sprint_that_may_be_empty_is_left_out(part: str, name: str) -> None:
    sprint = asdict(DECODE.sprint(a_sprint_payload(**{part: {}})))

    assert sprint == asdict(DECODE.sprint(a_sprint_payload())) | {name: None}


def test_an_odd_release_date_is_left_out() -> None:
    version = DECODE.version({"id": "6", "name": "1.0", "releaseDate": "soon"})

    assert (version.name, version.release_date) == ("1.0", None)


PROMISED = {
    "issue": ("id", "key"),
    "project": ("id", "key", "name"),
    "board": ("id", "name"),
    "sprint": ("id", "name"),
    "user": ("accountId",),
}


@pytest.mark.parametrize(
    ("kind", "part"), [(kind, part) for kind, parts in PROMISED.items() for part in parts]
)
def test_what_jira_promises_must_be_there(kind: str, part: str) -> None:
    read, payload = PAYLOADS[kind]

    with pytest.raises(InvalidResponseError, match=part):
        read({name: value for name, value in payload.items() if name != part})


@pytest.mark.parametrize("kind", PAYLOADS)
@THOROUGH
@given(data=st.data())
def test_a_changed_payload_is_read_or_is_an_invalid_response(
    kind: str, data: st.DataObject
) -> None:
    read, payload = PAYLOADS[kind]
    changed = data.draw(mutated(payload))

    try:
        record = read(changed)
    except InvalidResponseError:
        return

    assert record == read(changed)


def test_recorded_issues_are_read() -> None:
    payloads = with_account_ids(read_shared("fixtures", "go-jira", "issues_in_sprint.json"))

    issues = [DECODE.issue(raw) for raw in payloads["issues"]]

    assert issues[0].key == "AR-86"
    assert issues[0].resolved_at == datetime(2015, 12, 7, 22, 19, 13, tzinfo=UTC)
    assert all(issue.status and issue.custom_values for issue in issues)


@pytest.mark.parametrize(
    ("file", "read", "count"),
    [
        ("all_boards.json", DECODE.board, 6),
        ("sprints.json", DECODE.sprint, None),
        ("all_projects.json", DECODE.project, None),
        ("all_statuses.json", DECODE.status, None),
        ("all_priorities.json", DECODE.priority, None),
        ("all_resolutions.json", DECODE.resolution, None),
        ("all_fields.json", DECODE.field, 2),
    ],
)
def test_recorded_lists_are_read_whole(
    file: str, read: Callable[[JsonObject], Any], count: int | None
) -> None:
    recorded = read_shared("fixtures", "go-jira", file)
    listed = recorded["values"] if isinstance(recorded, dict) else recorded

    records = [read(raw) for raw in listed]

    assert [record.name for record in records] == [raw["name"] for raw in listed]
    assert records
    assert count in (None, len(records))


def test_a_recorded_project_and_component_are_read() -> None:
    raw = with_account_ids(read_shared("fixtures", "go-jira", "project.json"))
    component = with_account_ids(read_shared("fixtures", "go-jira", "component_get.json"))

    details = DECODE.project(raw).details

    assert details is not None
    assert details.versions is not None
    assert len(details.versions) == len(raw["versions"])
    assert details.versions[0].release_date == date(2007, 2, 19)
    assert DECODE.component(component).lead is not None


def test_recorded_sprints_of_another_site_are_read() -> None:
    sprints = [DECODE.sprint(raw) for raw in read_shared("fixtures", "devlake-sprints.json")]

    assert sprints[0].start_at == datetime(2020, 6, 12, 0, 38, 51, 882_000, tzinfo=UTC)
    assert {sprint.goal for sprint in sprints} != {""}
