"""Pages in Relay's form, forward only."""

import strawberry


@strawberry.type(description="Where a page lies.")
class PageInfo:
    """Where a page lies."""

    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether some came before.")
    start_cursor: str | None = strawberry.field(description="The first item's cursor.")
    end_cursor: str | None = strawberry.field(description="Pass it as `after` for the next page.")
