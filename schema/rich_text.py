"""Documents."""

import strawberry

from resolvers.issue_values import RichTextSource
from schema.scalars import Json, read_json


@strawberry.type(description="A document of Jira; `adf` is what Jira stores.")
class RichText:
    """A document."""

    text: str = strawberry.field(description="The words alone, a line for each block.")
    adf: Json = strawberry.field(description="The Atlassian document, untouched.")


@strawberry.input(one_of=True, description="One of: Markdown, plain text, an Atlassian document.")
class RichTextInput:
    """One of: Markdown, plain text, an Atlassian document."""

    markdown: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Headings, emphasis, code, lists, tables, links and quotes. What is "
        "longer than Jira takes (32,767 characters), nests lists some ten deep or costs too much "
        "to read is taken as plain text.",
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="Paragraphs apart by blank lines, nothing marked up."
    )
    adf: Json | None = strawberry.field(
        default=strawberry.UNSET,
        description="A whole Atlassian document; what Juncture does not know of it is kept.",
    )


def rich_text_source(given: RichTextInput) -> RichTextSource:
    """A text as it was written."""
    return RichTextSource(
        markdown=None if given.markdown is strawberry.UNSET else given.markdown,
        text=None if given.text is strawberry.UNSET else given.text,
        adf=None if given.adf is strawberry.UNSET else read_json(given.adf),
    )
