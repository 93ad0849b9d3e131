"""A second linked system, "notes": all that Juncture needs to link it stands in this module."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from pydantic import SecretStr

from storage.records import Site, Tokens

WORKSPACE = Site("workspace-1", "Our notes", "https://notes.test/our", None)


@dataclass
class NotesProvider:
    """Hands out tokens that carry a number, a higher one each time."""

    started_at: datetime
    issued: int = 0
    codes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "notes"

    @property
    def display_name(self) -> str:
        return "Notes"

    @property
    def longest_grant(self) -> timedelta | None:
        return None

    def authorization_url(self, state: str) -> str:
        return f"https://notes.test/consent?{urlencode({'state': state})}"

    async def exchange_code(self, code: str) -> Tokens:
        self.codes.append(code)
        return self._issue()

    async def refresh(self, refresh_token: SecretStr) -> Tokens:
        return replace(self._issue(), refresh_token=refresh_token)

    async def list_sites(
        self,
        access_token: SecretStr,  # noqa: ARG002 - the protocol's name
    ) -> Sequence[Site]:
        return [WORKSPACE]

    def _issue(self) -> Tokens:
        self.issued += 1
        return Tokens(
            access_token=SecretStr(f"notes access {self.issued}"),
            refresh_token=SecretStr(f"notes refresh {self.issued}"),
            access_expires_at=self.started_at + timedelta(hours=self.issued),
            scopes=("notes:read",),
            expires_at=None,
        )
