"""Documents."""

import strawberry

from schema.scalars import Json


@strawberry.type(description="A document of Jira; `adf` is what Jira stores.")
class RichText:
    """A document."""

    text: str = strawberry.field(description="The words alone, a line for each block.")
    adf: Json = strawberry.field(description="The Atlassian document, untouched.")
