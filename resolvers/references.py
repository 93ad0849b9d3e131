"""Arguments that say "idOrKey": a global id, a key or a number will do."""

from jira_api.paths import (
    AccountId,
    IssueKey,
    NumericId,
    ProjectKey,
    is_account_id,
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


def check_defined(text: str, type_name: str, *, argument: str) -> None:
    """Refuse what is no number and no global id of something that a site defines, of whichever.

    Raises:
        BadUserInputError: it is neither.
    """
    named = find_global_id(text)
    is_global = named is not None and named.type_name == type_name
    if not is_global and not is_numeric_id(text):
        raise _refuse(text, type_name, argument)


def parse_board(origin: Origin, text: str) -> NumericId:
    """A board's number.

    Raises:
        BadUserInputError: it is none, nor the global id of a board of this connection.
    """
    return _number(origin, text, "Board")


def parse_sprint(origin: Origin, text: str, *, argument: str | None = None) -> NumericId:
    """A sprint's number.

    Raises:
        BadUserInputError: it is none, nor the global id of a sprint of this connection.
    """
    return _number(origin, text, "Sprint", argument)


def parse_person(origin: Origin, text: str, *, argument: str) -> AccountId:
    """A person's account id.

    Raises:
        BadUserInputError: it has another form, or is the global id of anything but a person of
            this connection.
    """
    named = find_global_id(text)
    is_ours = named is None or (named.type_name, named.connection_id) == ("User", origin.label)
    account_id = text if named is None else named.jira_id
    if not is_ours or not is_account_id(account_id):
        raise BadUserInputError(
            f"{shorten(text)!r} names no person of this connection: pass an account id, or the "
            "`id` that this connection gave.",
            argument=argument,
        )
    return AccountId(account_id)


def parse_attachment(origin: Origin, text: str, *, argument: str) -> NumericId:
    """An attachment's number.

    Raises:
        BadUserInputError: it is none, nor the global id of an attachment of this connection.
    """
    return _number(origin, text, "Attachment", argument)


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
        raise _refuse(text, type_name, argument)
    return NumericId(named.jira_id)


def _refuse(text: str, type_name: str, argument: str | None) -> BadUserInputError:
    noun, example = _KINDS[type_name]
    return BadUserInputError(
        f"{shorten(text)!r} names no {noun} of this connection: pass {example}, "
        "or the `id` that this connection gave.",
        argument=argument,
    )


_KINDS = {
    "Project": ("project", "a key such as PROJ, a number such as 10001"),
    "Issue": ("issue", "a key such as PROJ-1, a number such as 10001"),
    "Board": ("board", "a number such as 12"),
    "Sprint": ("sprint", "a number such as 12"),
    "IssueType": ("issue type", "a number such as 10001"),
    "Attachment": ("attachment", "a number such as 10001"),
    "Priority": ("priority", "a number such as 3"),
    "IssueLinkType": ("kind of links", "a number such as 10000"),
    "Status": ("status", "a number such as 3"),
    "Component": ("component", "a number such as 10001"),
    "Version": ("version", "a number such as 10001"),
    "Resolution": ("resolution", "a number such as 10000"),
}
