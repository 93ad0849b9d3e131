"""Things with a global id."""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

from resolvers.global_ids import GlobalId

T = TypeVar("T", bound=type)


@strawberry.interface(description="A thing with an id that is good across the whole graph.")
class Node:
    """Whatever `node` can find again."""

    id: strawberry.ID = strawberry.field(
        description="Opaque; survives reauthorisation; no permission."
    )


def node_type(
    *records: type, key: str, description: str, type_name: str | None = None
) -> Callable[[T], T]:
    """Make a class the GraphQL type of records of Jira; their attribute `key` is Jira's id.

    The records themselves are returned by resolvers, so a leaf is a plain attribute.
    """

    def decorate(cls: T) -> T:
        name = type_name or cls.__name__

        def resolve_id(root: strawberry.Parent[Any]) -> strawberry.ID:
            named = GlobalId(name, root.origin.label, getattr(root, key))
            return strawberry.ID(str(named))

        def is_type_of(value: object, _info: object) -> bool:
            return isinstance(value, records)

        cls.id = strawberry.field(  # type: ignore[attr-defined]  # a field that every node has
            resolver=resolve_id, description="Opaque; survives reauthorisation; no permission."
        )
        cls.__annotations__["id"] = strawberry.ID
        cls.is_type_of = staticmethod(is_type_of)  # type: ignore[attr-defined]  # strawberry's hook
        return strawberry.type(cls, name=name, description=description)

    return decorate
