"""Whatever several tenants do, in whatever order, none is ever shown a text of another.

`JUNCTURE_TENANT_STEPS` sets how many steps are tried; a long run is the same test.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from resolvers.global_ids import find_global_id
from storage.cache import MemoryCache, RedisCache
from storage.encryption import generate_key
from tests.end_to_end.frontend import EVERY_SCOPE, disconnect, mint
from tests.end_to_end.tenants import IDS, TAGS, list_strings, tagged_world, tags_in
from tests.support.gateway import Answer, Backend, Gateway, open_gateway

# Ways that other tests cover are gone once for each of many values: tracing would double the time.
pytestmark = pytest.mark.untraced
T = TypeVar("T")
STEPS = int(os.environ.get("JUNCTURE_TENANT_STEPS", "400"))
KEY = generate_key(date(2026, 6, 1))
"""One for all examples: they take turns on one database."""
TENANTS = ("tenant-1", "tenant-2", "tenant-3")
LIFE = timedelta(minutes=15)
SELECTIONS = (
    "fields { name } site { name url }",
    'fields { name } project(idOrKey: "SHOP") { name lead { displayName } }',
    "fields { name } selectedProject { name } site { name }",
    "boards { nodes { name sprints { nodes { goal } } } }",
    "issues(first: 2) { nodes { summary reporter { displayName } } }",
)
NODE = """
query($ref: ID!) {
  node(id: $ref) {
    ... on Connection { site { name } fields { name } }
    ... on Issue { summary reporter { displayName } } ... on Project { name }
    ... on Board { name } ... on Sprint { goal } ... on User { displayName }
    ... on Component { name } ... on Version { name } ... on Field { name }
  }
}
"""
BY_ID = (
    NODE,
    "query($ref: ID!) { nodes(ids: [$ref]) { ... on Issue { summary } ... on Project { name } } }",
    "query($ref: ID!) { viewer { connection { issue(idOrKey: $ref) { summary } } } }",
    "query($ref: ID!) { viewer { connection { project(idOrKey: $ref) { name } } } }",
    "query($ref: String!) { viewer { connection { issues(after: $ref) { nodes { summary } } } } }",
    """mutation($ref: ID!) {
      selectProject(input: { connection: { id: $ref }, project: { key: "SHOP" } }) {
        connection { site { name } } errors { message }
      }
    }""",
)
BY_NAME = (
    "query($ref: ID!) { connection(externalId: $ref) { site { name } fields { name } } }",
    """mutation($ref: ID!) {
      selectProject(input: { connection: { externalId: $ref }, project: { key: "SHOP" } }) {
        connection { site { name } } errors { message }
      }
    }""",
)
_world = cache(tagged_world)


@dataclass
class HeldToken:
    """A token that somebody kept, whatever became of it."""

    tenant: str
    text: str
    ends_at: datetime
    is_cut: bool = False


class Tenants(RuleBasedStateMachine):
    """Three external ids, three sites, and what is known to be linked to what."""

    backend: ClassVar[Backend]
    runner: ClassVar[asyncio.Runner]
    done: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.tag_of: dict[str, str] = {}
        self.tenant_of: dict[str, str] = {}
        self.tokens: list[HeldToken] = []
        self.ids: list[str] = []
        self._leave = asyncio.Event()
        self._gateway: asyncio.Future[Gateway] = self.runner.get_loop().create_future()
        self._life = self.runner.get_loop().create_task(self._live())
        self.gateway = self.run(_value(self._gateway))
        for tenant, tag in zip(TENANTS, TAGS, strict=True):
            self._link(tenant, tag)
            self._take_token(tenant)
            self._keep_ids(tenant)

    def teardown(self) -> None:
        self._leave.set()
        self.run(_value(self._life))

    async def _live(self) -> None:
        world, _ = _world()
        try:
            async with open_gateway(world, encryption_keys=KEY, **self.backend) as gateway:
                await _empty(gateway)
                self._gateway.set_result(gateway)
                await self._leave.wait()
        except BaseException as error:
            if not self._gateway.done():
                self._gateway.set_exception(error)
            raise

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @rule(tenant=st.sampled_from(TENANTS), selection=st.sampled_from(SELECTIONS))
    def read_by_key(self, tenant: str, selection: str) -> None:
        query = f"query($id: ID!) {{ connection(externalId: $id) {{ {selection} }} }}"
        answer = self.run(self.gateway.ask(query, {"id": tenant}))

        self._check_own(answer, tenant, answer.data["connection"])

    @rule(number=st.integers(0, 1_000), selection=st.sampled_from(SELECTIONS))
    def read_by_token(self, number: int, selection: str) -> None:
        held = self._held(number)
        query = f"{{ viewer {{ connection {{ externalId {selection} }} }} }}"
        answer = self.run(self.gateway.ask(query, key=held.text))
        if not self._is_alive(held):
            assert answer.status == 401
            return

        connection = answer.data["viewer"]["connection"]
        self._check_own(answer, held.tenant, connection)
        assert connection is None or connection["externalId"] == held.tenant

    @rule(
        number=st.integers(0, 1_000),
        reference=st.integers(0, 1_000),
        query=st.sampled_from(BY_ID),
    )
    def reach_out_for_an_id(self, number: int, reference: int, query: str) -> None:
        self._reach_out(number, query, self.ids[reference % len(self.ids)])

    @rule(
        number=st.integers(0, 1_000),
        other=st.sampled_from(TENANTS),
        query=st.sampled_from(BY_NAME),
    )
    def reach_out_for_a_tenant(self, number: int, other: str, query: str) -> None:
        self._reach_out(number, query, other)

    @rule(reference=st.integers(0, 1_000))
    def follow_an_id_by_key(self, reference: int) -> None:
        kept = self.ids[reference % len(self.ids)]
        answer = self.run(self.gateway.ask(NODE, {"ref": kept}))

        named = find_global_id(kept)
        owner = self.tenant_of.get(named.connection_id) if named else None
        assert tags_in(json.dumps(answer.body)) <= ({self.tag_of[owner]} if owner else set())

    @precondition(lambda self: self.tag_of)
    @rule(number=st.integers(0, 1_000))
    def keep_ids(self, number: int) -> None:
        self._keep_ids(sorted(self.tag_of)[number % len(self.tag_of)])

    @rule(tenant=st.sampled_from(TENANTS))
    def take_a_token(self, tenant: str) -> None:
        self._take_token(tenant)

    @rule(tenant=st.sampled_from(TENANTS), tag=st.sampled_from(TAGS))
    def link_to_a_site(self, tenant: str, tag: str) -> None:
        self._link(tenant, tag)

    @precondition(lambda self: self.tag_of)
    @rule(number=st.integers(0, 1_000))
    def disconnect_a_tenant(self, number: int) -> None:
        tenant = sorted(self.tag_of)[number % len(self.tag_of)]
        self.run(disconnect(self.gateway, tenant))
        del self.tag_of[tenant]
        self.tenant_of = {id_: who for id_, who in self.tenant_of.items() if who != tenant}
        for held in self.tokens:
            held.is_cut |= held.tenant == tenant
        self.gateway.clock.advance(seconds=1)

    @rule(minutes=st.sampled_from([1, 5, 20]))
    def let_time_pass(self, minutes: int) -> None:
        self.gateway.clock.advance(minutes=minutes)

    @rule()
    def let_access_tokens_end(self) -> None:
        self.gateway.clock.advance(hours=2)

    @rule()
    def lose_the_cache(self) -> None:
        self.run(_forget_all(self.gateway))

    @invariant()
    def count(self) -> None:
        self.done["steps"] += 1

    def _held(self, number: int) -> HeldToken:
        """One of the tokens: any, or three times as often a live one."""
        if number % 4:
            tenant = TENANTS[number % len(TENANTS)]
            newest = [each for each in self.tokens if each.tenant == tenant][-1]
            return newest if self._is_alive(newest) else self._take_token(tenant)
        return self.tokens[number // 4 % len(self.tokens)]

    def _is_alive(self, held: HeldToken) -> bool:
        return not held.is_cut and self.gateway.clock.now < held.ends_at

    def _check_own(self, answer: Answer, tenant: str, connection: object) -> None:
        tag = self.tag_of.get(tenant)
        assert (connection is None) == (tag is None)
        assert tags_in(json.dumps(answer.body)) == ({tag} if tag else set())
        self.done["own"] += tag is not None

    def _reach_out(self, number: int, query: str, reached: str) -> None:
        held = self._held(number)
        answer = self.run(self.gateway.ask(query, {"ref": reached}, key=held.text))

        is_alive = self._is_alive(held)
        own = {self.tag_of[held.tenant]} if held.tenant in self.tag_of else set()
        assert tags_in(json.dumps(answer.body)) <= (own if is_alive else set())
        assert is_alive or answer.status == 401
        self.done["reached out"] += is_alive

    def _keep_ids(self, tenant: str) -> None:
        seen = self.run(self.gateway.ask_connection(IDS, tenant))
        self.ids += sorted({text for text in list_strings(seen) if len(text) > 20} - {*self.ids})

    def _link(self, tenant: str, tag: str) -> None:
        answer = self.run(self.gateway.connect(tenant, cloud_id=_world()[1][tag]))
        assert answer.is_redirect or answer.status_code == 200, answer.text
        self.tag_of[tenant] = tag
        shown = self.run(self.gateway.ask_connection("id", tenant))["id"]
        named = find_global_id(shown)
        assert named is not None
        self.tenant_of[named.connection_id] = tenant

    def _take_token(self, tenant: str) -> HeldToken:
        text = self.run(mint(self.gateway, tenant, EVERY_SCOPE, expiresInSeconds=900))
        held = HeldToken(tenant, text, self.gateway.clock.now + LIFE)
        self.tokens.append(held)
        return held


async def _value(future: "asyncio.Future[T]") -> T:
    return await future


async def _empty(gateway: Gateway) -> None:
    """Begin as on a new database."""
    for table in ("connection", "authorization_flow", "pending_grant", "disconnection"):
        await gateway.services.database.execute(f"DELETE FROM {table}")
    await _forget_all(gateway)


async def _forget_all(gateway: Gateway) -> None:
    """Lose what the cache keeps, and of a shared one nothing of anybody else's."""
    cache_ = gateway.services.cache
    if isinstance(cache_, MemoryCache):
        await cache_.close()
        return
    assert isinstance(cache_, RedisCache)
    async for key in cache_._redis.scan_iter("fields:*"):
        await cache_._redis.delete(key)


def test_no_tenant_is_ever_shown_a_text_of_another(backend: Backend) -> None:
    with asyncio.Runner() as runner:

        class TenantsHere(Tenants):
            pass

        TenantsHere.backend, TenantsHere.runner = backend, runner
        TenantsHere.done = done = Counter[str]()
        while done["steps"] < STEPS:
            run_state_machine_as_test(
                TenantsHere,
                settings=settings(
                    max_examples=max(1, min(25, STEPS // 80)),
                    stateful_step_count=40,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )

    assert done["own"] > 0
    assert done["reached out"] > 0
