"""The files of a multipart body, read as they arrive: no file is ever held as a whole.

Source: RFC 7578, read 2026-11; python-multipart's parser, which tells what each piece of text is.
"""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, NoReturn

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request

from jira_api.attachments import MOST_FILES
from jira_api.multipart import UNKNOWN_TYPE, OutgoingFile
from resolvers.errors import ErrorCode
from server.operations import CallerGoneError
from server.patience import Patience
from server.request_body import RequestError

_PATIENCE_S: Final = 30.0
"""How long a caller may send nothing of what is waited for."""
_FORM: Final = b"multipart/form-data"
_PART: Final = "file"
_LONGEST_HEADER: Final = 4_096
_MOST_HEADERS: Final = 8
_LONGEST_NAME: Final = 1_024
_ONE_FILE: Final = f"Send each file as a part called `{_PART}`, with a `filename`."


@dataclass(frozen=True, slots=True)
class _Begun:
    """A part's headers, by their names in lower case."""

    headers: dict[bytes, bytes]


@dataclass(frozen=True, slots=True)
class _Ended:
    """The end of a part."""


_Event = _Begun | _Ended | bytes


@dataclass(slots=True)
class _Events:
    """What the parser found in the pieces that it was given so far."""

    waiting: deque[_Event] = field(default_factory=deque)
    is_over: bool = False
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _name: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)

    def make_parser(self, boundary: bytes) -> MultipartParser:
        """A parser that tells its findings here."""
        return MultipartParser(
            boundary,
            {
                "on_part_begin": self._headers.clear,
                "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._keep_header,
                "on_headers_finished": self._begin_part,
                "on_part_data": lambda data, start, end: self.waiting.append(data[start:end]),
                "on_part_end": lambda: self.waiting.append(_Ended()),
                "on_end": self._end,
            },
            max_header_count=_MOST_HEADERS,
            max_header_size=_LONGEST_HEADER,
        )

    def _keep_header(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _begin_part(self) -> None:
        self.waiting.append(_Begun(dict(self._headers)))

    def _end(self) -> None:
        self.is_over = True


class FileParts:
    """The files of a request, one after another; each has to be read before the next one."""

    def __init__(self, request: Request, *, patience_s: float = _PATIENCE_S) -> None:
        """Read the body of a request.

        Raises:
            RequestError: it is no form with parts.
        """
        kind, options = parse_options_header(request.headers.get("Content-Type"))
        boundary = options.get(b"boundary", b"")
        if kind != _FORM or not boundary:
            raise RequestError(
                "Send the files as multipart/form-data with its boundary.",
                status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                code=ErrorCode.BAD_REQUEST,
            )
        self._pieces = request.stream()
        self._patience = Patience(patience_s)
        self._events = _Events()
        try:
            self._parser = self._events.make_parser(boundary)
        except FormParserError:
            _refuse("The boundary of the form is too long.")

    async def __aiter__(self) -> AsyncIterator[OutgoingFile]:
        """Each file, as far as the form tells of it.

        Raises:
            RequestError: the form is malformed, breaks off, or holds no file or too many.
            CallerGoneError: nobody sends it any more.
        """
        count = 0
        while (event := await self._next()) is not None:
            if not isinstance(event, _Begun):
                _refuse(_ONE_FILE)
            count += 1
            if count > MOST_FILES:
                _refuse(f"Send {MOST_FILES} files at most.")
            filename, kind = _read_head(event.headers)
            yield OutgoingFile(filename, kind, self._chunks())
        if count == 0:
            _refuse(_ONE_FILE)

    async def _chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the part that has begun, up to its end."""
        while isinstance(event := await self._next(), bytes):
            yield event
        if not isinstance(event, _Ended):
            _refuse("The form breaks off in the midst of a file.")

    async def _next(self) -> _Event | None:
        """What the parser found next; None behind the form's end."""
        while not self._events.waiting:
            if self._events.is_over:  # what may follow has no end that anybody knows
                return None
            piece = await self._receive()
            if piece is None:
                _refuse("The form breaks off.")
            try:
                self._parser.write(piece)
            except FormParserError:
                _refuse("The form cannot be read.")
        return self._events.waiting.popleft()

    async def _receive(self) -> bytes | None:
        """A piece of the body; None where there is no more."""
        try:
            piece = await self._patience.wait(anext(self._pieces, None))
        except TimeoutError:
            raise RequestError(
                f"Nothing came for {_PATIENCE_S:.0f} seconds, or less than 512 KiB a minute.",
                status=HTTPStatus.REQUEST_TIMEOUT,
                code=ErrorCode.BAD_REQUEST,
            ) from None
        except ClientDisconnect:
            raise CallerGoneError from None
        self._patience.win_back(len(piece or b""))
        return piece


def _read_head(headers: dict[bytes, bytes]) -> tuple[str, str]:
    """The name and the type of a file, as the sender tells them."""
    disposition, options = parse_options_header(headers.get(b"content-disposition"))
    raw_name = options.get(b"filename", b"")
    if disposition != b"form-data" or options.get(b"name") != _PART.encode() or not raw_name:
        _refuse(_ONE_FILE)
    kind, _ = parse_options_header(headers.get(b"content-type"))
    try:
        name = raw_name.decode("utf-8")
    except UnicodeDecodeError:
        _refuse("Write the names of files in UTF-8.")
    if len(name) > _LONGEST_NAME:
        _refuse(f"A file's name has {_LONGEST_NAME} characters at most.")
    return name, kind.decode("latin-1") or UNKNOWN_TYPE


def _refuse(message: str) -> NoReturn:
    raise RequestError(message, status=HTTPStatus.BAD_REQUEST, code=ErrorCode.BAD_REQUEST)
