"""How clients ask for issues."""

from datetime import date, datetime
from typing import Annotated, Optional

import strawberry

from jira_api import issue_filter
from resolvers.errors import BadUserInputError
from resolvers.issues import IssueQuestion
from schema.arguments import page_size
from schema.enums import Direction, OrderField, StatusCategory


@strawberry.input(one_of=True, description="Certain people, the connected person, or nobody.")
class PersonFilter:
    """One way to name people."""

    account_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="One of these."
    )
    is_me: bool | None = strawberry.field(
        default=strawberry.UNSET, description="The connected person, or with false anybody else."
    )
    is_empty: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Nobody, or with false somebody."
    )


@strawberry.input(
    description="What a custom field must hold: every part given. Numbers are written as `2.5`, "
    "days as `2026-01-31`, instants as `2026-01-31T12:00:00Z`, people by their account id, choices "
    "by their value or id; of free text, words that occur in it one behind the other."
)
class CustomFieldFilter:
    """What a custom field must hold."""

    field: str = strawberry.field(description="Its id, such as customfield_10016, or its name.")
    equals: str | None = strawberry.field(default=None, description="This value.")
    in_: list[str] | None = strawberry.field(
        default=None, name="in", description="One of these values."
    )
    greater_than: str | None = strawberry.field(
        default=None, description="A larger number or version, or a later time."
    )
    less_than: str | None = strawberry.field(
        default=None, description="A smaller number or version, or an earlier time."
    )
    is_empty: bool | None = strawberry.field(
        default=None, description="No value at all, or with false any."
    )


@strawberry.input(
    description="Every part given must hold; a list holds where one of its values does."
)
class IssueFilter:
    """What issues must be like."""

    project_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="In one of these projects, or of those named by key."
    )
    project_keys: list[str] | None = strawberry.field(
        default=None, description="In one of these projects, or of those named by id."
    )
    sprint_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="In one of these sprints, now or once."
    )
    is_in_open_sprint: bool | None = strawberry.field(
        default=None, description="Whether in a sprint that is active."
    )
    ids_or_keys: list[strawberry.ID] | None = strawberry.field(
        default=None, description="One of these issues."
    )
    parent_ids_or_keys: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Below one of these issues."
    )
    issue_type_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of one of these types, or of those named."
    )
    issue_type_names: list[str] | None = strawberry.field(
        default=None, description="Of one of these types; names follow the person's language."
    )
    status_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="In one of these statuses, or of those named."
    )
    status_names: list[str] | None = strawberry.field(
        default=None, description="In one of these statuses; names follow the person's language."
    )
    status_categories: list[StatusCategory] | None = strawberry.field(
        default=None, description="In one of these stages."
    )
    priority_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of one of these priorities, or of those named."
    )
    priority_names: list[str] | None = strawberry.field(
        default=None, description="Of one of these priorities; names follow the person's language."
    )
    labels: list[str] | None = strawberry.field(
        default=None, description="With one of these labels."
    )
    excluded_labels: list[str] | None = strawberry.field(
        default=None, description="With none of these labels."
    )
    component_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="With one of these components, or of those named."
    )
    component_names: list[str] | None = strawberry.field(
        default=None, description="With one of these components."
    )
    fix_version_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="For one of these versions, or of those named."
    )
    fix_version_names: list[str] | None = strawberry.field(
        default=None, description="For one of these versions."
    )
    assignee: PersonFilter | None = strawberry.field(default=None, description="Who works on it.")
    reporter: PersonFilter | None = strawberry.field(default=None, description="Who reported it.")
    text: str | None = strawberry.field(
        default=None, description="Words that occur in its texts; never operators."
    )
    is_resolved: bool | None = strawberry.field(default=None, description="Whether it is settled.")
    created_after: datetime | None = strawberry.field(
        default=None, description="Made at this instant or later."
    )
    created_before: datetime | None = strawberry.field(
        default=None, description="Made before this instant."
    )
    updated_after: datetime | None = strawberry.field(
        default=None, description="Changed at this instant or later."
    )
    updated_before: datetime | None = strawberry.field(
        default=None, description="Changed before this instant."
    )
    due_after: date | None = strawberry.field(default=None, description="Due on this day or later.")
    due_before: date | None = strawberry.field(default=None, description="Due before this day.")
    custom_fields: list[CustomFieldFilter] | None = strawberry.field(
        default=None, description="Each of these holds."
    )
    and_: list["IssueFilter"] | None = strawberry.field(
        default=None, name="and", description="Each of these holds."
    )
    or_: list["IssueFilter"] | None = strawberry.field(
        default=None, name="or", description="One of these holds."
    )
    not_: Optional["IssueFilter"] = strawberry.field(
        default=None, name="not", description="This does not hold."
    )


@strawberry.input(description="One column of an order.")
class IssueOrder:
    """One column of an order."""

    field: OrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(
        default=Direction.ASC, description="Which end comes first."
    )


Filter = Annotated[IssueFilter | None, strawberry.argument(description="What they must be like.")]
OrderBy = Annotated[
    list[IssueOrder] | None, strawberry.argument(description="Columns of the order.")
]
Jql = Annotated[
    str | None,
    strawberry.argument(
        description="A condition in Jira's own words that must hold too, with or without an ORDER "
        "BY. Needs GRAPH_JQL. Dates in it are read in the time zone of the connected person."
    ),
]


def question(
    *,
    condition: IssueFilter | None,
    order_by: list[IssueOrder] | None,
    first: int | None,
    after: str | None,
    jql: str | None = None,
) -> IssueQuestion:
    """The arguments of a page of issues, as values that resolvers take."""
    return IssueQuestion(
        condition=issue_filter.IssueFilter() if condition is None else _condition(condition),
        order=[issue_filter.Order(each.field, each.direction) for each in order_by or ()],
        first=page_size(first),
        after=after,
        jql=jql,
    )


def _condition(given: IssueFilter, depth: int = 1) -> issue_filter.IssueFilter:
    if depth > _DEEPEST:
        raise BadUserInputError(
            f"A filter nests `and`, `or`, `not` {_DEEPEST} deep at most.", argument="filter"
        )
    plain = {name: getattr(given, name) for name in _PLAIN}
    return issue_filter.IssueFilter(
        **plain,
        assignee=_person(given.assignee),
        reporter=_person(given.reporter),
        custom_fields=_custom_fields(given.custom_fields),
        all_of=None if given.and_ is None else [_condition(each, depth + 1) for each in given.and_],
        any_of=None if given.or_ is None else [_condition(each, depth + 1) for each in given.or_],
        none_of=None if given.not_ is None else _condition(given.not_, depth + 1),
    )


def _custom_fields(
    given: list[CustomFieldFilter] | None,
) -> list[issue_filter.CustomFieldFilter] | None:
    if given is None:
        return None
    return [
        issue_filter.CustomFieldFilter(
            field=each.field,
            equals=each.equals,
            one_of=each.in_,
            greater_than=each.greater_than,
            less_than=each.less_than,
            is_empty=each.is_empty,
        )
        for each in given
    ]


def _person(given: PersonFilter | None) -> issue_filter.PersonFilter | None:
    if given is None:
        return None
    named = {name: getattr(given, name) for name in ("account_ids", "is_me", "is_empty")}
    chosen = {name: value for name, value in named.items() if value is not strawberry.UNSET}
    if None in chosen.values():
        raise BadUserInputError("A person filter names one of its parts, and not as null.")
    return issue_filter.PersonFilter(**chosen)


_DEEPEST = 5
_CONVERTED = {"assignee", "reporter", "custom_fields", "all_of", "any_of", "none_of"}
_PLAIN = [name for name in issue_filter.IssueFilter.__dataclass_fields__ if name not in _CONVERTED]
