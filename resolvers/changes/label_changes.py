"""Labels put on an issue and taken off, whatever others it bears."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jira_api.errors import InvalidArgumentError
from jira_api.json_values import JsonObject
from resolvers.changes.issue_values import IssueValues, check_labels
from resolvers.errors import BadUserInputError

_ADD = "addLabels"
_REMOVE = "removeLabels"


@dataclass(frozen=True, slots=True)
class LabelChanges:
    """Labels to add and to remove; one that is there already, or is not there, changes nothing."""

    added: Sequence[str] = ()
    removed: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    @property
    def argument(self) -> str:
        """The input that Jira's words against labels are about."""
        return _ADD if self.added else _REMOVE

    def write(self, values: IssueValues) -> Mapping[str, Sequence[JsonObject]]:
        """Jira's operations, which go beside the values of the other fields.

        Raises:
            BadUserInputError: a label has another form, is to be added and removed at once, or all
                labels are given as well.
        """
        if not self:
            return {}
        for argument, labels in ((_ADD, self.added), (_REMOVE, self.removed)):
            try:
                check_labels(labels, argument=argument)
            except InvalidArgumentError as error:
                told = f"`{argument}`: {error.message}"
                raise BadUserInputError(told, argument=argument) from None
        self._check_together(values)
        added = [{"add": label} for label in dict.fromkeys(self.added)]
        return {"labels": added + [{"remove": label} for label in dict.fromkeys(self.removed)]}

    def _check_together(self, values: IssueValues) -> None:
        if "labels" in values:
            raise BadUserInputError(
                f"`labels` names all labels: give either it, or `{_ADD}` and `{_REMOVE}`.",
                argument=self.argument,
            )
        both = sorted(set(self.added) & set(self.removed))
        if both:
            raise BadUserInputError(
                f"{', '.join(both)} cannot be added and removed at once.", argument=_REMOVE
            )
