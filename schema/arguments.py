"""Arguments that many fields share, each described once."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from resolvers.errors import BadUserInputError
from schema.enums import SprintState

First = Annotated[
    int | None, strawberry.argument(description="How many: 1 to 100; of issues 1 to 1,000.")
]
After = Annotated[
    str | None, strawberry.argument(description="The `endCursor` of the page before.")
]
States = Annotated[
    list[SprintState] | None, strawberry.argument(description="Of these states alone.")
]


def page_size(first: int | None) -> int:
    """The page's size, which a client may not take away.

    Raises:
        BadUserInputError: it is null.
    """
    if first is None:
        raise BadUserInputError("`first` cannot be null.", argument="first")
    return first


def chosen_states(states: Sequence[SprintState] | None) -> frozenset[SprintState]:
    """The wanted states; none named means all.

    Raises:
        BadUserInputError: an empty list was named.
    """
    if states is not None and not states:
        raise BadUserInputError("`states` names no state; leave it out for all.", argument="states")
    return frozenset(states or ())
