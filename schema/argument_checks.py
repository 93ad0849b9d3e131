"""Arguments are checked before a field calls anybody, those of the fields below it included.

Without it, a malformed argument deep in a selection would be met only after its parents had been
fetched.
"""

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Any, TypeVar, cast

from graphql import (
    GraphQLInputType,
    Undefined,
    ValueNode,
    parse_type,
    type_from_ast,
    value_from_ast,
    value_from_ast_untyped,
)
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.types.arguments import convert_argument

from jira_api.errors import InvalidArgumentError
from resolvers.access.viewer import Right
from resolvers.arguments import (
    MOST_ISSUES,
    MOST_ITEMS,
    MOST_LABELS,
    check_count,
    check_page_size,
    check_text,
)
from resolvers.boards import LONGEST_NAME, check_board_type, check_states
from resolvers.errors import BadUserInputError
from resolvers.issues import check_question
from resolvers.references import check_defined
from schema.arguments import chosen_states, page_size
from schema.enums import BoardType, SprintState
from schema.info import JunctureInfo
from schema.issue_inputs import IssueFilter, IssueOrder, question
from schema.selection import iter_fields

E = TypeVar("E", bound=Enum)


class ArgumentsFirst(FieldExtension):
    """Refuses a field whose own arguments, or those of any field below it, are malformed."""

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: JunctureInfo, **kwargs: Any
    ) -> Any:
        """The field's value, after the check."""
        check_arguments(info)
        return await next_(source, info, **kwargs)


CHECKED: list[FieldExtension] = [ArgumentsFirst()]
"""For fields that call Jira, or lead to fields that do."""


def check_arguments(info: JunctureInfo) -> None:
    """Refuse malformed arguments of the field and of every field below it.

    Raises:
        BadUserInputError: one is malformed; the message names its field.
    """
    for name, arguments in iter_fields(info):
        try:
            _check(name, arguments, info)
        except (BadUserInputError, InvalidArgumentError) as error:
            raise BadUserInputError(f"{name}: {error.message}") from None


_MOST = {"issues": MOST_ISSUES, "backlog": MOST_ISSUES, "labels": MOST_LABELS}
"""How many a page of a field may hold, where that is not as many as elsewhere."""
_NAMED = frozenset({"boards", "projects", "users", "assignableUsers", "labels"})
"""The fields that are asked by a part of a name."""


def _check(name: str, given: Mapping[str, ValueNode], info: JunctureInfo) -> None:
    """What each argument's own resolver would refuse, by the same checks."""
    arguments = {
        key: value_from_ast_untyped(node, info.variable_values) for key, node in given.items()
    }
    _check_page(name, arguments, info)
    if isinstance(arguments.get("states"), list):
        check_states(chosen_states([_member(SprintState, each) for each in arguments["states"]]))
    if name == "boards" and arguments.get("type") not in {None, Undefined}:
        check_board_type(_member(BoardType, arguments["type"]))
    for key in ("name", "query"):
        if name in _NAMED and isinstance(arguments.get(key), str):
            check_text(arguments[key], argument=key, longest=LONGEST_NAME)
    if name == "issuesByIdOrKey" and isinstance(arguments.get("idsOrKeys"), list):
        check_count(arguments["idsOrKeys"], argument="idsOrKeys", most=MOST_ISSUES)
    if name == "createFields" and isinstance(arguments.get("issueTypeId"), str):
        check_defined(arguments["issueTypeId"], "IssueType", argument="issueTypeId")
    if name == "issues" and isinstance(arguments.get("jql"), str):
        info.context.viewer.require(Right.RAW_JQL)
    if not given.keys().isdisjoint({"filter", "orderBy", "jql"}):
        condition = _coerce(given.get("filter"), "IssueFilter", IssueFilter, info)
        order = _coerce(given.get("orderBy"), "[IssueOrder!]", list[IssueOrder], info)
        jql = arguments.get("jql")
        check_question(
            question(
                condition=condition,
                order_by=order,
                first=1,
                after=None,
                jql=jql if isinstance(jql, str) else None,
            )
        )


def _check_page(name: str, arguments: Mapping[str, Any], info: JunctureInfo) -> None:
    if arguments.get("first", Undefined) is not Undefined:
        check_page_size(page_size(arguments["first"]), most=_MOST.get(name, MOST_ITEMS))
    if isinstance(arguments.get("after"), str):
        info.context.check_cursor(arguments["after"])


def _member(kind: type[E], value: Any) -> E:
    """An enumeration's member: documents hold names, variables may hold members already."""
    return value if isinstance(value, kind) else kind[str(value)]


def _coerce(node: ValueNode | None, type_name: str, python_type: Any, info: JunctureInfo) -> Any:
    """An input as a resolver gets it; None where it was not given."""
    if node is None:
        return None
    converter = info.schema.schema_converter
    graphql_type = type_from_ast(info._raw_info.schema, parse_type(type_name))  # noqa: SLF001 - strawberry shows the schema nowhere else
    value = value_from_ast(node, cast("GraphQLInputType", graphql_type), info.variable_values)
    if value is None or value is Undefined:
        return None
    annotation = StrawberryAnnotation(python_type).resolve()
    return convert_argument(value, annotation, converter.scalar_registry, converter.config)
