"""Values of custom fields, typed by the field's schema."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Optional, TypeVar

import strawberry

from jira_api import custom_values
from schema.people import User
from schema.rich_text import RichText
from schema.scalars import Json
from schema.site_metadata import Field

T = TypeVar("T", bound=type)


@strawberry.interface(description="A custom field's value; its type follows the field's schema.")
class CustomFieldValue:
    """A custom field's value."""

    field: Field = strawberry.field(description="The field.")


def _value_type(record: type, *, description: str) -> Callable[[T], T]:
    def is_type_of(value: object, _info: object) -> bool:
        return isinstance(value, record)

    def decorate(cls: T) -> T:
        cls.is_type_of = staticmethod(is_type_of)  # type: ignore[attr-defined]  # strawberry's hook
        return strawberry.type(cls, description=description)

    return decorate


@_value_type(custom_values.TextValue, description="A text; of several words, joined by commas.")
class TextFieldValue(CustomFieldValue):
    """A text."""

    text: str = strawberry.field(description="The text.")


@_value_type(custom_values.NumberValue, description="A number.")
class NumberFieldValue(CustomFieldValue):
    """A number."""

    number: float = strawberry.field(description="The number.")


@_value_type(custom_values.DateValue, description="A day.")
class DateFieldValue(CustomFieldValue):
    """A day."""

    day: date = strawberry.field(name="date", description="The day.")


@_value_type(custom_values.DateTimeValue, description="An instant.")
class DateTimeFieldValue(CustomFieldValue):
    """An instant."""

    date_time: datetime = strawberry.field(description="The instant.")


@_value_type(custom_values.UserValue, description="One person or several.")
class UserFieldValue(CustomFieldValue):
    """One person or several."""

    users: list[User] = strawberry.field(description="The people.")


@strawberry.type(description="A choice of a select field.")
class FieldOption:
    """A choice."""

    option_id: strawberry.ID | None = strawberry.field(description="Jira's id.")
    value: str = strawberry.field(description="What people see.")
    child: Optional["FieldOption"] = strawberry.field(
        description="The second level of a cascading select."
    )


@_value_type(custom_values.OptionValue, description="One choice or several.")
class OptionFieldValue(CustomFieldValue):
    """One choice or several."""

    options: list[FieldOption] = strawberry.field(description="The choices.")


@_value_type(custom_values.RichTextValue, description="A document.")
class RichTextFieldValue(CustomFieldValue):
    """A document."""

    rich_text: RichText = strawberry.field(description="The document.")


@_value_type(custom_values.RawValue, description="Whatever Jira sent, where no other type fits.")
class RawFieldValue(CustomFieldValue):
    """Whatever Jira sent."""

    json: Json | None = strawberry.field(description="The value, untouched.")


VALUE_TYPES = (
    TextFieldValue,
    NumberFieldValue,
    DateFieldValue,
    DateTimeFieldValue,
    UserFieldValue,
    OptionFieldValue,
    RichTextFieldValue,
    RawFieldValue,
)
