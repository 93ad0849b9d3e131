"""The labels of a site.

Jira lists all of them in its own order and cannot search among them, but for suggestions that end
after a handful. So the list is read, a thousand a call, until enough were found.
"""

from jira_api.labels import list_labels
from jira_api.pages import OffsetPage
from jira_api.records import Origin
from resolvers.arguments import MOST_LABELS, check_page_size, check_text
from resolvers.context import Context

LONGEST_QUERY = 255
_MOST_PAGES = 20


async def find_labels(
    context: Context, origin: Origin, *, query: str | None, first: int
) -> list[str]:
    """The first labels that hold `query`, in any case; among the site's first 20,000.

    Raises:
        BadUserInputError: an argument has another form.
        JiraApiError: a call failed.
    """
    check_page_size(first, most=MOST_LABELS)
    if query is not None:
        check_text(query, argument="query", longest=LONGEST_QUERY)
    wanted = (query or "").casefold()
    found: dict[str, None] = {}
    start = 0
    for _ in range(_MOST_PAGES):
        page = await _load_page(context, origin, start)
        found |= dict.fromkeys(label for label in page.items if wanted in label.casefold())
        if page.is_last or len(found) >= first:
            break
        start += len(page.items)
    return list(found)[:first]


async def _load_page(context: Context, origin: Origin, start: int) -> OffsetPage[str]:
    session = context.session_of(origin)
    return await context.calls.once(
        (origin.label, "labels", start), lambda: list_labels(session, start=start)
    )
