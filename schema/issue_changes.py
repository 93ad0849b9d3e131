"""What callers give of an issue."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, cast

import strawberry

from resolvers.issue_values import CustomFieldChange, IssueValues
from schema.references import ConnectionRef, IdOrName, ProjectRef, id_or_name
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


def named_ids(given: NewIssue) -> Sequence[str | None]:
    """The ids of a new issue, of which a global one carries its connection."""
    things = (given.project, given.issue_type, given.priority)
    return (given.parent, *(each.id for each in things if each))


def _same(value: Any) -> Any:
    return value


def _changes(given: list[CustomFieldInput]) -> list[CustomFieldChange]:
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
    "custom_fields": _changes,
}
