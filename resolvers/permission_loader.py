"""What the connected person may do with issues and projects, asked together for all that ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from jira_api.client import JiraSession
from jira_api.errors import InvalidResponseError, RejectedError
from jira_api.paths import NumericId, is_numeric_id
from jira_api.permissions import MOST_CHECKED, Grants, ProjectPermission, check_permissions
from resolvers.calls import OperationCalls
from resolvers.errors import EXPECTED
from resolvers.loaders import OperationLoader, Sessions


class Place(Enum):
    """What a permission is asked of."""

    ISSUE = "issue"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class PermissionKey:
    """An issue or a project of a connection (by its label)."""

    label: str
    place: Place
    number: str


Held = frozenset[str]
"""Jira's keys of the permissions that the person has in a place."""


def permission_loader(
    sessions: Sessions, calls: OperationCalls
) -> OperationLoader[PermissionKey, Held]:
    """The permissions of issues and of projects, both in one call."""

    async def load(keys: list[PermissionKey]) -> list[Held | Exception]:
        found: dict[PermissionKey, Held | Exception] = {}
        for label in {key.label for key in keys}:
            wanted = [key for key in keys if key.label == label]
            found.update(await _load(sessions(label), wanted))
        return [found[key] for key in keys]

    return OperationLoader(load, calls, max_batch_size=MOST_CHECKED)


async def _load(
    session: JiraSession, keys: Sequence[PermissionKey]
) -> dict[PermissionKey, Held | Exception]:
    try:
        grants = await _check(session, keys)
    except EXPECTED as error:
        return dict.fromkeys(keys, error)
    held = {Place.ISSUE: grants.by_issue, Place.PROJECT: grants.by_project}
    return {key: frozenset(held[key.place].get(key.number, ())) for key in keys}


async def _check(session: JiraSession, keys: Sequence[PermissionKey]) -> Grants:
    issues = [_number(key) for key in keys if key.place is Place.ISSUE]
    projects = [_number(key) for key in keys if key.place is Place.PROJECT]
    try:
        return await check_permissions(session, issues=issues, projects=projects)
    except RejectedError as error:
        if ProjectPermission.MANAGE_SPRINTS not in error.field_errors:
            raise
    # A site without Jira Software knows no sprints, so that nobody there may manage any.
    known = set(ProjectPermission) - {ProjectPermission.MANAGE_SPRINTS}
    return await check_permissions(
        session, issues=issues, projects=projects, project_permissions=sorted(known)
    )


def _number(key: PermissionKey) -> NumericId:
    if not is_numeric_id(key.number):
        raise InvalidResponseError("Jira sent an id of an issue or a project that is no number.")
    return NumericId(key.number)
