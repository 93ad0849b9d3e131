"""What the sandbox answers when it cannot do what was asked.

SandboxError
├── ArchiveError        a data file cannot be read
├── FieldValueError     one field of a write has a value that Jira would refuse
├── JiraError           an ErrorCollection with a status, as Jira's own APIs give it
│   └── JqlError        a query that Jira would refuse, always status 400
├── GatewayError        the bare code and message of the gateway in front of Jira
├── OAuthError          the error and error_description of the authorisation server
└── ConnectionCutError  no answer at all, or not all of it, because a fault asked for that
"""

from collections.abc import Mapping, Sequence


class SandboxError(Exception):
    """Base of everything the sandbox refuses."""


class ArchiveError(SandboxError):
    """A data file is not JSON Lines of Jira issues."""

    def __init__(self, path: str, line: int) -> None:
        """Name the file and its line, counted from 1."""
        super().__init__(
            f"Line {line} of {path} is not a Jira issue: give one JSON object with id, key "
            "and fields a line, plain or gzipped."
        )
        self.path = path
        self.line = line


class FieldValueError(SandboxError):
    """A value that a field does not take."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        """Keep Jira's sentence, and the name it stands under where that is not the field's."""
        super().__init__(message)
        self.message = message
        self.field = field


class JiraError(SandboxError):
    """A refusal in the shape of Jira's ErrorCollection."""

    def __init__(
        self,
        status: int,
        messages: Sequence[str] = (),
        errors: Mapping[str, str] | None = None,
    ) -> None:
        """Keep the HTTP status, the messages, and the messages by field."""
        super().__init__(f"{status}: {'; '.join(messages)}")
        self.status = status
        self.messages = tuple(messages)
        self.errors = dict(errors or {})


class JqlError(JiraError):
    """A query that does not parse, or names what does not exist."""

    def __init__(self, message: str) -> None:
        """Keep the one sentence Jira would answer."""
        super().__init__(400, [message])


class GatewayError(SandboxError):
    """A 401 of the gateway, before Jira sees the call."""

    def __init__(self, message: str = "Unauthorized") -> None:
        """Keep the message that stands beside code 401."""
        super().__init__(message)
        self.message = message


class ConnectionCutError(SandboxError, ConnectionError):
    """What stands for a cut connection where the sandbox runs in process and has none to cut."""

    def __init__(self, *, has_begun: bool) -> None:
        """Keep whether a part of the answer had gone out."""
        place = "in the midst of the answer" if has_begun else "before any answer"
        super().__init__(f"A fault of the sandbox cut the connection {place}.")
        self.has_begun = has_begun


class OAuthError(SandboxError):
    """A refusal of the token endpoint."""

    def __init__(self, status: int, error: str, description: str) -> None:
        """Keep the HTTP status, the error code and its description."""
        super().__init__(f"{error}: {description}")
        self.status = status
        self.error = error
        self.description = description
