"""How much the filters of one operation may hold together.

A filter is read anew for every field that takes it, so that a short document with one long
variable could keep the process busy for seconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_operation_ast,
)
from strawberry.extensions import SchemaExtension

from resolvers.errors import TooComplexError

MOST_FILTERS = 200
MOST_VALUES = 5_000
FILTER = "filter"
"""The argument that takes a filter, on every field that takes one."""


class FilterLimiter(SchemaExtension):
    """Refuses an operation whose filters are too many, before any of them is converted."""

    def on_execute(self) -> Iterator[None]:
        """Count what the operation's filters hold, as they were sent.

        Raises:
            TooComplexError: they hold more than an operation may.
        """
        execution = self.execution_context
        document = execution.graphql_document
        if document is not None:
            check_filters(document, execution.operation_name, execution.variables or {})
        yield


def check_filters(
    document: DocumentNode, operation_name: str | None, variables: Mapping[str, Any]
) -> None:
    """Refuse an operation of a valid document whose filters hold too much together.

    A filter counts with those inside of it, once for each field that takes it: each alias, and
    each spread of a fragment.

    Raises:
        TooComplexError: they hold more than `MOST_FILTERS` filters or `MOST_VALUES` values.
    """
    operation = get_operation_ast(document, operation_name)
    if operation is None:
        return
    size = _Counter.of(document, operation, variables).measure(operation.selection_set)
    if size.filters > MOST_FILTERS or size.values > MOST_VALUES:
        raise TooComplexError(
            f"The filters of this operation hold too much: {MOST_FILTERS} filters, those inside of "
            f"others included, and {MOST_VALUES} values may stand in all of them together, each "
            "counted for every field that takes it. Ask with fewer filters, or with several "
            "operations."
        )


class _Size(NamedTuple):
    filters: int
    values: int

    def plus(self, other: "_Size") -> "_Size":
        return _Size(self.filters + other.filters, self.values + other.values)


@dataclass(slots=True)
class _Counter:
    """Measures selections; each fragment and each variable is walked once."""

    fragments: Mapping[str, FragmentDefinitionNode]
    defaults: Mapping[str, ValueNode | None]
    variables: Mapping[str, Any]
    _spread: dict[str, _Size] = field(default_factory=dict)
    _given: dict[str, _Size] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> "_Counter":
        fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        defaults = {
            each.variable.name.value: each.default_value
            for each in operation.variable_definitions or ()
        }
        return cls(fragments, defaults, variables)

    def measure(self, selected: SelectionSetNode) -> _Size:
        """All filters of the fields selected, and below them."""
        size = _Size(0, 0)
        for node in selected.selections:
            size = size.plus(self._measure_node(node))
        return size

    def _measure_node(self, node: SelectionNode) -> _Size:
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in self._spread:
                self._spread[name] = self.measure(self.fragments[name].selection_set)
            return self._spread[name]
        size = _Size(0, 0)
        if isinstance(node, FieldNode):
            for argument in node.arguments or ():
                if argument.name.value == FILTER:
                    size = size.plus(self._measure_written(argument.value))
        if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set is not None:
            size = size.plus(self.measure(node.selection_set))
        return size

    def _measure_written(self, node: ValueNode) -> _Size:
        """A value as the document holds it."""
        size, pending = _Size(0, 0), [node]
        while pending:
            each = pending.pop()
            if isinstance(each, ObjectValueNode):
                size = size.plus(_Size(1, 0))
                pending.extend(inner.value for inner in each.fields)
            elif isinstance(each, ListValueNode):
                pending.extend(each.values)
            elif isinstance(each, VariableNode):
                size = size.plus(self._measure_variable(each.name.value))
            else:
                size = size.plus(_Size(0, 1))
        return size

    def _measure_variable(self, name: str) -> _Size:
        if name not in self._given:
            default = self.defaults.get(name)
            if name in self.variables:
                self._given[name] = _measure_given(self.variables[name])
            else:
                self._given[name] = (
                    _Size(0, 0) if default is None else self._measure_written(default)
                )
        return self._given[name]


def _measure_given(value: Any) -> _Size:
    """A variable's value as the request holds it, as far as it may be long."""
    filters, values, pending = 0, 0, [value]
    while pending and filters <= MOST_FILTERS and values <= MOST_VALUES:
        each = pending.pop()
        if isinstance(each, dict):
            filters += 1
            pending.extend(each.values())
        elif isinstance(each, list):
            pending.extend(each)
        else:
            values += 1
    return _Size(filters, values)
