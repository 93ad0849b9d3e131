"""Links between issues, and the kinds of links that a site has.

Which end is which is told nowhere in one place. `IssueLink` says that an issue which shows the
other end as `outwardIssue` reads by the type's `outward` words, and one that shows it as
`inwardIssue` by its `inward` words; and a link as a whole names both ends. So of "A blocks B", A
shows B as `outwardIssue` and B shows A as `inwardIssue`: of the link as a whole, and so of the
request that makes it, the one that blocks is the `inwardIssue`, and the one that is blocked the
`outwardIssue`.

Source: Jira Cloud platform REST v3 (Issue links, Issue link types), read 2026-11.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from jira_api.client import JiraSession
from jira_api.errors import InvalidArgumentError, InvalidResponseError
from jira_api.json_values import as_listing, as_object, get_text
from jira_api.paths import IssueKey, NumericId, is_numeric_id, join_path, parse_numeric_id
from jira_api.records import IssueLinkType
from jira_api.relations import parse_link_type

_LINK = "/rest/api/3/issueLink/{}"


@dataclass(frozen=True, slots=True)
class LinkedIssues:
    """The issues of a link: the kind's outward words lead from `subject` to `other`."""

    subject: NumericId
    other: NumericId


async def list_link_types(session: JiraSession) -> Sequence[IssueLinkType]:
    """Every kind of links of the site.

    Raises:
        NotFoundError: issues cannot be linked on this site.
        JiraApiError: the call failed.
    """
    raw = as_object(await session.get("/rest/api/3/issueLinkType"), "kinds of links")
    listed = as_listing(raw.get("issueLinkTypes"), "a list of kinds of links")
    return tuple(
        parse_link_type(session.origin, as_object(each, "a kind of links")) for each in listed
    )


async def link_issues(
    session: JiraSession,
    type_id: NumericId,
    *,
    subject: NumericId | IssueKey,
    other: NumericId | IssueKey,
) -> None:
    """Link two issues, so that the type's outward words lead from `subject` to `other`.

    A link that is there already is no second one, so the call may be repeated.

    Raises:
        NotFoundError: an issue or the kind is absent or hidden, or links are not to be made.
        RejectedError: Jira refuses the link.
        JiraApiError: the call failed.
    """
    body = {
        "type": {"id": type_id},
        "inwardIssue": _name(subject),
        "outwardIssue": _name(other),
    }
    await session.post_again("/rest/api/3/issueLink", body, done=HTTPStatus.CREATED)


async def get_linked_issues(session: JiraSession, link_id: NumericId) -> LinkedIssues:
    """The issues at the ends of a link.

    Raises:
        NotFoundError: there is no such link, or an end of it is hidden.
        JiraApiError: the call failed.
    """
    raw = as_object(await session.get(join_path(_LINK, link_id)), "a link")
    ends = (as_object(raw.get(name), name) for name in ("inwardIssue", "outwardIssue"))
    try:
        return LinkedIssues(*(parse_numeric_id(get_text(end, "id")) for end in ends))
    except InvalidArgumentError:
        raise InvalidResponseError("Jira sent an issue whose id is no number.") from None


async def delete_link(session: JiraSession, link_id: NumericId) -> None:
    """Take a link away that is known to be there.

    Raises:
        NotFoundError: there is no such link, or the connected person may not take it away.
        JiraApiError: the call failed.
    """
    try:
        await session.delete(join_path(_LINK, link_id))
    except InvalidResponseError as error:
        # The document lists 200 beside 204.
        if error.status != HTTPStatus.OK:
            raise


def _name(reference: NumericId | IssueKey) -> dict[str, str]:
    return {"id" if is_numeric_id(reference) else "key": reference}
