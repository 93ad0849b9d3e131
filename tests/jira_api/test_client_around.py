"""Each call is made inside of what its session was given, with all that it waits for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr

from jira_api.client import JiraSession
from jira_api.errors import JiraApiError, UnauthorizedError
from tests.jira_api.builders import Answer, ScriptedJira, Tokens, says


class Watch:
    """Notes when a call begins and ends, and what happens in between."""

    def __init__(self) -> None:
        self.noted: list[str] = []

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[None]:
        self.noted.append("begins")
        try:
            yield
        except JiraApiError as error:
            self.noted.append(type(error).__name__)
            raise
        finally:
            self.noted.append("ends")


class WatchedTokens(Tokens):
    """A source of tokens that says when it is asked."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    async def authorization(self) -> SecretStr:
        self._watch.noted.append("token")
        return await super().authorization()


def watched_session(watch: Watch, *answers: Answer) -> JiraSession:
    def told(answer: Answer) -> Answer:
        def say(request: httpx.Request) -> httpx.Response:
            watch.noted.append("call")
            return answer(request)

        return say

    jira = ScriptedJira([told(answer) for answer in answers], tokens=WatchedTokens(watch))
    return replace(jira.session, around=watch)


async def test_token_and_repetitions_lie_inside() -> None:
    watch = Watch()

    await watched_session(watch, says(503), says(200, {})).get("/rest/api/3/myself")

    assert watch.noted == ["begins", "token", "call", "call", "ends"]


async def test_what_the_call_fails_at_is_seen() -> None:
    watch = Watch()
    session = watched_session(watch, says(401, {}), says(401, {}))

    with pytest.raises(UnauthorizedError):
        await session.get("/rest/api/3/myself")

    assert watch.noted == ["begins", "token", "call", "call", "UnauthorizedError", "ends"]


async def test_what_refuses_before_the_call_lets_nobody_be_asked() -> None:
    watch = Watch()

    @asynccontextmanager
    async def refuse() -> AsyncIterator[None]:
        watch.noted.append("refused")
        if watch.noted:
            raise LookupError
        yield

    session = replace(watched_session(watch, says(200, {})), around=refuse)

    with pytest.raises(LookupError):
        await session.get("/rest/api/3/myself")
    assert watch.noted == ["refused"]
