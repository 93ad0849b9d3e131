"""Everything an operator can set; the only reader of the environment."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from redis import ConnectionPool

from jira_api.errors import JiraApiError
from jira_api.site_urls import normalise_host
from oauth.refresh import RefreshTimes
from resolvers.once.flights import WriteTimes
from storage.encryption import KeyRing
from storage.errors import KeyRingError
from storage.sqlite import get_sqlite_path

PREFIX = "JUNCTURE_"
SHORTEST_SECRET_KEY = 32
LONGEST_SECRET_KEY = 4_096
_SECRET_KEY = re.compile(rf"[!-~]{{{SHORTEST_SECRET_KEY},{LONGEST_SECRET_KEY}}}")
_SAVING = timedelta(seconds=5)
"""How long after its call a write may take to be kept."""
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
DEFAULT_SCOPES = (
    "offline_access",
    "read:me",
    "read:jira-user",
    "read:jira-work",
    "write:jira-work",
    "manage:jira-webhook",
    "read:board-scope:jira-software",
    "read:board-scope.admin:jira-software",
    "write:board-scope:jira-software",
    "read:sprint:jira-software",
    "write:sprint:jira-software",
    "delete:sprint:jira-software",
    "read:epic:jira-software",
    "write:issue:jira-software",
    "read:issue-details:jira",
    "read:jql:jira",
    "read:project:jira",
)
CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class Environment(StrEnum):
    """Where Juncture runs; the demo alone makes up its own keys."""

    DEMO = "demo"
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Introspection(StrEnum):
    """Who may ask for the schema: anybody, callers with a key, nobody."""

    OPEN = "open"
    KEYED = "keyed"
    OFF = "off"


class LogFormat(StrEnum):
    """How log lines look."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """From which weight on lines are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class SettingsError(Exception):
    """Settings that Juncture cannot start with; the message names them all and mends each."""


class Settings(BaseSettings):
    """The operator's settings; lists are comma-separated."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    environment: Environment = Environment.PRODUCTION
    database_url: SecretStr = SecretStr("sqlite:///.juncture/juncture.db")
    redis_url: SecretStr | None = None
    secret_key: SecretStr | None = None
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    public_url: str = "http://127.0.0.1:8000"
    cors_allowed_origins: CommaSeparated = ()
    allowed_return_urls: CommaSeparated = ()
    jira_client_id: str = ""
    jira_client_secret: SecretStr = SecretStr("")
    jira_scopes: CommaSeparated = DEFAULT_SCOPES
    jira_redirect_uri: str = ""
    jira_auth_url: str = "https://auth.atlassian.com"
    jira_api_url: str = "https://api.atlassian.com"
    jira_max_concurrency: int = Field(default=8, ge=1, le=100)
    operation_deadline_seconds: float = Field(default=15.0, gt=0, le=600)
    allowed_upstream_hosts: CommaSeparated = ()
    attachment_url_seconds: float = Field(default=300.0, ge=10, le=3_600)
    refresh_deadline_seconds: float = Field(default=10.0, gt=0, le=60)
    refresh_lease_seconds: float = Field(default=30.0, gt=0, le=120)
    refresh_max_concurrency: int = Field(default=12, ge=1, le=1_000)
    idle_refresh_days: float = Field(default=30.0, gt=0, le=89)
    late_write_seconds: float = Field(default=60.0, gt=0, le=600)
    search_lag_seconds: float = Field(default=120.0, gt=0, le=600)
    sweep_interval_seconds: float = Field(default=10.0, gt=0, le=60)
    revocation_interval_seconds: float = Field(default=0.5, gt=0, le=1)
    notice_url: str = ""
    notice_secret: SecretStr | None = None
    notice_lead_days: float = Field(default=14.0, gt=0, le=89)
    introspection: Introspection = Introspection.KEYED
    graphiql: bool | None = None
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.TEXT

    @field_validator(
        "encryption_keys",
        "cors_allowed_origins",
        "allowed_return_urls",
        "jira_scopes",
        "allowed_upstream_hosts",
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if not re.match(r"(sqlite:///|postgresql://|postgres://).", url):
            raise ValueError("begins with sqlite:/// or postgresql://")
        if url.startswith("sqlite:"):
            get_sqlite_path(url)
        return value

    @field_validator("redis_url")
    @classmethod
    def _check_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.match(r"(rediss?|unix)://.", value.get_secret_value()):
            raise ValueError("begins with redis:// or rediss://")
        try:
            ConnectionPool.from_url(value.get_secret_value() if value else "redis://unset")
        except ValueError:
            raise ValueError("is an address such as redis://host:6379/0") from None
        return value

    @field_validator("secret_key")
    @classmethod
    def _check_secret_key(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None:
            _require_in_demo_alone(info, "make one with `openssl rand -hex 32`")
        else:
            _check_secret_text(value)
        return value

    @field_validator("notice_url")
    @classmethod
    def _check_notice_url(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            return value
        _check_web_url(value, has_path=True)
        is_public = info.data.get("environment") is Environment.PRODUCTION
        if is_public and not value.startswith("https://") and not _is_loopback(value):
            raise ValueError("begins with https:// in production, unless it is on this machine")
        return value

    @field_validator("notice_secret")
    @classmethod
    def _check_notice_secret(
        cls, value: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        has_url = bool(info.data.get("notice_url", value))
        if value is not None:
            _check_secret_text(value)
        if value is None and has_url:
            raise ValueError(
                "is missing, for JUNCTURE_NOTICE_URL is set: make one with `openssl rand -hex 32`"
            )
        if value is not None and not has_url:
            raise ValueError("signs nothing without JUNCTURE_NOTICE_URL: set both or neither")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _check_encryption_keys(
        cls, value: tuple[SecretStr, ...], info: ValidationInfo
    ) -> tuple[SecretStr, ...]:
        if not value:
            _require_in_demo_alone(info, "make one with `juncture new-key`")
            return value
        try:
            KeyRing.parse([key.get_secret_value() for key in value])
        except KeyRingError as error:
            raise ValueError(f"{error}; `juncture new-key` makes a good one") from None
        return value

    @field_validator("jira_client_id", "jira_client_secret")
    @classmethod
    def _check_client(cls, value: str | SecretStr, info: ValidationInfo) -> str | SecretStr:
        if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
            _require_in_demo_alone(info, "copy it from your app at developer.atlassian.com")
        return value

    @field_validator("public_url", "jira_redirect_uri", "jira_auth_url", "jira_api_url")
    @classmethod
    def _check_url(cls, value: str, info: ValidationInfo) -> str:
        is_redirect_uri = info.field_name == "jira_redirect_uri"
        if value:
            _check_web_url(value, has_path=is_redirect_uri)
        # Atlassian compares the redirect URI letter by letter with the app's console.
        return value if is_redirect_uri else value.rstrip("/")

    @field_validator("cors_allowed_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        _check_web_urls(value, has_path=False)
        return tuple(origin.rstrip("/") for origin in value)

    @field_validator("refresh_lease_seconds")
    @classmethod
    def _check_lease(cls, value: float, info: ValidationInfo) -> float:
        deadline = info.data.get("refresh_deadline_seconds", 0.0)
        if value < 2 * deadline:
            raise ValueError(
                f"has to be twice JUNCTURE_REFRESH_DEADLINE_SECONDS ({deadline:g}) at least, so "
                "that an answer can be kept before another process takes the refresh over"
            )
        return value

    @field_validator("allowed_return_urls")
    @classmethod
    def _check_return_urls(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        _check_web_urls(value, has_path=True)
        return value

    @field_validator("allowed_upstream_hosts")
    @classmethod
    def _check_upstream_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(normalise_host(host) for host in value)
        except JiraApiError as error:
            told = error.message.rstrip(".")
            raise ValueError(
                f"takes hosts such as jira.example.com, without scheme and port: {told}"
            ) from None

    @field_validator("jira_scopes")
    @classmethod
    def _check_scopes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or any(re.search(r"\s", scope) for scope in value):
            raise ValueError("takes one scope or more, separated by commas")
        return value

    @property
    def is_demo(self) -> bool:
        """Whether this is the demo."""
        return self.environment is Environment.DEMO

    @property
    def has_graphiql(self) -> bool:
        """Whether GraphiQL is served: on in demo and development unless set."""
        is_public = self.environment is Environment.PRODUCTION
        return not is_public if self.graphiql is None else self.graphiql

    @property
    def key_ring(self) -> KeyRing:
        """The encryption keys in force.

        Raises:
            KeyRingError: There are none, as only the demo's settings allow.
        """
        return KeyRing.parse([key.get_secret_value() for key in self.encryption_keys])

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return self.database_url.get_secret_value().startswith("sqlite:")

    @property
    def operation_deadline(self) -> timedelta:
        """How long one operation may take, with all of its calls and waits."""
        return timedelta(seconds=self.operation_deadline_seconds)

    @property
    def revocation_interval(self) -> timedelta:
        """How long a process may go on with what another has revoked."""
        return timedelta(seconds=self.revocation_interval_seconds)

    @property
    def refresh_times(self) -> RefreshTimes:
        """How patiently tokens are renewed."""
        lease = timedelta(seconds=self.refresh_lease_seconds)
        return RefreshTimes(
            deadline=timedelta(seconds=self.refresh_deadline_seconds),
            lease=lease,
            patience=lease * 1.5,
        )

    @property
    def write_times(self) -> WriteTimes:
        """How patiently the lost answers of writes are looked for."""
        return WriteTimes(
            lease=self.operation_deadline + _SAVING,
            late=timedelta(seconds=self.late_write_seconds),
            index_lag=timedelta(seconds=self.search_lag_seconds),
        )

    @property
    def notice_lead(self) -> timedelta:
        """How long before its end a grant counts as dying."""
        return timedelta(days=self.notice_lead_days)

    @property
    def redirect_uri(self) -> str:
        """Where Atlassian sends people back to; it must stand in the app's console."""
        return self.jira_redirect_uri or f"{self.public_url}/oauth/jira/callback"

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """The settings of the environment and of `.env`, with overrides by the command line.

        Raises:
            SettingsError: some are missing or malformed; the message names all of them.
        """
        try:
            return cls(**overrides)
        except ValidationError as error:
            raise SettingsError(_explain(error)) from None


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        name = PREFIX + str(problem["loc"][0]).upper() if problem["loc"] else PREFIX.rstrip("_")
        lines.append(f"  {name}: {problem['msg'].removeprefix('Value error, ')}.")
    count = "One setting needs" if len(lines) == 1 else f"{len(lines)} settings need"
    advice = "Set them in the environment or in .env; .env.example explains each."
    return "\n".join([f"{count} mending before Juncture can start:", *lines, advice])


def _require_in_demo_alone(info: ValidationInfo, how: str) -> None:
    if info.data.get("environment") is not Environment.DEMO:
        raise ValueError(f"is missing: {how}")


def _check_web_url(url: str, *, has_path: bool) -> None:
    try:
        parts = urlsplit(url)
        is_host = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        is_host = False
    is_web = url.startswith(("http://", "https://")) and "#" not in url
    is_clean = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not (is_host and is_web and is_clean):
        example = "https://juncture.example.com" + ("/done" if has_path else "")
        raise ValueError(f"is a web address such as {example}, in ASCII, without user or #fragment")
    if not has_path and (parts.path.strip("/") or parts.query):
        raise ValueError("is a scheme, a host and a port, without a path")


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in _LOOPBACK_HOSTS


def _check_secret_text(value: SecretStr) -> None:
    if not _SECRET_KEY.fullmatch(value.get_secret_value()):
        raise ValueError(
            f"takes {SHORTEST_SECRET_KEY} to {LONGEST_SECRET_KEY} characters of ASCII "
            "without spaces: make one with `openssl rand -hex 32`"
        )


def _check_web_urls(urls: tuple[str, ...], *, has_path: bool) -> None:
    for number, url in enumerate(urls, start=1):
        try:
            _check_web_url(url, has_path=has_path)
        except ValueError as error:
            raise ValueError(f"entry {number} {error}") from None
