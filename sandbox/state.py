"""What one running sandbox consists of, and how a request reaches it."""

from dataclasses import dataclass, field
from datetime import timedelta

from starlette.requests import Request

from sandbox.clock import MovableClock
from sandbox.recorder import CallLog
from sandbox.tokens import TokenStore
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Settings:
    """The one app registered at the sandbox."""

    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"  # noqa: S105 - a made-up default, printed in the manual
    app_name: str = "Sandbox app"


@dataclass(slots=True)
class SandboxState:
    """The world, its clock, the tokens, the recorded calls and the delay of Jira's answers."""

    world: World
    settings: Settings
    clock: MovableClock
    tokens: TokenStore
    calls: CallLog
    latency: timedelta = field(default_factory=timedelta)


def get_sandbox(request: Request) -> SandboxState:
    """The sandbox a request was sent to."""
    state = request.app.state.sandbox
    assert isinstance(state, SandboxState)
    return state
