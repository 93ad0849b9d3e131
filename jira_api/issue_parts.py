"""Comments and worklogs: things with a number of their own that Jira keeps below an issue."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from jira_api.errors import InvalidArgumentError, InvalidResponseError, OutcomeUnknownError
from jira_api.json_values import JsonObject, get_text
from jira_api.paths import IssueKey, NumericId, is_numeric_id, parse_numeric_id

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PartId:
    """What names a part across its site: Jira asks for its issue too."""

    issue_id: NumericId
    number: NumericId

    def __str__(self) -> str:
        return f"{self.issue_id}.{self.number}"


def read_number(raw: JsonObject) -> NumericId:
    """The number of a part.

    Raises:
        InvalidResponseError: it has none.
    """
    try:
        return parse_numeric_id(get_text(raw, "id"))
    except InvalidArgumentError:
        raise InvalidResponseError("Jira sent a part of an issue whose id is no number.") from None


def known_issue_id(issue: NumericId | IssueKey) -> str | None:
    """The id of the issue that a call named; None where it named it by its key."""
    return issue if is_numeric_id(issue) else None


def read_made(noun: str, read: Callable[[], T]) -> T:
    """A part that Jira accepted, as `read` reads it from the answer.

    Raises:
        OutcomeUnknownError: the answer cannot be read; there may be such a part.
    """
    try:
        return read()
    except InvalidResponseError:
        raise OutcomeUnknownError(
            f"Jira accepted the {noun}, but its answer cannot be read: look before you repeat it."
        ) from None


def sort_out(
    listed: Iterable[JsonObject],
    wanted: Collection[PartId],
    *,
    find_issue: Callable[[JsonObject], str | None],
    read: Callable[[JsonObject, NumericId], T],
) -> Mapping[PartId, T | InvalidResponseError]:
    """Which of the parts that Jira sent are wanted; what cannot be read has its error there.

    A part that tells of another issue than it is wanted from is left out.

    Raises:
        InvalidResponseError: one has no number.
    """
    by_number = {read_number(raw): raw for raw in listed}
    found: dict[PartId, T | InvalidResponseError] = {}
    for part in wanted:
        raw = by_number.get(part.number)
        if raw is None or find_issue(raw) not in {None, part.issue_id}:
            continue
        try:
            found[part] = read(raw, part.issue_id)
        except InvalidResponseError as error:
            found[part] = error
    return found
