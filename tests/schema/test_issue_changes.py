"""What can be given of an issue is taken up by every room that it passes."""

from typing import get_type_hints

import pytest

from resolvers.changes import issue_values
from resolvers.changes.issue_values import IssueValues
from schema.issue_changes import NewIssue, UpdateIssueInput

NO_VALUES = {"issue", "connection", "notify_users", "project", "expected_updated"}
NO_VALUES |= {"add_labels", "remove_labels"}
VALUES = set(IssueValues.__annotations__)


@pytest.mark.parametrize("given", [NewIssue, UpdateIssueInput])
def test_every_input_is_a_value_of_the_issue(given: type) -> None:
    named = set(get_type_hints(given, include_extras=True)) - NO_VALUES

    assert named <= VALUES
    assert VALUES - named <= {"reporter_account_id"}


def test_every_value_is_written() -> None:
    written_by_type = {"custom_fields", "sprint_id", "story_points"}
    assert {*issue_values._FIELDS, *written_by_type} == VALUES
    ids = [field.field_id for field in issue_values._FIELDS.values()]
    assert len(ids) == len(set(ids))
