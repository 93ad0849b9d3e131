"""Files on their way from and to Jira: streamed, by pools of their own, never as a whole in memory.

A download holds its connection's turn until the answer begins and an upload none, so that neither
keeps a query waiting; how many of a connection run at once is bounded apart. Where Jira sends a
download on to the store of its files, the store is asked once, without the connection's token, and
only where the operator's rules let it be asked.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import timedelta
from http import HTTPStatus
from typing import Final

import httpx
from pydantic import SecretStr

from jira_api.answers import error_of, read_json
from jira_api.calls import Call, Change
from jira_api.client import JiraSession, QueryParameters
from jira_api.errors import (
    InvalidArgumentError,
    InvalidResponseError,
    JiraUnavailableError,
    MissingScopeError,
    OutcomeUnknownError,
    UnauthorizedError,
    UpstreamNotAllowedError,
)
from jira_api.exchange import open_stream, send
from jira_api.json_values import JsonValue
from jira_api.multipart import OutgoingForm
from jira_api.scopes import missing_scopes
from jira_api.site_urls import AddressRules, normalise_host
from jira_api.transfer_places import Places

LONGEST_TRANSFER: Final = timedelta(hours=1)
MOST_CONNECTIONS: Final = 300
"""Of a pool: more than all transfers of a process."""
_LAST_PORT: Final = 65535
_WAITS: Final = httpx.Timeout(30.0, connect=5.0, pool=5.0)
"""For the next piece of a body, or the room to send one."""
_AFTER_UPLOAD: Final = httpx.Timeout(60.0, connect=5.0, pool=5.0)
"""Jira answers once it has stored the files, which takes longer than it does to receive them."""


@dataclass(frozen=True, slots=True)
class Transfers:
    """What all transfers of a process share; `site_http` resolves and checks by the same rules.

    Downloads, which need no key, and uploads take no place from each other. The pools have room for
    all that have one, so that none waits for its pool while it holds its connection's turn.
    """

    http: httpx.AsyncClient
    site_http: httpx.AsyncClient
    rules: AddressRules
    downloads: Places = field(default_factory=lambda: Places("downloads", 200, kept_free=60))
    uploads: Places = field(default_factory=lambda: Places("uploads", 80, kept_free=30))

    @asynccontextmanager
    async def begin(self, session: JiraSession, places: Places) -> AsyncIterator["FileSession"]:
        """A place among the transfers of a session's connection, for as long as the block runs.

        It stops where the connection is taken away.

        Raises:
            OverloadedError: no place became free in time.
        """
        async with session.around(), places.take(session.origin.label):
            own = {each.name: getattr(session, each.name) for each in fields(JiraSession)}
            yield FileSession(**own, transfers=self)

    async def close(self) -> None:
        """End the pools."""
        await self.http.aclose()
        await self.site_http.aclose()

    def check_store(self, location: str) -> httpx.URL:
        """Where Jira keeps a file, if it may be asked.

        Raises:
            InvalidResponseError: it is no address.
            UpstreamNotAllowedError: it must not be asked.
        """
        try:
            url = httpx.URL(location)
            host = url.raw_host.decode("ascii")
            spelled = normalise_host(f"[{host}]" if ":" in host else host)
        except (httpx.InvalidURL, UnicodeError, InvalidArgumentError):
            raise InvalidResponseError("Jira sent a download on to what is no address.") from None
        if url.port is not None and not 0 < url.port <= _LAST_PORT:
            raise InvalidResponseError("Jira sent a download on to what is no address.")
        if url.userinfo:
            raise UpstreamNotAllowedError("Jira sent a download on to an address with a password.")
        self.rules.check_host(url.scheme, spelled)
        return url


@dataclass(frozen=True, slots=True)
class FileSession(JiraSession):
    """A session's calls that carry files, made inside of `Transfers.begin`."""

    transfers: Transfers = field(kw_only=True)

    async def open(
        self, path: str, parameters: QueryParameters, headers: Mapping[str, str]
    ) -> httpx.Response:
        """A good answer to a GET, which has begun and not been read: the caller closes it.

        Raises:
            JiraApiError: the leaf that tells what Jira answered, or that its store did not.
        """
        call = self._prepare("GET", path, parameters)
        call.request.headers.update(headers)
        return await self._repeat(call)

    async def upload(self, path: str, form: OutgoingForm) -> JsonValue:
        """What Jira answers to a form, which is sent once: its files come but once.

        The caller has just made another call, so that the token is a good one.

        Raises:
            OutcomeUnknownError: the answer was lost, and the form may have been taken.
            JiraApiError: the leaf that tells what Jira answered; nothing was taken.
        """
        request = await self._build_upload(path, form)
        try:
            response = await send(self._http, request, deadline=LONGEST_TRANSFER)
            if response.is_success:
                return read_json(response)
            raise error_of(response, now=self.client.clock())
        except UnauthorizedError:
            raise JiraUnavailableError(
                "Jira did not take the token that it took a moment before: send the files again.",
                status=HTTPStatus.UNAUTHORIZED,
            ) from None
        except MissingScopeError as error:
            lacking = missing_scopes("POST", path, self.granted)
            raise MissingScopeError(error.message, status=error.status, scopes=lacking) from None
        except (JiraUnavailableError, InvalidResponseError) as error:
            if not form.is_sent or (isinstance(error, JiraUnavailableError) and not error.was_sent):
                raise
            raise OutcomeUnknownError(
                f"{error.message} Jira may have taken the files: look before you send them again.",
                status=error.status,
            ) from None
        finally:
            if form.is_sent:
                await self.listener(Change(path, b"", b""))

    @property
    def _http(self) -> httpx.AsyncClient:
        return self.transfers.http if self.door is None else self.transfers.site_http

    async def _build_upload(self, path: str, form: OutgoingForm) -> httpx.Request:
        prepared = self._prepare("POST", path).request
        credential = await self._in_time(self.tokens.authorization())
        return self._http.build_request(
            "POST",
            prepared.url,
            content=form.pieces(),
            headers={
                "Content-Type": form.content_type,
                "X-Atlassian-Token": "no-check",
                "Authorization": credential.get_secret_value(),
            },
            timeout=_AFTER_UPLOAD,
        )

    async def _send(self, call: Call, credential: SecretStr) -> httpx.Response:
        """As other calls are sent, but for the body, and for where a redirect leads."""
        call.request.headers["Authorization"] = credential.get_secret_value()
        call.request.extensions["timeout"] = _WAITS.as_dict()
        async with self._turn() as deadline:
            response = await open_stream(self._http, call.request, deadline=deadline)
            if response.has_redirect_location:
                return await self._open_store(response, call.request, deadline)
        if response.is_success:
            return response
        raise error_of(response, now=self.client.clock())

    async def _open_store(
        self, sent_on: httpx.Response, asked: httpx.Request, deadline: timedelta
    ) -> httpx.Response:
        url = self.transfers.check_store(sent_on.headers["Location"])
        # A request of its own: nothing of the other one goes along but the range.
        kept = {name: asked.headers[name] for name in ("Range",) if name in asked.headers}
        http = self.transfers.site_http
        request = http.build_request("GET", url, headers={"Accept": "*/*", **kept}, timeout=_WAITS)
        response = await open_stream(http, request, deadline=deadline)
        if response.is_success:
            return response
        raise JiraUnavailableError(
            f"The store of Jira's files answered {response.status_code}.",
            status=response.status_code,
        )
