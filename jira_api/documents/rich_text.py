"""A document as a record carries it."""

from dataclasses import dataclass

from jira_api.documents.plain_text import plain_text
from jira_api.json_values import JsonValue


@dataclass(frozen=True, slots=True)
class RichText:
    """A document as Jira stores it."""

    adf: JsonValue

    @property
    def text(self) -> str:
        """The words alone: a line for each block, list item and table row; a tab between cells."""
        return plain_text(self.adf)
