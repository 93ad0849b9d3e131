"""No record of this room shows a secret when it is printed."""

import dataclasses
import importlib
import pkgutil
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

import oauth
from jira_api.authorization import OAuthClient
from jira_api.client import JiraClient
from oauth.due_refreshes import DueRefreshes
from oauth.flow import AuthorizationFlows, BegunFlow, FinishedFlow, OpenedFlow, ReceivedGrant
from oauth.imports import Finding, Importer, Outcome
from oauth.jira import JiraProvider
from oauth.notices import Notices
from oauth.one_time import FlowSecret
from oauth.refresh import RefreshTimes, TokenKeeper
from oauth.refresher import Refresher
from oauth.site_tokens import Credential, ProvenSite, SiteProver, _Shown
from oauth.unproven_grants import UnprovenGrants
from storage.database import Database
from storage.encryption import KeyRing
from storage.records import AuthorizationKind
from tests.jira_api.builders import ORIGIN
from tests.oauth.flow_bench import on_sqlite
from tests.storage.builders import NOW, a_connection, a_key, a_site
from tests.support.gateway import MovingClock

_CANARY = "canary"
_SECRET = FlowSecret(f"flow1.{_CANARY}")
_CLIENT = OAuthClient(
    "app", SecretStr(_CANARY), "https://us.test", "https://a.test", "https://b.test"
)
_CREDENTIAL = Credential(AuthorizationKind.BASIC, SecretStr(_CANARY), SecretStr(_CANARY))
_PRINTED: dict[type[Any], Any] = {
    FlowSecret: _SECRET,
    BegunFlow: BegunFlow(_SECRET, NOW),
    OpenedFlow: OpenedFlow("flow1", _CANARY, f"https://consent.test/?state={_CANARY}"),
    ReceivedGrant: ReceivedGrant(_SECRET, NOW),
    RefreshTimes: RefreshTimes(deadline=timedelta(seconds=1)),
    Credential: _CREDENTIAL,
    _Shown: _Shown(SecretStr(_CANARY)),
    Finding: Finding(1, "acme", Outcome.IMPORTED, "is linked"),
}
_BUILT_IN_A_TEST = {
    AuthorizationFlows,
    DueRefreshes,
    FinishedFlow,
    Importer,
    JiraProvider,
    Notices,
    ProvenSite,
    Refresher,
    SiteProver,
    TokenKeeper,
    UnprovenGrants,
}


def dataclasses_of_the_room() -> set[type[Any]]:
    names = [f"oauth.{module.name}" for module in pkgutil.iter_modules(oauth.__path__)]
    members = [member for name in names for member in vars(importlib.import_module(name)).values()]
    return {
        member
        for member in members
        if isinstance(member, type)
        and dataclasses.is_dataclass(member)
        and member.__module__.startswith("oauth.")
    }


def test_every_record_of_the_room_is_looked_at() -> None:
    assert dataclasses_of_the_room() == {*_PRINTED, *_BUILT_IN_A_TEST}


@pytest.mark.parametrize("record", _PRINTED.values(), ids=lambda record: type(record).__name__)
def test_a_record_prints_no_secret(record: object) -> None:
    assert _CANARY not in repr(record)
    assert _CANARY not in str(record)


@on_sqlite
async def test_those_who_work_with_secrets_print_none(database: Database, ring: KeyRing) -> None:
    clock, connection = MovingClock(NOW), await a_connection(database, ring)
    async with httpx.AsyncClient() as http:
        jira = JiraProvider(http, _CLIENT, ["read:jira-work"], clock)
        keeper = TokenKeeper(database, ring, {"jira": jira}, clock)
        workers = [
            jira,
            keeper,
            keeper._refresher,
            DueRefreshes(database, keeper, clock, timedelta(days=30)),
            AuthorizationFlows(database, ring, {"jira": jira}, frozenset(), clock),
            Importer(database, ring, {"jira": jira}, keeper, clock, "file"),
            UnprovenGrants(database, clock),
            Notices(
                database,
                http,
                clock,
                owner="process-1",
                url=f"https://product.test/?token={_CANARY}",
                secret=SecretStr(_CANARY),
                lead=timedelta(days=14),
            ),
            *_those_who_try(http),
            FinishedFlow(connection, None),
        ]

    for worker in workers:
        for secret in (_CANARY, "an access token", "a refresh token", a_key().partition(":")[2]):
            assert secret not in repr(worker)
    assert {type(worker) for worker in workers} == _BUILT_IN_A_TEST
    assert connection.connection_id in repr(workers[-1])


def _those_who_try(http: httpx.AsyncClient) -> tuple[SiteProver, ProvenSite]:
    jira = JiraClient(http, "https://b.test", 1)
    session = jira.session(ORIGIN, _Shown(SecretStr(_CANARY)))
    proven = ProvenSite(_CREDENTIAL, a_site(), "b.test", session)
    assert _CANARY not in repr(proven.tokens)
    return SiteProver(jira, http), proven
