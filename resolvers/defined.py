"""What a site defines for itself, in one call for all that ask."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from jira_api.client import JiraSession
from jira_api.records import Origin
from resolvers.context import Context

T = TypeVar("T")


async def load_defined(
    context: Context,
    origin: Origin,
    list_all: Callable[[JiraSession], Coroutine[Any, Any, Sequence[T]]],
) -> Sequence[T]:
    """Everything of a kind that the site defines, as `list_all` reads it.

    Raises:
        JiraApiError: the call failed.
    """
    session = context.session_of(origin)
    return await context.calls.once((origin.label, list_all), lambda: list_all(session))
