"""Texts as people write them, made into Atlassian documents, and documents made into texts."""

from dataclasses import dataclass
from operator import attrgetter

from jira_api.documents.check import check_document
from jira_api.documents.from_markdown import document_of_markdown
from jira_api.documents.from_text import document_of_text
from jira_api.documents.mentions import People
from jira_api.documents.rich_text import RichText
from jira_api.errors import InvalidArgumentError
from jira_api.json_values import JsonObject, JsonValue
from jira_api.records import Origin
from resolvers.context import Context
from resolvers.errors import BadUserInputError
from resolvers.mentions import find_people


@dataclass(frozen=True, slots=True)
class RichTextSource:
    """A text as people write it: exactly one of the three is given."""

    markdown: str | None = None
    text: str | None = None
    adf: JsonValue = None


async def write_document(
    context: Context, origin: Origin, source: RichTextSource, *, argument: str
) -> JsonObject:
    """An Atlassian document of what was written: Jira takes no bare text.

    `argument` is where the caller gave it, such as `issue.description`. Long texts are read beside
    the event loop. Only a Markdown text with an `@` costs calls: a search for each name behind one.

    Raises:
        BadUserInputError: the text has characters that no document holds, or the document is none.
    """
    try:
        people = await find_people(context, origin, source.markdown or "")
        return await context.read_beside(_write, source, people)
    except InvalidArgumentError as error:
        raise BadUserInputError(f"`{argument}`: {error.message}", argument=argument) from None


async def write_markdown(context: Context, document: RichText) -> str:
    """The document in Markdown, written once in an operation, beside the event loop.

    Raises:
        InvalidResponseError: the document is too large to be written out.
    """
    return await _write_once(context, document, "markdown")


async def write_html(context: Context, document: RichText) -> str:
    """The document as HTML, written once in an operation, beside the event loop.

    Raises:
        InvalidResponseError: the document is too large to be written out.
    """
    return await _write_once(context, document, "html")


async def _write_once(context: Context, document: RichText, form: str) -> str:
    key = (_Itself(document), form)
    return await context.calls.once(key, lambda: context.read_beside(attrgetter(form), document))


class _Itself:
    """One document and no other that is alike: to compare them would take as long as to write."""

    __slots__ = ("_document",)

    def __init__(self, document: RichText) -> None:
        self._document = document

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other._document is self._document

    def __hash__(self) -> int:
        return id(self._document)


def _write(source: RichTextSource, people: People) -> JsonObject:
    if source.markdown is not None:
        return document_of_markdown(source.markdown, people)
    if source.text is not None:
        return document_of_text(source.text)
    return check_document(source.adf)
