"""Transitions and edit forms that siblings of one operation want, asked together.

An issue that is alone in wanting them is a call of its own, and so is one whose part of a batch
did not come.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from jira_api.client import JiraSession
from jira_api.field_metadata import FieldMetadata
from jira_api.issue_forms import (
    EDIT_FORMS_BULK_SIZE,
    TRANSITIONS_BULK_SIZE,
    fetch_edit_forms,
    fetch_transitions,
)
from jira_api.paths import NumericId
from jira_api.transitions import Transition
from resolvers.calls import OperationCalls
from resolvers.errors import EXPECTED
from resolvers.issue_parts import SAYS_NOTHING
from resolvers.loaders import OperationLoader, Sessions

T = TypeVar("T")
_Fetch = Callable[[JiraSession, Sequence[NumericId]], Coroutine[Any, Any, Mapping[str, T]]]


@dataclass(frozen=True, slots=True)
class FormKey:
    """An issue of a connection (by its label)."""

    label: str
    issue_id: NumericId


class FormLoaders:
    """The batches of one operation; what is None has to be asked for by itself."""

    def __init__(self, sessions: Sessions, calls: OperationCalls) -> None:
        self.transitions: OperationLoader[FormKey, Sequence[Transition] | None] = _loader(
            sessions, calls, fetch_transitions, TRANSITIONS_BULK_SIZE
        )
        self.edit_forms: OperationLoader[FormKey, Sequence[FieldMetadata] | None] = _loader(
            sessions, calls, fetch_edit_forms, EDIT_FORMS_BULK_SIZE
        )

    def clear(self) -> None:
        """Read anew from now on."""
        self.transitions.clear_all()
        self.edit_forms.clear_all()


def _loader(
    sessions: Sessions, calls: OperationCalls, fetch: _Fetch[T], size: int
) -> OperationLoader[FormKey, T | None]:
    async def load_some(
        session: JiraSession, issue_ids: Sequence[NumericId]
    ) -> Mapping[str, T | Exception]:
        if len(issue_ids) == 1:
            return {}
        try:
            return await fetch(session, issue_ids)
        except SAYS_NOTHING:
            return {}
        except EXPECTED as error:
            return dict.fromkeys(issue_ids, error)

    async def load(keys: list[FormKey]) -> list[T | Exception | None]:
        found: dict[FormKey, T | Exception | None] = {}
        for label in {key.label for key in keys}:
            issue_ids = [key.issue_id for key in keys if key.label == label]
            loaded = await load_some(sessions(label), issue_ids)
            found.update((FormKey(label, each), loaded.get(each)) for each in issue_ids)
        return [found[key] for key in keys]

    return OperationLoader(load, calls, max_batch_size=size)
