"""How arguments and global ids name a comment or a worklog."""

from jira_api.issue_parts import PartId
from jira_api.paths import IssueKey, NumericId, is_numeric_id, shorten
from jira_api.records import Origin
from resolvers.errors import BadUserInputError
from resolvers.global_ids import find_global_id


def find_part_id(jira_id: str) -> PartId | None:
    """What the last part of a part's global id names; None where it has another form."""
    issue_id, _, number = jira_id.partition(".")
    if not (is_numeric_id(issue_id) and is_numeric_id(number)):
        return None
    return PartId(NumericId(issue_id), NumericId(number))


def find_own_part(origin: Origin, text: str, type_name: str) -> PartId | None:
    """What a global id of this connection names; None for any other text."""
    named = find_global_id(text)
    if named is None or (named.type_name, named.connection_id) != (type_name, origin.label):
        return None
    return find_part_id(named.jira_id)


def parse_part(
    origin: Origin, issue: NumericId | IssueKey, text: str, type_name: str, *, argument: str
) -> NumericId:
    """The number of a part of an issue, given as such or as a global id.

    Raises:
        BadUserInputError: it is neither, or the global id belongs to another connection or issue.
    """
    if is_numeric_id(text):
        return NumericId(text)
    part = find_own_part(origin, text, type_name)
    noun = type_name.lower()
    if part is None:
        raise BadUserInputError(
            f"{shorten(text)!r} names no {noun} of this connection: pass a number such as 10001, "
            "or the `id` that this connection gave.",
            argument=argument,
        )
    if is_numeric_id(issue) and issue != part.issue_id:
        raise BadUserInputError(
            f"The {noun} belongs to the issue {part.issue_id}, not to {issue}.", argument=argument
        )
    return part.number
