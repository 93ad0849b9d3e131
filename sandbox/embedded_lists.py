"""Comments and worklogs as issues carry them in their fields.

Searches and batches carry the first twenty of each, an issue asked for by itself all of its
comments; `total` tells how many there are.
Source: issues of a real site for the worklogs (of more than twenty, the first twenty). Which of
many comments a search carries, and how many, Atlassian's documents do not say.
"""

from typing import Final

from sandbox.world import Issue, JsonObject

_MOST: Final = 20


def embed_lists(issue: Issue) -> JsonObject:
    """The comments and worklogs of an issue in a search or a batch."""
    return embed_worklogs(issue) | {"comment": _cut(issue, "comment", "comments")}


def embed_worklogs(issue: Issue) -> JsonObject:
    """The worklogs of an issue in its own answer."""
    return {"worklog": _cut(issue, "worklog", "worklogs")}


def _cut(issue: Issue, field: str, name: str) -> JsonObject:
    page: JsonObject | None = issue.fields.get(field)
    if page is None:
        return {"startAt": 0, "maxResults": _MOST, "total": 0, name: []}
    if len(page[name]) <= _MOST:
        return page
    return page | {name: page[name][:_MOST], "maxResults": _MOST}
