"""Grants that a sandbox has given to another system, over HTTP."""

from collections import Counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

_APP = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
_ASKED = {
    "audience": "api.atlassian.com",
    "client_id": "sandbox-client",
    "scope": "offline_access read:jira-work read:jira-user",
    "redirect_uri": "http://127.0.0.1:8000/oauth/jira/callback",
    "state": "of-the-other-system",
    "response_type": "code",
    "prompt": "consent",
}


async def find_cloud_id(sandbox: str) -> str:
    """The cloud id of the sandbox's first site."""
    async with httpx.AsyncClient(base_url=sandbox, trust_env=False) as http:
        health = (await http.get("/__sandbox__/health")).json()
    return str(health["sites"][0]["cloudId"])


async def give_grant(sandbox: str) -> str:
    """The refresh token of a new consent to the sandbox's first site."""
    async with httpx.AsyncClient(base_url=sandbox, trust_env=False) as http:
        form = {**_ASKED, "site": await find_cloud_id(sandbox), "decision": "accept"}
        decided = await http.post("/authorize", data=form)
        code = parse_qs(urlsplit(decided.headers["location"]).query)["code"][0]
        order = {
            **_APP,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": _ASKED["redirect_uri"],
        }
        token = (await http.post("/oauth/token", json=order)).json()["refresh_token"]
    assert isinstance(token, str)
    return token


async def list_refreshes(sandbox: str) -> list[dict[str, Any]]:
    """What became of each refresh at the sandbox, in their order."""
    async with httpx.AsyncClient(base_url=sandbox, trust_env=False) as http:
        history = (await http.get("/__sandbox__/token-history")).json()
    return [each for each in history["exchanges"] if each["grantType"] == "refresh_token"]


async def count_living(sandbox: str) -> Counter[bool]:
    """How many of the sandbox's grants live, and how many do not."""
    async with httpx.AsyncClient(base_url=sandbox, trust_env=False) as http:
        grants = (await http.get("/__sandbox__/grants")).json()["grants"]
    return Counter(grant["isAlive"] for grant in grants)
