"""How arguments and global ids name a comment or a worklog."""

from jira_api.issue_parts import PartId
from jira_api.paths import IssueKey, NumericId, is_numeric_id, shorten
from jira_api.records import Origin
from resolvers.errors import BadUserInputError
from resolvers.global_ids import GlobalId, find_global_id


def find_part_id(named: GlobalId) -> PartId | None:
    """What the last part of a global id names; None where it has another form."""
    issue_id, _, number = named.jira_id.partition(".")
    if not (is_numeric_id(issue_id) and is_numeric_id(number)):
        return None
    return PartId(NumericId(issue_id), NumericId(number))


def parse_part(
    origin: Origin, issue: NumericId | IssueKey, text: str, type_name: str, *, argument: str
) -> NumericId:
    """The number of a part of an issue, given as such or as a global id.

    Raises:
        BadUserInputError: it is neither, or the global id belongs to another connection or issue.
    """
    if is_numeric_id(text):
        return NumericId(text)
    named = find_global_id(text)
    is_ours = named is not None and (named.type_name, named.connection_id) == (
        type_name,
        origin.label,
    )
    part = find_part_id(named) if named is not None and is_ours else None
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
