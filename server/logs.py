"""Log lines as text or JSON, one a event, without secrets."""

import json
import logging
import logging.config
import re
from datetime import UTC, datetime

from server.settings import LogFormat, LogLevel

_SECRETS = re.compile(
    r"(?i)((?:bearer|basic)\s+|(?:refresh_token|access_token|client_secret|code|state|link)[\"']?\s*[=:]\s*[\"']?)"
    r"[A-Za-z0-9._~+/=-]{8,}"
)
# API keys, and tokens that carry their own claims: by their first characters.
_KEYS = re.compile(r"\bjgk_\w{8,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*")
_ADDRESSES = re.compile(r"(/attachments/)[\w-]{16,}\.[\w-]+")
"""They open a file to whoever reads them."""
_CREDENTIALS_IN_URL = re.compile(r"(\w+://[^:/@\s]*:)[^@/\s]+@")


class _Redacted(logging.Formatter):
    """Takes away what looks like a secret, and what would break a line in two."""

    def clean(self, text: str) -> str:
        text = _SECRETS.sub(r"\1[secret]", text)
        text = _KEYS.sub("[secret]", text)
        text = _ADDRESSES.sub(r"\1[secret]", text)
        text = _CREDENTIALS_IN_URL.sub(r"\1[secret]@", text)
        return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


class TextFormatter(_Redacted):
    """Time, level, logger, message."""

    def format(self, record: logging.LogRecord) -> str:
        """One event."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        text = f"{at} {record.levelname.lower():7} {record.name}: {record.getMessage()}"
        request_id = getattr(record, "request_id", None)
        if request_id:
            text += f" (request {request_id})"
        text = text.replace("\n", "\\n").replace("\r", "\\r")
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return self.clean(text)


class JsonFormatter(_Redacted):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """One event."""
        event = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.clean(record.getMessage()),
        }
        request_id = getattr(record, "request_id", None)
        if request_id:
            event["requestId"] = str(request_id)
        if record.exc_info:
            event["exception"] = self.clean(self.formatException(record.exc_info))
        return json.dumps(event)


def configure_logs(level: LogLevel, log_format: LogFormat) -> None:
    """Set up logging for the process; libraries speak from WARNING on."""
    formatter = JsonFormatter if log_format is LogFormat.JSON else TextFormatter
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": formatter}},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": "line",
                    "stream": "ext://sys.stderr",
                }
            },
            "root": {"level": "WARNING", "handlers": ["stderr"]},
            "loggers": {"juncture": {"level": level.value.upper()}},
        }
    )
