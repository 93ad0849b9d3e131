"""What a search for issues may ask for, as values; `jql` turns it into text."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum

from jira_api.records import Field, StatusCategory


@dataclass(frozen=True, slots=True)
class PersonFilter:
    """One of: certain people, the connected person, nobody (or, with False, anybody)."""

    account_ids: Sequence[str] | None = None
    is_me: bool | None = None
    is_empty: bool | None = None


@dataclass(frozen=True, slots=True)
class CustomFieldFilter:
    """What a custom field must hold: every part that is not None.

    `field` is the field's id or name until it was looked up.
    """

    field: Field | str
    equals: str | None = None
    one_of: Sequence[str] | None = None
    greater_than: str | None = None
    less_than: str | None = None
    is_empty: bool | None = None


@dataclass(frozen=True, slots=True)
class IssueFilter:
    """Every part that is not None must hold; a list holds where one of its values does."""

    project_ids: Sequence[str] | None = None
    project_keys: Sequence[str] | None = None
    sprint_ids: Sequence[str] | None = None
    is_in_open_sprint: bool | None = None
    ids_or_keys: Sequence[str] | None = None
    parent_ids_or_keys: Sequence[str] | None = None
    issue_type_ids: Sequence[str] | None = None
    issue_type_names: Sequence[str] | None = None
    status_ids: Sequence[str] | None = None
    status_names: Sequence[str] | None = None
    status_categories: Sequence[StatusCategory] | None = None
    priority_ids: Sequence[str] | None = None
    priority_names: Sequence[str] | None = None
    labels: Sequence[str] | None = None
    excluded_labels: Sequence[str] | None = None
    component_ids: Sequence[str] | None = None
    component_names: Sequence[str] | None = None
    fix_version_ids: Sequence[str] | None = None
    fix_version_names: Sequence[str] | None = None
    assignee: PersonFilter | None = None
    reporter: PersonFilter | None = None
    text: str | None = None
    is_resolved: bool | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    due_after: date | None = None
    due_before: date | None = None
    custom_fields: Sequence[CustomFieldFilter] | None = None
    all_of: Sequence["IssueFilter"] | None = None
    any_of: Sequence["IssueFilter"] | None = None
    none_of: "IssueFilter | None" = None


def iter_filters(condition: IssueFilter) -> Iterator[IssueFilter]:
    """A filter, and every filter inside of it."""
    yield condition
    inner = [*(condition.all_of or ()), *(condition.any_of or ())]
    for each in [*inner, condition.none_of] if condition.none_of else inner:
        yield from iter_filters(each)


def map_filters(
    condition: IssueFilter, change: Callable[[IssueFilter], IssueFilter]
) -> IssueFilter:
    """A filter changed, after every filter inside of it was."""

    def change_all(within: Sequence[IssueFilter] | None) -> Sequence[IssueFilter] | None:
        return None if within is None else [map_filters(each, change) for each in within]

    none_of = condition.none_of
    return change(
        replace(
            condition,
            all_of=change_all(condition.all_of),
            any_of=change_all(condition.any_of),
            none_of=None if none_of is None else map_filters(none_of, change),
        )
    )


class OrderField(Enum):
    """What issues can be ordered by, as JQL names it."""

    CREATED = "created"
    UPDATED = "updated"
    DUE = "due"
    PRIORITY = "priority"
    RANK = "Rank"
    KEY = "key"
    STATUS = "status"


class Direction(Enum):
    """Which end comes first."""

    ASC = "ASC"
    DESC = "DESC"


@dataclass(frozen=True, slots=True)
class Order:
    """One column of an order; `field_id` is the custom field behind it, where it was looked up."""

    field: OrderField
    direction: Direction = Direction.ASC
    field_id: str | None = None
