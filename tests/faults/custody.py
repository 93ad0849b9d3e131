"""Connections whose access tokens have run out, and what became of their tokens in the end."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import SecretStr

from sandbox.token_history import hash_token
from storage.connections import get_tokens, save_connection
from storage.database import Database, open_database
from storage.records import AuthorizationKind, Connection, Site, Tokens
from tests.faults.checker import find_broken_rules
from tests.faults.processes import House
from tests.faults.waiting import until

_CLOUD_ID = "11111111-aaaa-4aaa-8aaa-111111111111"
_SITE = Site(_CLOUD_ID, "Acme", "https://acme.atlassian.net", None)
_SCOPES = ("offline_access", "read:me", "read:jira-user", "read:jira-work", "write:jira-work")
_CALLBACK = "http://127.0.0.1:8000/oauth/jira/callback"
_CLIENT = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Linked:
    """A connection, and the grant at the sandbox that it stands for."""

    connection: Connection
    grant: str


@dataclass
class Custody:
    """The connections of a scenario; made by `open_custody`."""

    house: House
    database: Database
    linked: dict[str, Linked] = field(default_factory=dict)

    async def link(self, external_ids: Sequence[str]) -> None:
        """Connect these external ids with tokens whose access token ran out a second ago."""
        turns = asyncio.Semaphore(_AT_ONCE)

        async with httpx.AsyncClient(base_url=self.house.sandbox.address) as http:

            async def link_one(external_id: str) -> None:
                async with turns:
                    answer = await _consent(http)
                    connection = await self._save(external_id, answer)
                    token = str(answer["refresh_token"])
                    self.linked[external_id] = Linked(connection, hash_token(token))

            await asyncio.gather(*map(link_one, external_ids))
        grants = {each.child: each.grant for each in self.house.history}
        for external_id in external_ids:
            found = self.linked[external_id]
            self.linked[external_id] = Linked(found.connection, str(grants[found.grant]))

    async def open_jira(self) -> httpx.AsyncClient:
        """Calls to the site past Juncture, by a grant of their own."""
        async with httpx.AsyncClient(base_url=self.house.sandbox.address) as http:
            token = (await _consent(http))["access_token"]
        return httpx.AsyncClient(
            base_url=f"{self.house.sandbox.address}/ex/jira/{_CLOUD_ID}",
            headers={"Authorization": f"Bearer {token}"},
        )

    async def let_expire(self, external_id: str) -> None:
        """Let the access token of a connection run out now."""
        past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="microseconds")
        await self.database.execute(
            "UPDATE connection SET access_expires_at = :past WHERE id = :connection_id",
            {
                "past": past.replace("+00:00", "Z"),
                "connection_id": self.linked[external_id].connection.connection_id,
            },
        )

    async def reconnect(self) -> None:
        """Go on after the database was away."""
        await self.database.disconnect()
        await self.database.connect()

    async def stored(self) -> Mapping[str, str]:
        """What stands for the stored refresh token of each grant."""
        found: dict[str, str] = {}
        for linked in self.linked.values():
            connection_id = linked.connection.connection_id
            tokens = (await get_tokens(self.database, self.house.ring, connection_id)).tokens
            if tokens.refresh_token is not None:
                found[linked.grant] = hash_token(tokens.refresh_token.get_secret_value())
        return found

    async def is_settled(self) -> bool:
        """Whether no refresh is open or under way."""
        return not await self.database.fetch_val("SELECT count(*) FROM refresh_lease")

    async def wait_settled(self, *, longest_s: float = 60) -> None:
        """Wait until every refresh that was begun has ended."""
        await until(self.is_settled, "every refresh to end", longest_s=longest_s)

    async def broken_rules(self) -> list[str]:
        """What is wrong with the custody of any grant; see `tests.faults.checker`."""
        return find_broken_rules(self.house.history, await self.stored())

    async def examine(self) -> list[str]:
        """What is wrong once everything has ended: lost tokens, dead grants; call it last."""
        await self.wait_settled()
        broken = await self.broken_rules()
        invalid = (await self.count_statuses()).get("INVALID", 0)
        dead = await self.count_dead()
        if invalid:
            broken.append(f"{invalid} connections need reauthorization")
        if dead:
            broken.append(f"{dead} stored refresh tokens are dead")
        return broken

    async def count_statuses(self) -> Mapping[str, int]:
        """How many connections are ACTIVE, and how many INVALID."""
        rows = await self.database.fetch_all(
            "SELECT status, count(*) AS amount FROM connection GROUP BY status"
        )
        return {row["status"]: row["amount"] for row in rows}

    async def count_dead(self) -> int:
        """How many stored refresh tokens the sandbox refuses; call it last, as it uses them up."""
        dead = 0
        async with httpx.AsyncClient(base_url=self.house.sandbox.address) as http:
            for linked in self.linked.values():
                connection_id = linked.connection.connection_id
                stored = await get_tokens(self.database, self.house.ring, connection_id)
                token = stored.tokens.refresh_token
                assert token is not None
                body = {"grant_type": "refresh_token", "refresh_token": token.get_secret_value()}
                answer = await http.post("/oauth/token", json={**_CLIENT, **body})
                dead += not answer.is_success
        return dead

    async def _save(self, external_id: str, answer: Mapping[str, object]) -> Connection:
        now = datetime.now(UTC)
        tokens = Tokens(
            access_token=SecretStr(str(answer["access_token"])),
            refresh_token=SecretStr(str(answer["refresh_token"])),
            access_expires_at=now - timedelta(seconds=1),
            scopes=_SCOPES,
            expires_at=now + timedelta(days=90),
        )
        async with self.database.transaction() as queries:
            return await save_connection(
                queries,
                self.house.ring,
                external_id=external_id,
                provider="jira",
                kind=AuthorizationKind.OAUTH2,
                tokens=tokens,
                site=_SITE,
                now=now,
            )


@asynccontextmanager
async def open_custody(house: House) -> AsyncIterator[Custody]:
    """The database of a house, for its connections."""
    database = open_database(house.database_url, acquire_timeout=timedelta(seconds=20), pool_size=4)
    await database.connect()
    try:
        yield Custody(house, database)
    finally:
        await database.disconnect()


async def _consent(http: httpx.AsyncClient) -> Mapping[str, object]:
    asked = {
        "audience": "api.atlassian.com",
        "client_id": _CLIENT["client_id"],
        "response_type": "code",
        "redirect_uri": _CALLBACK,
        "state": "state",
        "scope": " ".join(_SCOPES),
        "site": _CLOUD_ID,
        "decision": "accept",
    }
    decided = await http.post("/authorize", data=asked)
    [code] = parse_qs(urlsplit(decided.headers["location"]).query)["code"]
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": _CALLBACK}
    answer = await http.post("/oauth/token", json={**_CLIENT, **body})
    tokens: Mapping[str, object] = answer.raise_for_status().json()
    return tokens
