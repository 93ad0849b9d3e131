"""What one running sandbox consists of, and how a request reaches it."""

import os
from dataclasses import dataclass, field
from datetime import timedelta

from starlette.requests import Request

from sandbox.clock import MovableClock
from sandbox.faults.board import FaultBoard
from sandbox.limits.ledger import Limits
from sandbox.recorder import CallLog
from sandbox.token_history import TokenHistory
from sandbox.tokens import TokenStore
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Settings:
    """The one app registered at the sandbox, and what the person signs in with otherwise."""

    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"  # noqa: S105 - a made-up default, printed in the manual
    app_name: str = "Sandbox app"
    api_token: str = "sandbox-api-token"  # noqa: S105 - as above
    scoped_api_token: str = "sandbox-scoped-api-token"  # noqa: S105 - as above
    personal_access_token: str = "sandbox-personal-access-token"  # noqa: S105 - as above
    username: str = "sandbox.person"
    password: str = "sandbox-password"  # noqa: S105 - as above


@dataclass(slots=True)
class SandboxState:
    """The world, its clock, the tokens, the recorded calls, what lags and what goes wrong."""

    world: World
    settings: Settings
    clock: MovableClock
    tokens: TokenStore
    calls: CallLog
    latency: timedelta = field(default_factory=timedelta)
    search_lag: timedelta = timedelta(seconds=1)
    faults: FaultBoard = field(default_factory=FaultBoard)
    limits: Limits = field(default_factory=Limits)
    token_history: TokenHistory = field(default_factory=TokenHistory)
    media_key: bytes = field(default_factory=lambda: os.urandom(32), repr=False)
    """Signs the addresses at which attachments lie for whoever has them."""


def get_sandbox(request: Request) -> SandboxState:
    """The sandbox a request was sent to."""
    state = request.app.state.sandbox
    assert isinstance(state, SandboxState)
    return state
