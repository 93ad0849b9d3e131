"""What a field's selection names below it, fragments and directives included.

Each fragment is walked once for a question, so that fragments which spread each other twice do
not double the work at every level.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    value_from_ast_untyped,
)

from resolvers.issues import Projection
from schema.info import JunctureInfo
from schema.jira_fields import ISSUE_FIELDS

Selected = dict[str, list[FieldNode]]


@dataclass(frozen=True, slots=True)
class _Document:
    """What a resolver sees of the document, and the operation's variables."""

    field_nodes: Sequence[FieldNode]
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: dict[str, Any]

    @classmethod
    def of(cls, info: JunctureInfo) -> "_Document":
        raw = info._raw_info  # noqa: SLF001 - strawberry shows the nodes nowhere else
        return cls(raw.field_nodes, raw.fragments, info.variable_values)


def select_names(info: JunctureInfo, *paths: tuple[str, ...], type_name: str) -> frozenset[str]:
    """The names selected below the field, at any of the paths, on the type that lies there."""
    return frozenset(_select(_Document.of(info), paths, type_name))


def select_issue(info: JunctureInfo, *paths: tuple[str, ...]) -> Projection:
    """What the selection wants of the issues at the paths."""
    document = _Document.of(info)
    selected = _select(document, paths, "Issue")
    names = set(selected)
    if "lead" in _collect(document, _sets(selected.get("components", [])), "Component"):
        # The leads of a project's components are asked for together.
        names.add("project")
    tabled = (ISSUE_FIELDS[name].field_id for name in names if name in ISSUE_FIELDS)
    return Projection(
        fields=frozenset(field_id for field_id in tabled if field_id is not None),
        custom_fields=tuple(_custom_names(document, selected.get("customField", ()))),
        has_all_custom="customFields" in selected,
        has_sprints=not selected.keys().isdisjoint({"sprint", "sprints"}),
        has_story_points="storyPoints" in selected,
        path=tuple(info.path.as_list()),
    )


def iter_fields(info: JunctureInfo) -> Iterator[tuple[str, dict[str, ValueNode]]]:
    """The field itself and every field selected below it, by name, with its arguments as written.

    A fragment is walked once, however often it is spread.
    """
    document = _Document.of(info)
    walked: set[str] = set()
    pending: list[SelectionNode] = list(document.field_nodes)
    while pending:
        node = pending.pop()
        if not _is_included(document, node):
            continue
        if isinstance(node, FieldNode):
            yield node.name.value, {each.name.value: each.value for each in node.arguments or ()}
            if node.selection_set is not None:
                pending.extend(node.selection_set.selections)
        else:
            pending.extend(_spread(document, node, None, walked))


NODES = (("nodes",), ("edges", "node"))


def _select(document: _Document, paths: Sequence[tuple[str, ...]], type_name: str) -> Selected:
    found: Selected = {}
    for path in paths:
        sets = _sets(document.field_nodes)
        for step in path:
            sets = _sets(_collect(document, sets, None).get(step, []))
        for name, nodes in _collect(document, sets, type_name).items():
            found.setdefault(name, []).extend(nodes)
    return found


def _sets(nodes: Sequence[FieldNode]) -> list[SelectionSetNode]:
    return [node.selection_set for node in nodes if node.selection_set is not None]


def _collect(
    document: _Document, sets: Sequence[SelectionSetNode], type_name: str | None
) -> Selected:
    """Fields by name; on one type where it is named, for interfaces hold several."""
    found: Selected = {}
    walked: set[str] = set()
    pending = [selection for each in sets for selection in each.selections]
    while pending:
        node = pending.pop()
        if not _is_included(document, node):
            continue
        if isinstance(node, FieldNode):
            found.setdefault(node.name.value, []).append(node)
        else:
            pending.extend(_spread(document, node, type_name, walked))
    return found


def _spread(
    document: _Document, node: SelectionNode, type_name: str | None, walked: set[str]
) -> Iterator[SelectionNode]:
    if isinstance(node, FragmentSpreadNode):
        name = node.name.value
        fragment = document.fragments.get(name)
        if name in walked or fragment is None:
            return
        walked.add(name)
        condition, body = fragment.type_condition.name.value, fragment.selection_set
    elif isinstance(node, InlineFragmentNode):
        condition = node.type_condition.name.value if node.type_condition else "Node"
        body = node.selection_set
    else:
        return
    if type_name is None or condition in {"Node", type_name}:
        yield from body.selections


def _is_included(document: _Document, node: SelectionNode) -> bool:
    for directive in node.directives or ():
        name = directive.name.value
        if name in {GraphQLSkipDirective.name, GraphQLIncludeDirective.name}:
            holds = any(_value(document, argument.value) for argument in directive.arguments or ())
            if holds == (name == GraphQLSkipDirective.name):
                return False
    return True


def _custom_names(document: _Document, nodes: Sequence[FieldNode]) -> Iterator[str]:
    for node in nodes:
        for argument in node.arguments or ():
            yield str(_value(document, argument.value))


def _value(document: _Document, node: Any) -> Any:
    return value_from_ast_untyped(node, document.variables)
