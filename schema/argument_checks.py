"""Arguments are checked before a field calls anybody, those of the fields below it included.

Without it, a malformed argument deep in a selection would be met only after its parents had been
fetched.
"""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from strawberry.extensions import FieldExtension

from jira_api.jql import MOST_ORDERS
from resolvers.arguments import (
    MOST_ISSUES,
    MOST_ITEMS,
    check_count,
    check_page_size,
    check_text,
)
from resolvers.errors import BadUserInputError
from schema.info import JunctureInfo
from schema.selection import iter_fields

_LONGEST = 1_000


class ArgumentsFirst(FieldExtension):
    """Refuses a field whose own arguments, or those of any field below it, are malformed."""

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: JunctureInfo, **kwargs: Any
    ) -> Any:
        """The field's value, after the check."""
        for name, arguments in iter_fields(info):
            try:
                _check(name, arguments, info)
            except BadUserInputError as error:
                raise BadUserInputError(
                    f"{name}: {error.message}", argument=error.argument
                ) from None
        return await next_(source, info, **kwargs)


CHECKED: list[FieldExtension] = [ArgumentsFirst()]
"""For fields that call Jira, or lead to fields that do."""


def _check(name: str, arguments: dict[str, Any], info: JunctureInfo) -> None:
    first, after = arguments.get("first"), arguments.get("after")
    if isinstance(first, int):
        check_page_size(first, most=MOST_ISSUES if name == "issues" else MOST_ITEMS)
    if isinstance(after, str):
        info.context.check_cursor(after)
    if arguments.get("states") == []:
        raise BadUserInputError("`states` names no state; leave it out for all.", argument="states")
    order = arguments.get("orderBy")
    check_count(order if isinstance(order, list) else (), argument="orderBy", most=MOST_ORDERS)
    for field, text in _iter_texts(arguments.get("filter")):
        check_text(text, argument=f"filter.{field}", longest=_LONGEST)


def _iter_texts(given: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """The texts of a filter, each with the field that it stands in."""
    if isinstance(given, str):
        yield field, given
    elif isinstance(given, dict):
        for name, value in given.items():
            yield from _iter_texts(value, name)
    elif isinstance(given, list):
        for value in given:
            yield from _iter_texts(value, field)
