"""How inputs name connections, projects, and things that a site defines."""

import strawberry

from resolvers.changes import issue_values
from resolvers.global_ids import GlobalId, find_global_id
from resolvers.linking.connections import (
    ConnectionReference,
    LinkedConnection,
    ProjectReference,
    get_referenced,
)
from schema.info import JunctureInfo


@strawberry.input(one_of=True, description="One of: your own id, or the connection's global id.")
class ConnectionRef:
    """One of: the caller's own id, or the connection's global id."""

    external_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Your own id."
    )
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The connection's global id."
    )


@strawberry.input(one_of=True, description="One of: a project's id, or its key.")
class ProjectRef:
    """One of: a project's id, or its key."""

    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Jira's id; no call is made for it."
    )
    key: str | None = strawberry.field(default=strawberry.UNSET, description="Such as PROJ.")


@strawberry.input(one_of=True, description="One of: an id, or a name.")
class IdOrName:
    """One of: an id, or a name."""

    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Jira's id, or a global id; names may be translated."
    )
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="In the language of the connected person."
    )


def connection_reference(given: ConnectionRef | None, *carriers: str | None) -> ConnectionReference:
    """The connection that is named, or the one that a global id among `carriers` belongs to.

    Where nothing names one, it is left to the caller's rights which it is.
    """
    if given is not None:
        return ConnectionReference(external_id=_find(given.external_id), global_id=_find(given.id))
    named = [found for each in carriers if (found := find_global_id(_find(each) or ""))]
    if not named:
        return ConnectionReference()
    connection_id = named[0].connection_id
    return ConnectionReference(global_id=str(GlobalId("Connection", connection_id, connection_id)))


async def find_connection(
    info: JunctureInfo, given: ConnectionRef | None, *carriers: str | None
) -> LinkedConnection:
    """The connection that a change is made through, named as `connection_reference` says.

    Raises:
        BadUserInputError: the id is none of a connection, or nothing names one.
        ConnectionNotFoundError: there is none, or none that the caller may use.
        ForbiddenError: the caller may not read the graph.
    """
    return await get_referenced(info.context, connection_reference(given, *carriers))


def project_reference(given: ProjectRef | None) -> ProjectReference | None:
    """The project that is named; None where none is."""
    if given is None or given is strawberry.UNSET:
        return None
    return ProjectReference(project_id=_find(given.id), key=_find(given.key))


def id_or_name(given: IdOrName) -> issue_values.IdOrName:
    """A thing that the site defines, as it is named."""
    return issue_values.IdOrName(id=_find(given.id), name=_find(given.name))


def _find(given: str | None) -> str | None:
    return None if given is strawberry.UNSET else given
