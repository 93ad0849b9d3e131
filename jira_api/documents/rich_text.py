"""A document as a record carries it."""

from collections.abc import Callable
from dataclasses import dataclass

from jira_api.documents.check import is_within_bounds
from jira_api.documents.plain_text import plain_text
from jira_api.documents.to_html import html_of_document
from jira_api.documents.to_markdown import markdown_of_document
from jira_api.errors import InvalidResponseError
from jira_api.json_values import JsonValue

MOST_WRITTEN_CHARACTERS = 200_000
"""Characters of all texts and keys together, of which Markdown and HTML are made.

Six times the longest text that a site takes unless it was set up to, so that its nodes have room.
The worst texts, of nothing but signs, take about a second at this length.
"""


@dataclass(frozen=True, slots=True)
class RichText:
    """A document as Jira stores it."""

    adf: JsonValue

    @property
    def text(self) -> str:
        """The words alone: a line for each block, list item and table row; a tab between cells."""
        return plain_text(self.adf)

    @property
    def markdown(self) -> str:
        """The same in Markdown of GitHub's dialect; long work for a long document.

        Raises:
            InvalidResponseError: the document has more than `MOST_WRITTEN_CHARACTERS`.
        """
        return self._write(markdown_of_document)

    @property
    def html(self) -> str:
        """The same as HTML that a page may show; long work for a long document.

        Raises:
            InvalidResponseError: the document has more than `MOST_WRITTEN_CHARACTERS`.
        """
        return self._write(html_of_document)

    def _write(self, write: Callable[[JsonValue], str]) -> str:
        if not is_within_bounds(self.adf, MOST_WRITTEN_CHARACTERS):
            raise InvalidResponseError(
                "Jira sent a document that is too large for Markdown and HTML: more than "
                f"{MOST_WRITTEN_CHARACTERS:,} characters. Ask for `text` or `adf` in their place."
            )
        return write(self.adf)
