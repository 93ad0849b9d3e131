"""How much the arguments of one operation may hold together.

An argument is read anew for every field that takes it, so that a short document with one long
variable could keep the process busy for seconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
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
    value_from_ast_untyped,
)
from strawberry.extensions import SchemaExtension

from resolvers.errors import TooComplexError

MOST_FILTERS = 200
MOST_VALUES = 5_000
MOST_WORK = 50_000
"""The filters below pages, each as often as a page may have elements: a value is 1, a filter 10."""
MOST_REPEATED = 25_000
"""Values in variables beside filters, not counting the first field that takes each."""
FILTER = "filter"
"""The argument that takes a filter, on every field that takes one."""
_FILTER_WORK = 10
_USUAL_PAGE = 50
_LISTED = frozenset({"ids", "idsOrKeys"})
_ELEMENTS = frozenset({"nodes", "edges"})


class ArgumentLimiter(SchemaExtension):
    """Refuses an operation whose arguments are too much, before any of them is converted."""

    def on_execute(self) -> Iterator[None]:
        """Count what the operation's arguments hold, as they were sent.

        Raises:
            TooComplexError: they hold more than an operation's may.
        """
        execution = self.execution_context
        document = execution.graphql_document
        if document is not None:
            check_sizes(document, execution.operation_name, execution.variables or {})
        yield


def check_sizes(
    document: DocumentNode, operation_name: str | None, variables: Mapping[str, Any]
) -> None:
    """Refuse an operation of a valid document whose arguments hold too much together.

    A filter counts with those inside of it, once for each field that takes it: each alias, and
    each spread of a fragment. So does a variable in any other argument.

    Raises:
        TooComplexError: there is more than `MOST_FILTERS`, `MOST_VALUES`, `MOST_WORK` or
            `MOST_REPEATED` say.
    """
    operation = get_operation_ast(document, operation_name)
    if operation is None:
        return
    counter = _Counter.of(document, operation, variables)
    size = counter.measure(operation.selection_set)
    if size.filters > MOST_FILTERS or size.values > MOST_VALUES:
        raise TooComplexError(
            f"The filters of this operation hold too much: {MOST_FILTERS} filters, those inside of "
            f"others included, and {MOST_VALUES} values may stand in all of them together, each "
            "counted for every field that takes it. Ask with fewer filters, or with several "
            "operations."
        )
    if size.work > MOST_WORK:
        raise TooComplexError(
            "The filters of this operation would be read too often: each is read for every "
            "element of the pages above it. Give these pages a smaller `first`, or ask with "
            "smaller filters."
        )
    if size.given - counter.count_named() > MOST_REPEATED:
        raise TooComplexError(
            "Long variables are given to too many fields: all fields but the first that takes each "
            f"may be given {MOST_REPEATED:,} values together. Ask with several operations."
        )


class _Size(NamedTuple):
    """`work`: what filters cost where pages repeat them; `given`: what stands beside filters."""

    filters: int = 0
    values: int = 0
    work: int = 0
    given: int = 0

    def plus(self, other: "_Size") -> "_Size":
        return _Size(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def repeated(self, times: int) -> "_Size":
        return self._replace(work=self.work * times)


@dataclass(slots=True)
class _Counter:
    """Measures selections; each fragment and each variable is walked once."""

    fragments: Mapping[str, FragmentDefinitionNode]
    defaults: Mapping[str, ValueNode | None]
    variables: Mapping[str, Any]
    _spread: dict[str, _Size] = field(default_factory=dict)
    _given: dict[str, _Size] = field(default_factory=dict)
    _named: dict[str, int] = field(default_factory=dict)

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
        size = _Size()
        for node in selected.selections:
            size = size.plus(self._measure_node(node))
        return size

    def _measure_node(self, node: SelectionNode) -> _Size:
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in self._spread:
                self._spread[name] = self.measure(self.fragments[name].selection_set)
            return self._spread[name]
        size = _Size()
        if isinstance(node, FieldNode):
            for argument in node.arguments or ():
                size = size.plus(self._measure_argument(argument))
        if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set is not None:
            below = self.measure(node.selection_set)
            times = self._count_elements(node) if isinstance(node, FieldNode) else 1
            size = size.plus(below.repeated(times))
        return size

    def _measure_argument(self, argument: ArgumentNode) -> _Size:
        if argument.name.value != FILTER:
            return _Size(given=self._count_given(argument.value))
        size = self._measure_written(argument.value)
        return size._replace(work=_FILTER_WORK * size.filters + size.values)

    def _count_elements(self, node: FieldNode) -> int:
        """How many elements a page may have, at most; 1 for what is no page."""
        arguments = {each.name.value: each.value for each in node.arguments or ()}
        for name in _LISTED & arguments.keys():
            listed = value_from_ast_untyped(arguments[name], dict(self.variables))
            return max(1, len(listed)) if isinstance(listed, list) else 1
        if "first" in arguments:
            first = value_from_ast_untyped(arguments["first"], dict(self.variables))
            return max(1, first) if isinstance(first, int) else _USUAL_PAGE
        selected = node.selection_set.selections if node.selection_set else ()
        names = {each.name.value for each in selected if isinstance(each, FieldNode)}
        return _USUAL_PAGE if names & _ELEMENTS else 1

    def _count_given(self, node: ValueNode) -> int:
        """The values of the variables in an argument, each once; the document's own are few.

        Where one stands several times in the same argument, whoever reads that bounds it.
        """
        names: set[str] = set()
        pending = [node]
        while pending:
            each = pending.pop()
            if isinstance(each, ObjectValueNode):
                pending.extend(inner.value for inner in each.fields)
            elif isinstance(each, ListValueNode):
                pending.extend(each.values)
            elif isinstance(each, VariableNode):
                names.add(each.name.value)
        for name in names - self._named.keys():
            self._named[name] = _count_values(self.variables.get(name))
        return sum(self._named[name] for name in names)

    def count_named(self) -> int:
        """The values of all variables in arguments beside filters, each once."""
        return sum(self._named.values())

    def _measure_written(self, node: ValueNode) -> _Size:
        """A value as the document holds it."""
        size, pending = _Size(), [node]
        while pending:
            each = pending.pop()
            if isinstance(each, ObjectValueNode):
                size = size.plus(_Size(filters=1))
                pending.extend(inner.value for inner in each.fields)
            elif isinstance(each, ListValueNode):
                pending.extend(each.values)
            elif isinstance(each, VariableNode):
                size = size.plus(self._measure_variable(each.name.value))
            else:
                size = size.plus(_Size(values=1))
        return size

    def _measure_variable(self, name: str) -> _Size:
        if name not in self._given:
            default = self.defaults.get(name)
            if name in self.variables:
                self._given[name] = _measure_given(self.variables[name])
            else:
                self._given[name] = _Size() if default is None else self._measure_written(default)
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


def _count_values(value: Any) -> int:
    """All values within a variable's, itself included."""
    count, pending = 0, [value]
    while pending:
        each = pending.pop()
        count += 1
        if isinstance(each, dict):
            pending.extend(each.values())
        elif isinstance(each, list):
            pending.extend(each)
    return count
