"""What the tests of linking with tokens share."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.generator import build_sites
from sandbox.state import Settings as SandboxSettings
from storage.database import Database
from tests.support.gateway import SANDBOX, Backend, Gateway, open_gateway

EMAIL = "sandbox.person@example.com"
"""Whose API tokens the sandbox knows."""

CLOUD = f"{SANDBOX}/sites/acme"
DATA_CENTER = f"{SANDBOX}/jira"
SECRETS = SandboxSettings()
CONNECT = """
mutation Connect($input: ConnectWithTokenInput!) {
  connectWithToken(input: $input) {
    connection {
      id externalId authorizationKind status needsReauthorization scopes expiresAt
      site { cloudId name url } selectedProjectId
      accessToken { token } credentials { refreshToken }
    }
    errors { code message path }
  }
}
"""


async def count_rows(database: Database) -> dict[str, int]:
    return {
        "connection": await database.fetch_val("SELECT COUNT(*) FROM connection"),
        "audit_event": await database.fetch_val("SELECT COUNT(*) FROM audit_event"),
    }


@dataclass(frozen=True)
class Kind:
    """A way to sign in at the sandbox, and what a connection made with it asks there."""

    name: str
    credential: Mapping[str, Any]
    wrong: Mapping[str, Any]
    site: str
    grant: str | None
    proof: tuple[str, ...]

    @property
    def member(self) -> str:
        return next(iter(self.credential))

    @property
    def secrets(self) -> list[str]:
        given = self.credential[self.member]
        return [given] if isinstance(given, str) else list(given.values())


def of_a_person(member: str, token: str) -> Mapping[str, Any]:
    return {member: {"email": EMAIL, "token": token}}


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "API_TOKEN",
            of_a_person("apiToken", SECRETS.api_token),
            of_a_person("apiToken", SECRETS.scoped_api_token),
            CLOUD,
            "api-token",
            ("/_edge/tenant_info", "/rest/api/3/myself"),
        ),
        Kind(
            "SCOPED_API_TOKEN",
            of_a_person("scopedApiToken", SECRETS.scoped_api_token),
            of_a_person("scopedApiToken", SECRETS.api_token),
            CLOUD,
            "scoped-api-token",
            ("/_edge/tenant_info", "/rest/api/3/myself"),
        ),
        Kind(
            "PERSONAL_ACCESS_TOKEN",
            {"personalAccessToken": SECRETS.personal_access_token},
            {"personalAccessToken": "another"},
            DATA_CENTER,
            None,
            ("/jira/rest/api/2/myself", "/jira/rest/api/2/serverInfo"),
        ),
        Kind(
            "BASIC",
            {"basic": {"username": SECRETS.username, "password": SECRETS.password}},
            {"basic": {"username": SECRETS.username, "password": "another"}},
            DATA_CENTER,
            None,
            ("/jira/rest/api/2/myself", "/jira/rest/api/2/serverInfo"),
        ),
    )
}
ON_CLOUD = [KINDS["API_TOKEN"], KINDS["SCOPED_API_TOKEN"]]
ON_DATA_CENTER = [KINDS["PERSONAL_ACCESS_TOKEN"], KINDS["BASIC"]]
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
every_cloud_kind = pytest.mark.parametrize("kind", ON_CLOUD, ids=[k.name for k in ON_CLOUD])


@asynccontextmanager
async def open_allowing(backend: Backend) -> AsyncIterator[Gateway]:
    """A world of few issues, with nothing linked, where the sandbox's host is allowed."""
    world, site, _ = build_sites()
    shop = site.add_project("SHOP", name="Web shop")
    for _ in range(5):
        site.add_issue(shop)
    async with open_gateway(world.world, allowed_upstream_hosts="127.0.0.1", **backend) as gateway:
        yield gateway


async def connect(gateway: Gateway, kind: Kind, **changes: Any) -> Any:
    """What comes of linking `acme`; the top level has no errors."""
    given = {"externalId": "acme", "siteUrl": kind.site, "credential": kind.credential}
    answer = await gateway.ask(CONNECT, {"input": {**given, **changes}})
    return answer.data["connectWithToken"]


async def refuse(gateway: Gateway, kind: Kind, **changes: Any) -> Any:
    """The one error of linking; nothing is kept of it."""
    payload = await connect(gateway, kind, **changes)
    assert payload["connection"] is None
    [error] = payload["errors"]
    assert await count_rows(gateway.services.database) == {"connection": 0, "audit_event": 0}
    return error


def paths(gateway: Gateway) -> list[str]:
    return [call.path for call in gateway.sandbox.calls.calls]


def grants(gateway: Gateway) -> set[str | None]:
    return {call.grant for call in gateway.sandbox.calls.calls if "/rest/" in call.path}
