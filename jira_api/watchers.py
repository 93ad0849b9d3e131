"""Who watches an issue.

Source: Jira Cloud platform REST v3 (Issue watchers), read 2026-11.
"""

from jira_api.client import JiraSession
from jira_api.paths import AccountId, IssueKey, NumericId, join_path

_WATCHERS = "/rest/api/3/issue/{}/watchers"


async def add_watcher(
    session: JiraSession, id_or_key: NumericId | IssueKey, account_id: AccountId
) -> None:
    """Let a person watch an issue; who watches it already goes on, so the call may be repeated.

    Raises:
        NotFoundError: the issue or the person is absent or hidden.
        ForbiddenError: the connected person may not choose who watches.
        JiraApiError: the call failed.
    """
    await session.post_again(join_path(_WATCHERS, id_or_key), account_id)


async def remove_watcher(
    session: JiraSession, id_or_key: NumericId | IssueKey, account_id: AccountId
) -> None:
    """Let a person watch an issue no more.

    Raises:
        NotFoundError: the issue or the person is absent or hidden.
        ForbiddenError: the connected person may not choose who watches.
        JiraApiError: the call failed.
    """
    await session.delete(join_path(_WATCHERS, id_or_key), {"accountId": account_id})
