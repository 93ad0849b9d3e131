"""Forms that carry files to Jira, written piece by piece.

Source: RFC 7578; WHATWG HTML, section Multipart form data, read 2026-11.
"""

import re
import secrets
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from jira_api.errors import InvalidArgumentError
from jira_api.paths import shorten

UNKNOWN_TYPE: Final = "application/octet-stream"
_BEYOND_A_NAME: Final = re.compile(r'["\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]')
_TYPE: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,100}")


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file whose bytes come as they are asked for, once."""

    filename: str
    mime_type: str
    chunks: AsyncIterator[bytes]


@dataclass(slots=True)
class OutgoingForm:
    """A form of files, each a part called `file`; `is_sent` once its last byte was asked for.

    `files_begun` is how many of them have a part yet.
    """

    files: AsyncIterable[OutgoingFile]
    boundary: str = field(default_factory=lambda: f"juncture-{secrets.token_hex(16)}")
    is_sent: bool = False
    files_begun: int = 0

    @property
    def content_type(self) -> str:
        """The type that the form is sent as."""
        return f"multipart/form-data; boundary={self.boundary}"

    async def pieces(self) -> AsyncIterator[bytes]:
        """The form's bytes; whatever a file's chunks raise comes through, and the form has no end.

        Raises:
            InvalidArgumentError: a file's name could leave its place in the form.
        """
        async for file in self.files:
            self.files_begun += 1
            yield self._head(file)
            async for chunk in file.chunks:
                yield chunk
            yield b"\r\n"
        self.is_sent = True
        yield f"--{self.boundary}--\r\n".encode()

    def _head(self, file: OutgoingFile) -> bytes:
        if _BEYOND_A_NAME.search(file.filename):
            raise InvalidArgumentError(f"{shorten(ascii(file.filename))} is no name of a file.")
        kind = file.mime_type if is_media_type(file.mime_type) else UNKNOWN_TYPE
        lines = (
            f"--{self.boundary}",
            f'Content-Disposition: form-data; name="file"; filename="{file.filename}"',
            f"Content-Type: {kind}",
            "",
            "",
        )
        return "\r\n".join(lines).encode()


def is_media_type(text: str) -> bool:
    """Whether a text is a media type without parameters, and can stand in a header."""
    return _TYPE.fullmatch(text) is not None
