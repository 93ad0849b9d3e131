"""Which of the transitions that an issue offers a caller means."""

from collections.abc import Sequence
from dataclasses import dataclass

from jira_api.paths import IssueKey, NumericId, is_numeric_id, shorten
from jira_api.records import Origin
from jira_api.transitions import Transition
from resolvers.arguments import check_text
from resolvers.changes.issue_values import IdOrName
from resolvers.errors import BadUserInputError
from resolvers.forms import parse_transition_id
from resolvers.global_ids import find_global_id

_ID = "transition.id"
_NAME = "transition.name"
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class WantedTransition:
    """A transition by its number, or by its name or that of the status it leads to.

    `issue_id` is the issue whose transition it is, where a global id says so.
    """

    argument: str
    number: NumericId | None = None
    name: str = ""
    issue_id: NumericId | None = None

    @classmethod
    def of(cls, origin: Origin, given: IdOrName) -> "WantedTransition":
        """What a caller gave.

        Raises:
            BadUserInputError: the id is no number, nor the global id of a transition of this
                connection; or the name is blank or too long.
        """
        if given.id is None:
            return cls(
                _NAME, name=check_text(given.name or "", argument=_NAME, longest=_LONGEST_NAME)
            )
        if is_numeric_id(given.id):
            return cls(_ID, NumericId(given.id))
        named = find_global_id(given.id)
        if named is None or named.type_name != "Transition" or named.connection_id != origin.label:
            raise BadUserInputError(
                f"{shorten(given.id)!r} names no transition of this connection: pass a number such "
                "as 31, or the `id` that this connection gave.",
                argument=_ID,
            )
        issue_id, number = parse_transition_id(named)
        return cls(_ID, number, issue_id=issue_id)

    def list_matches(self, offered: Sequence[Transition]) -> list[Transition]:
        """Those that are meant: by a transition's own name before that of its status."""
        if self.number is not None:
            return [each for each in offered if each.transition_id == self.number]
        by_name = [(each.name, each) for each in offered]
        by_status = [(each.to.name, each) for each in offered]
        return (
            [each for name, each in by_name if name == self.name]
            or [each for name, each in by_name if _is_alike(name, self.name)]
            or [each for name, each in by_status if _is_alike(name, self.name)]
        )


def choose(
    offered: Sequence[Transition], wanted: WantedTransition, issue: NumericId | IssueKey
) -> Transition:
    """The one transition that is meant.

    Raises:
        BadUserInputError: the issue offers none of them, or several; the message lists which.
    """
    found = wanted.list_matches(offered)
    if len(found) == 1:
        return found[0]
    asked = repr(wanted.name) if wanted.number is None else f"of the id {wanted.number}"
    if found:
        raise BadUserInputError(
            f"{issue} offers several transitions {asked}: {_list(found)}. Name one by its id.",
            argument=wanted.argument,
        )
    raise BadUserInputError(
        f"From its present status {issue} offers the connected person no transition {asked}, but "
        f"{_list(offered) or 'none at all'}.",
        argument=wanted.argument,
    )


def _is_alike(left: str, right: str) -> bool:
    return left.strip().casefold() == right.strip().casefold()


def _list(transitions: Sequence[Transition]) -> str:
    """Each with its id, and with its status where that is called otherwise."""
    return ", ".join(
        f"{each.name} ({each.transition_id})"
        if each.name == each.to.name
        else f"{each.name} to {each.to.name} ({each.transition_id})"
        for each in transitions
    )
