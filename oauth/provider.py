"""What the flow needs of a linked system; a second one is a module that offers the same."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from pydantic import SecretStr

from storage.records import Site, Tokens


class Provider(Protocol):
    """One linked system, behind the steps that every OAuth 2.0 consent has."""

    @property
    def name(self) -> str:
        """How rows, routes and cookies call it: lower-case letters."""

    @property
    def display_name(self) -> str:
        """How people call it, on pages."""

    @property
    def longest_grant(self) -> timedelta | None:
        """How long after its consent a grant ends, however often it is refreshed; None for never.

        A hint: only the provider's refusal ends a grant.
        """

    def authorization_url(self, state: str) -> str:
        """Where a person is sent to consent; `state` must come back untouched."""

    async def exchange_code(self, code: str) -> Tokens:
        """The tokens of one consent.

        Raises:
            InvalidGrantError: the code is used, expired or unknown.
            JiraApiError: no usable answer.
        """

    async def refresh(self, refresh_token: SecretStr) -> Tokens:
        """New tokens; the old refresh token is kept where the answer brings none.

        Raises:
            InvalidGrantError: the grant is dead.
            JiraApiError: no usable answer; the same token may be tried again.
        """

    async def list_sites(self, access_token: SecretStr) -> Sequence[Site]:
        """The sites that a consent opens, each once.

        Raises:
            JiraApiError: no usable answer.
        """
