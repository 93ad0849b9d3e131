"""Documents."""

import strawberry

from jira_api.documents import rich_text
from resolvers.documents import RichTextSource, write_html, write_markdown
from schema.info import JunctureInfo
from schema.scalars import Json, read_json

Parent = strawberry.Parent[rich_text.RichText]


@strawberry.type(
    description="The same text four ways; `markdown` is what people and models write, `adf` is "
    "what Jira stores."
)
class RichText:
    """A document, of which Markdown and HTML are made where they are asked for."""

    text: str = strawberry.field(description="The words alone, a line for each block.")
    adf: Json = strawberry.field(description="The Atlassian document, untouched.")

    @strawberry.field(
        description="Markdown in GitHub's dialect, which RichTextInput takes back: tables, task "
        "lists, alerts for panels, `@Name` for mentions, `<address>` for smart links."
    )
    async def markdown(root: Parent, info: JunctureInfo) -> str:
        """Markdown in GitHub's dialect."""
        return await write_markdown(info.context, root)

    @strawberry.field(
        description="HTML that a page may show as it is: no scripts, styles, classes or pictures; "
        "links to http, https and mailto alone."
    )
    async def html(root: Parent, info: JunctureInfo) -> str:
        """HTML that a page may show as it is."""
        return await write_html(info.context, root)


@strawberry.input(one_of=True, description="One of: Markdown, plain text, an Atlassian document.")
class RichTextInput:
    """One of: Markdown, plain text, an Atlassian document."""

    markdown: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Headings, emphasis, code, lists, tasks, tables, links, quotes and alerts; "
        "`@Name` mentions the one person of that name. What is longer than Jira takes (32,767 "
        "characters), nests lists some ten deep or costs too much to read is taken as plain text.",
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
