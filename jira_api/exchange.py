"""One HTTP exchange with Atlassian: what goes wrong on the way is told in this room's errors."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx

from jira_api.errors import InvalidResponseError, JiraUnavailableError

LARGEST_BODY_BYTES = 32 * 1024 * 1024
"""More than a page of 5,000 issues with their documents; a larger body is given up while read."""

_GZIP = zlib.MAX_WBITS | 16

CALL_DEADLINE = timedelta(seconds=20)
"""For a call as a whole: httpx bounds each wait alone, which a body that drips never exceeds."""
_SENT_NOWHERE = "Atlassian sent the call on to what is no address."
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


async def send(
    http: httpx.AsyncClient, request: httpx.Request, *, deadline: timedelta = CALL_DEADLINE
) -> httpx.Response:
    """The answer with its whole body; redirects are answers and are not followed.

    Raises:
        JiraUnavailableError: no connection, a broken one, or no whole answer in time.
        InvalidResponseError: the body is not encoded as its headers say, or too large, or the call
            is sent on to what is no address.
    """
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            return await _exchange(http, request)
    except TimeoutError:
        raise JiraUnavailableError(
            f"Atlassian's answer was not whole within {deadline.total_seconds():.1f} seconds."
        ) from None
    except httpx.TransportError as error:
        raise _transport_failure(error) from None


async def open_stream(
    http: httpx.AsyncClient, request: httpx.Request, *, deadline: timedelta = CALL_DEADLINE
) -> httpx.Response:
    """The answer as soon as it begins; of a good one the body is left, which the caller closes.

    Any other answer is read as `send` reads it, and redirects are not followed.

    Raises:
        JiraUnavailableError: no connection, a broken one, or no answer in time.
        InvalidResponseError: the body is encoded, although it was asked for as it is, or the call
            is sent on to what is no address.
    """
    request.headers["Accept-Encoding"] = "identity"
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            response = await _begin(http, request)
            is_plain = response.headers.get("Content-Encoding", "identity").lower() == "identity"
            if response.is_success and is_plain:
                return response
            try:
                if response.is_success:
                    raise _badly_encoded(response)
                return await _read(response)
            finally:
                await response.aclose()
    except TimeoutError:
        raise JiraUnavailableError(
            f"Atlassian's answer did not begin within {deadline.total_seconds():.1f} seconds."
        ) from None
    except httpx.TransportError as error:
        raise _transport_failure(error) from None


async def iter_pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    """The body of an answer that was opened as a stream, in the pieces that it comes in.

    Raises:
        JiraUnavailableError: it broke off, or the next piece did not come in time.
    """
    try:
        async for piece in _pieces(response):
            yield piece
    except httpx.TransportError as error:
        raise _transport_failure(error) from None


def _transport_failure(error: httpx.TransportError) -> JiraUnavailableError:
    was_sent = not isinstance(error, _NEVER_SENT)
    if isinstance(error, httpx.TimeoutException):
        return JiraUnavailableError("Atlassian did not answer in time.", was_sent=was_sent)
    if was_sent:
        return JiraUnavailableError("The connection to Atlassian broke before it had answered.")
    return JiraUnavailableError("Atlassian could not be reached.", was_sent=False)


async def _begin(http: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """The answer as it begins. httpx reads a redirect's address even where it is not followed."""
    try:
        return await http.send(request, stream=True, follow_redirects=False)
    except (httpx.InvalidURL, UnicodeError):
        raise InvalidResponseError(_SENT_NOWHERE) from None
    except httpx.RemoteProtocolError as error:
        if isinstance(error.__context__, httpx.InvalidURL):
            raise InvalidResponseError(_SENT_NOWHERE) from None
        raise


async def _exchange(http: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    request.headers["Accept-Encoding"] = "gzip"
    response = await _begin(http, request)
    try:
        return await _read(response)
    finally:
        await response.aclose()


async def _read(response: httpx.Response) -> httpx.Response:
    """The answer again, unpacked: bounded where httpx's own reading is not.

    Its decoders unpack each piece as a whole, and one encoding after another where several are
    named, so that a few kilobytes could become gigabytes.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"gzip", "identity"}:
        raise _badly_encoded(response)
    unpacker = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    body = bytearray()
    async for piece in _pieces(response):
        try:
            left = LARGEST_BODY_BYTES - len(body)
            body += piece if unpacker is None else unpacker.decompress(piece, left + 1)
        except zlib.error:
            raise _badly_encoded(response) from None
        if len(body) > LARGEST_BODY_BYTES:
            raise InvalidResponseError(
                f"Atlassian sent more than {LARGEST_BODY_BYTES} bytes.",
                status=response.status_code,
            )
    headers = httpx.Headers(response.headers)
    headers.pop("Content-Encoding", None)
    return httpx.Response(response.status_code, headers=headers, content=bytes(body))


def _pieces(response: httpx.Response) -> httpx.AsyncByteStream:
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)
    return stream


def _badly_encoded(response: httpx.Response) -> InvalidResponseError:
    return InvalidResponseError(
        "Atlassian sent a body that is not encoded as its headers say.",
        status=response.status_code,
    )
