"""Details of projects and leads of components that siblings of one operation want, asked together.

What Jira hides, or has lost since the issue was read, is None.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from jira_api.errors import NotFoundError
from jira_api.paths import NumericId
from jira_api.projects import (
    PROJECTS_BULK_SIZE,
    fetch_projects,
    get_component,
    get_project,
    list_components,
)
from jira_api.records import Component, Project
from resolvers.calls import OperationCalls
from resolvers.errors import EXPECTED
from resolvers.issue_parts import SAYS_NOTHING
from resolvers.loaders import OperationLoader, Sessions

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DetailsKey:
    """A project of a connection (by its label)."""

    label: str
    project_id: NumericId


@dataclass(frozen=True, slots=True)
class ComponentKey:
    """A component of a connection (by its label), and its project where that is known."""

    label: str
    component_id: NumericId
    project_id: NumericId | None


class ProjectLoaders:
    """The batches of one operation."""

    def __init__(self, sessions: Sessions, calls: OperationCalls) -> None:
        reads = _Reads(sessions, calls)
        self.projects: OperationLoader[DetailsKey, Project | None] = OperationLoader(
            _each_label(reads.read_projects), calls, max_batch_size=PROJECTS_BULK_SIZE
        )
        self.components: OperationLoader[ComponentKey, Component | None] = OperationLoader(
            _each_label(reads.read_components), calls
        )

    def clear(self) -> None:
        """Read anew from now on."""
        self.projects.clear_all()
        self.components.clear_all()


K = TypeVar("K", DetailsKey, ComponentKey)
_Found = Mapping[K, T | Exception | None]


def _each_label(
    read: Callable[[str, Sequence[K]], Coroutine[Any, Any, _Found[K, T]]],
) -> Callable[[list[K]], Coroutine[Any, Any, list[T | Exception | None]]]:
    async def load(keys: list[K]) -> list[T | Exception | None]:
        found: dict[K, T | Exception | None] = {}
        for label in {key.label for key in keys}:
            found.update(await read(label, [key for key in keys if key.label == label]))
        return [found[key] for key in keys]

    return load


class _Reads:
    """The calls of one operation."""

    def __init__(self, sessions: Sessions, calls: OperationCalls) -> None:
        self._sessions = sessions
        self._calls = calls

    async def read_projects(
        self, label: str, keys: Sequence[DetailsKey]
    ) -> _Found[DetailsKey, Project]:
        """One by a GET, several by a search, and by a GET each that the search leaves out."""
        ids = [key.project_id for key in keys]
        found: dict[str, Project] = {}
        if len(ids) > 1:
            try:
                listed = await fetch_projects(self._sessions(label), ids)
                found = {each.project_id: each for each in listed}
            except SAYS_NOTHING:
                pass
            except EXPECTED as error:
                return dict.fromkeys(keys, error)
        missing = [each for each in ids if each not in found]
        read = await asyncio.gather(*(self._get_project(label, each) for each in missing))
        got = dict(zip(missing, read, strict=True))
        return {key: found.get(key.project_id) or got.get(key.project_id) for key in keys}

    async def read_components(
        self, label: str, keys: Sequence[ComponentKey]
    ) -> _Found[ComponentKey, Component]:
        """One of a project by a GET, several by a list of all that the project has."""
        projects = list(dict.fromkeys(key.project_id for key in keys))
        groups = ([key for key in keys if key.project_id == each] for each in projects)
        found: dict[ComponentKey, Component | Exception | None] = {}
        for part in await asyncio.gather(*(self._read_group(label, each) for each in groups)):
            found.update(part)
        return found

    async def _read_group(
        self, label: str, keys: Sequence[ComponentKey]
    ) -> _Found[ComponentKey, Component]:
        listed: Mapping[str, Component] = {}
        project_id = keys[0].project_id
        if project_id is not None and len(keys) > 1:
            try:
                listed = await self._list_components(label, project_id)
            except SAYS_NOTHING:
                pass
            except EXPECTED as error:
                return dict.fromkeys(keys, error)
        missing = [key for key in keys if key.component_id not in listed]
        read = await asyncio.gather(*(self._get_component(key) for key in missing))
        got = dict(zip(missing, read, strict=True))
        return {key: listed.get(key.component_id) or got.get(key) for key in keys}

    async def _list_components(self, label: str, project_id: NumericId) -> Mapping[str, Component]:
        listed = await self._calls.once(
            (label, "components", project_id),
            lambda: list_components(self._sessions(label), project_id),
        )
        return {each.component_id: each for each in listed}

    async def _get_component(self, key: ComponentKey) -> Component | Exception | None:
        return await self._find(
            (key.label, "component", key.component_id),
            lambda: get_component(self._sessions(key.label), key.component_id),
        )

    async def _get_project(self, label: str, project_id: NumericId) -> Project | Exception | None:
        return await self._find(
            (label, "project", project_id),
            lambda: get_project(self._sessions(label), project_id),
        )

    async def _find(
        self, key: tuple[str, str, str], call: Callable[[], Coroutine[Any, Any, T]]
    ) -> T | Exception | None:
        try:
            return await self._calls.once(key, call)
        except NotFoundError:
            return None
        except EXPECTED as error:
            return error
