"""Inputs as resolvers take them, with each type read once.

Strawberry looks every member of an input up again for each value of it, given or not: some tenths
of a millisecond a value, and seconds for a mutation that makes a thousand issues with their custom
fields. Source: strawberry 0.341, `convert_argument` and `StrawberryObjectDefinition.from_input`.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field
from functools import partial
from typing import Any

from strawberry import UNSET
from strawberry.schema import BaseSchema
from strawberry.types.base import (
    StrawberryList,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.lazy_type import LazyType

Read = Callable[[Any], Any]


def read_types_once(schema: BaseSchema) -> None:
    """Let the inputs of a schema be made by members that are looked up one time."""
    name_of = schema.config.name_converter.from_field
    made: dict[StrawberryObjectDefinition, _Input] = {}
    for known in schema.schema_converter.type_map.values():
        definition = known.definition
        if isinstance(definition, StrawberryObjectDefinition) and definition.is_input:
            made[definition] = _Input(definition.origin)
    for definition, each in made.items():
        for member in definition.fields:
            read = _find_reader(member.resolve_type(type_definition=definition), made)
            each.members[name_of(member)] = (member.python_name, read)
            if member.default_value is MISSING and member.default_factory is MISSING:
                each.absent[member.python_name] = None
        definition.from_input = each.make


@dataclass(slots=True)
class _Input:
    """How values of one input are made: by name, each member's name in Python and its reader.

    `absent` is what stands for members without a default where nothing is given.
    """

    kind: type
    members: dict[str, tuple[str, Read]] = field(default_factory=dict)
    absent: dict[str, None] = field(default_factory=dict)

    def make(self, _kind: type, given: Mapping[str, Any], _context: object) -> Any:
        """A value as strawberry asks for it."""
        return self.read(given)

    def read(self, given: Mapping[str, Any]) -> Any:
        """A value, with those inside of it."""
        parts: dict[str, Any] = {**self.absent}
        for name, value in given.items():
            python_name, read = self.members[name]
            parts[python_name] = _read_given(read, value)
        return self.kind(**parts)


def _find_reader(type_: Any, made: Mapping[StrawberryObjectDefinition, _Input]) -> Read:
    if isinstance(type_, StrawberryOptional):
        return _find_reader(type_.of_type, made)
    if isinstance(type_, LazyType):
        return _find_reader(type_.resolve_type(), made)
    if isinstance(type_, StrawberryList):
        inner = _find_reader(type_.of_type, made)
        return list if inner is _keep else partial(_read_list, inner)
    definition = get_object_definition(type_)
    return _keep if definition is None else made[definition].read


def _read_given(read: Read, value: Any) -> Any:
    return value if value is None or value is UNSET else read(value)


def _read_list(read: Read, values: Any) -> list[Any]:
    return [_read_given(read, each) for each in values]


def _keep(value: Any) -> Any:
    """Scalars and members of enumerations, which the schema has read already."""
    return value
