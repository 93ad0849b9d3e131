"""What callers give of an issue."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

import strawberry

from resolvers.changes.custom_inputs import CustomFieldChange
from resolvers.changes.issue_values import IssueValues
from resolvers.changes.label_changes import LabelChanges
from resolvers.changes.new_issues import NewIssue as NewIssueValues
from schema.idempotency import IDEMPOTENCY_KEY
from schema.references import ConnectionRef, IdOrName, ProjectRef, id_or_name, project_reference
from schema.rich_text import RichTextInput, rich_text_source
from schema.scalars import Json, read_json


@strawberry.input(description="A custom field, and what it shall hold.")
class CustomFieldInput:
    """A custom field, and what it shall hold."""

    field: str = strawberry.field(description="customfield_10016 or Story Points.")
    value: Json | None = strawberry.field(
        default=strawberry.UNSET,
        description="To be given. As Jira's REST API takes it, or simpler: a choice by its text, a "
        "person by the account id, a document as plain text. Null clears the field.",
    )


@strawberry.input
class _WhatAnIssueHolds:
    """What may be given of a new issue and of an old one."""

    description: RichTextInput | None = strawberry.field(
        default=strawberry.UNSET, description="What it is about."
    )
    priority: IdOrName | None = strawberry.field(
        default=strawberry.UNSET, description="Such as High."
    )
    assignee_account_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Who is to work on it; null for nobody, -1 for whom the project names.",
    )
    labels: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="All of its labels, words without spaces."
    )
    component_names: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="All of its components."
    )
    fix_version_names: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="All of its versions."
    )
    parent: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="An epic, or the issue of a sub-task."
    )
    due_date: date | None = strawberry.field(
        default=strawberry.UNSET, description="When it is due."
    )
    sprint_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The sprint that it is planned for, a number or a global id; null puts it into "
        "the backlog.",
    )
    story_points: float | None = strawberry.field(
        default=strawberry.UNSET,
        description="How much work it is, for the story point field of its form.",
    )
    custom_fields: list[CustomFieldInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Those that are given, each once."
    )


@strawberry.input(description="An issue to make; what is left out, Jira fills with its default.")
class NewIssue(_WhatAnIssueHolds):
    """An issue to make."""

    issue_type: IdOrName = strawberry.field(description="Such as Task.")
    summary: str = strawberry.field(description="One line, 255 characters at most.")
    project: ProjectRef | None = strawberry.field(
        default=strawberry.UNSET, description="The selected project where left out."
    )
    reporter_account_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Who reports it; the connected person if left out."
    )


@strawberry.input(description="Where to make which issue.")
class CreateIssueInput:
    """Where to make which issue."""

    issue: NewIssue = strawberry.field(description="The issue.")
    connection: ConnectionRef | None = strawberry.field(
        default=None,
        description="May be left out where a global id in `issue` carries it, and under a frontend "
        "token.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Where to make which issues.")
class CreateIssuesInput:
    """Where to make which issues."""

    issues: list[NewIssue] = strawberry.field(description="1 to 1,000.")
    connection: ConnectionRef | None = strawberry.field(
        default=None,
        description="May be left out where a global id in `issues` carries it, and under a "
        "frontend token.",
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="With it, what an earlier call with the same key and input made is not made "
        "again; what that did not make is tried again.",
    )


@strawberry.input(description="A field left out stays; a field given as null is cleared.")
class UpdateIssueInput(_WhatAnIssueHolds):
    """A field left out stays; a field given as null is cleared."""

    issue: strawberry.ID = strawberry.field(description="A key, a number, or a global id.")
    connection: ConnectionRef | None = strawberry.field(
        default=None,
        description="May be left out where `issue` is a global id, and under a frontend token.",
    )
    summary: str | None = strawberry.field(
        default=strawberry.UNSET, description="One line, 255 characters at most."
    )
    issue_type: IdOrName | None = strawberry.field(
        default=strawberry.UNSET, description="Such as Task."
    )
    add_labels: list[str] | None = strawberry.field(
        default=None, description="To put on it beside those that it bears; not with `labels`."
    )
    remove_labels: list[str] | None = strawberry.field(
        default=None, description="To take off it; not with `labels`."
    )
    expected_updated: datetime | None = strawberry.field(
        default=None,
        description="The issue's `updated` as you read it: where it is another by now, nothing is "
        "changed and the error is CONFLICT. Jira is asked a moment before the change; what happens "
        "in that moment is not noticed.",
    )
    notify_users: bool | None = strawberry.field(
        default=True,
        description="Whether its watchers get a mail; only who administers the project may say no.",
    )


@strawberry.input(description="Which issue to take away.")
class DeleteIssueInput:
    """Which issue to take away."""

    issue: strawberry.ID = strawberry.field(description="A key, a number, or a global id.")
    connection: ConnectionRef | None = strawberry.field(
        default=None,
        description="May be left out where `issue` is a global id, and under a frontend token.",
    )
    delete_subtasks: bool | None = strawberry.field(
        default=False, description="Whether its sub-tasks go with it."
    )


def issue_values(given: UpdateIssueInput | NewIssue) -> IssueValues:
    """What the issue is to hold: inputs that were left out are left out, nulls are None."""
    named = {name: getattr(given, name, strawberry.UNSET) for name in IssueValues.__annotations__}
    return cast(
        "IssueValues",
        {
            name: _CONVERSIONS.get(name, _same)(value) if value is not None else None
            for name, value in named.items()
            if value is not strawberry.UNSET
        },
    )


def new_issue(given: NewIssue) -> NewIssueValues:
    """An issue to make, as it was given."""
    return NewIssueValues(project_reference(given.project), issue_values(given))


def label_changes(given: UpdateIssueInput) -> LabelChanges:
    """The labels to add and to remove."""
    return LabelChanges(tuple(given.add_labels or ()), tuple(given.remove_labels or ()))


def named_ids(given: NewIssue) -> Sequence[str | None]:
    """The ids of a new issue, of which a global one carries its connection."""
    things = (given.project, given.issue_type, given.priority)
    return (given.parent, *(each.id for each in things if each))


def _same(value: Any) -> Any:
    return value


def custom_field_changes(given: list[CustomFieldInput]) -> list[CustomFieldChange]:
    """Custom fields as they were given; a value that was left out is none."""
    return [
        CustomFieldChange(each.field, None, is_given=False)
        if each.value is strawberry.UNSET
        else CustomFieldChange(each.field, read_json(each.value))
        for each in given
    ]


_CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "description": rich_text_source,
    "issue_type": id_or_name,
    "priority": id_or_name,
    "custom_fields": custom_field_changes,
}
