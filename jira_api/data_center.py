"""The calls of Jira Data Center and Server, which know neither scopes nor account ids.

Source: Jira Data Center REST v2, version 10.3, read 2026-11.
"""

from dataclasses import dataclass

from jira_api.client import JiraSession
from jira_api.json_values import JsonObject, as_object, find_text


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What a server says of itself; `title` is what its people call it."""

    title: str | None
    is_cloud: bool


async def ask_myself(session: JiraSession) -> JsonObject:
    """The person behind the connection as Cloud would tell it, whose account ids are keys here.

    Raises:
        JiraApiError: the call failed.
    """
    raw = as_object(await session.get("/rest/api/2/myself"), "a user")
    return {**raw, "accountId": raw.get("key") or raw.get("name")}


async def get_server_info(session: JiraSession) -> ServerInfo:
    """What the server says of itself.

    Raises:
        JiraApiError: the call failed.
    """
    raw = as_object(await session.get("/rest/api/2/serverInfo"), "a server's description")
    return ServerInfo(
        title=find_text(raw, "serverTitle") or None,
        is_cloud=find_text(raw, "deploymentType") == "Cloud",
    )
