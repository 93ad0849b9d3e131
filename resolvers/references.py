"""Arguments that say "idOrKey": a global id, a key or a number will do."""

from jira_api.paths import (
    IssueKey,
    NumericId,
    ProjectKey,
    is_issue_key,
    is_numeric_id,
    is_project_key,
    shorten,
)
from jira_api.records import Origin
from resolvers.errors import BadUserInputError
from resolvers.global_ids import find_global_id


def parse_project(origin: Origin, text: str) -> NumericId | ProjectKey:
    """A project's number or key.

    Raises:
        BadUserInputError: it is neither, nor the global id of a project of this connection.
    """
    return ProjectKey(text) if is_project_key(text) else _number(origin, text, "Project")


def parse_project_id(origin: Origin, text: str, *, argument: str) -> NumericId:
    """A project's number.

    Raises:
        BadUserInputError: it is none, nor the global id of a project of this connection.
    """
    return _number(origin, text, "Project", argument)


def parse_issue(origin: Origin, text: str, *, argument: str | None = None) -> NumericId | IssueKey:
    """An issue's number or key.

    Raises:
        BadUserInputError: it is neither, nor the global id of an issue of this connection.
    """
    return IssueKey(text) if is_issue_key(text) else _number(origin, text, "Issue", argument)


def parse_defined(origin: Origin, text: str, type_name: str, *, argument: str) -> NumericId:
    """The number of something that the site defines, such as an issue type or a priority.

    Raises:
        BadUserInputError: it is none, nor the global id of such a thing of this connection.
    """
    return _number(origin, text, type_name, argument)


def parse_board(origin: Origin, text: str) -> NumericId:
    """A board's number.

    Raises:
        BadUserInputError: it is none, nor the global id of a board of this connection.
    """
    return _number(origin, text, "Board")


def parse_sprint(origin: Origin, text: str) -> NumericId:
    """A sprint's number.

    Raises:
        BadUserInputError: it is none, nor the global id of a sprint of this connection.
    """
    return _number(origin, text, "Sprint")


def _number(origin: Origin, text: str, type_name: str, argument: str | None = None) -> NumericId:
    if is_numeric_id(text):
        return NumericId(text)
    named = find_global_id(text)
    is_ours = (
        named is not None
        and named.type_name == type_name
        and named.connection_id == origin.label
        and is_numeric_id(named.jira_id)
    )
    if named is None or not is_ours:
        noun, example = _KINDS[type_name]
        raise BadUserInputError(
            f"{shorten(text)!r} names no {noun} of this connection: pass {example}, "
            "or the `id` that this connection gave.",
            argument=argument,
        )
    return NumericId(named.jira_id)


_KINDS = {
    "Project": ("project", "a key such as PROJ, a number such as 10001"),
    "Issue": ("issue", "a key such as PROJ-1, a number such as 10001"),
    "Board": ("board", "a number such as 12"),
    "Sprint": ("sprint", "a number such as 12"),
    "IssueType": ("issue type", "a number such as 10001"),
    "Priority": ("priority", "a number such as 3"),
}
