"""Everything an operator can set: what is taken, what is refused and how it is told."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from server.settings import (
    DEFAULT_SCOPES,
    Environment,
    Introspection,
    LogFormat,
    LogLevel,
    Settings,
    SettingsError,
)
from tests.storage.builders import a_key

_SECRET_KEY = "canary-secret-key-" + "s" * 32
_CLIENT_SECRET = "canary-client-secret"
_DATABASE_URL = "postgresql://juncture:canary-password@db/juncture"
_REDIS_URL = "redis://:canary-redis@cache:6379/0"
_RING = a_key("k2", b"\x02")
_CANARIES = ("canary", "AgIC")  # AgIC begins the base64 of the key in the ring
_NEEDED = {
    "secret_key": _SECRET_KEY,
    "encryption_keys": _RING,
    "jira_client_id": "client-1",
    "jira_client_secret": _CLIENT_SECRET,
}
_NOTICES = {"notice_url": "https://product.test/grants", "notice_secret": "canary" * 6}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of ours is set, and the working folder has no `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"JUNCTURE_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def load(**changes: Any) -> Settings:
    return Settings.load(**{**_NEEDED, **changes})


def refusal(**changes: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load(**changes)
    return str(caught.value)


def test_the_defaults_are_those_of_a_production_server_with_one_file() -> None:
    settings = load()

    assert settings.environment is Environment.PRODUCTION
    assert settings.database_url.get_secret_value() == "sqlite:///.juncture/juncture.db"
    assert settings.is_sqlite
    assert settings.redis_url is None
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.redirect_uri == "http://127.0.0.1:8000/oauth/jira/callback"
    assert settings.cors_allowed_origins == ()
    assert settings.allowed_return_urls == ()
    assert settings.jira_scopes == DEFAULT_SCOPES
    assert settings.jira_auth_url == "https://auth.atlassian.com"
    assert settings.jira_api_url == "https://api.atlassian.com"
    assert settings.jira_max_concurrency == 8
    assert settings.operation_deadline == timedelta(seconds=15)
    assert settings.introspection is Introspection.KEYED
    assert settings.log_level is LogLevel.INFO
    assert settings.log_format is LogFormat.TEXT
    assert not settings.has_graphiql
    assert not settings.is_demo


EVERY_SETTING: dict[str, tuple[str, object]] = {
    "environment": ("development", Environment.DEVELOPMENT),
    "database_url": (_DATABASE_URL, _DATABASE_URL),
    "redis_url": (_REDIS_URL, _REDIS_URL),
    "secret_key": (_SECRET_KEY, _SECRET_KEY),
    "encryption_keys": (f"{_RING}, {a_key('k1')}", (_RING, a_key("k1"))),
    "public_url": ("https://j.test/", "https://j.test"),
    "cors_allowed_origins": ("https://a.test, http://b.test:81/", ("https://a.test", "http://b.test:81")),
    "allowed_return_urls": ("https://a.test/x?y=1,,https://b.test", ("https://a.test/x?y=1", "https://b.test")),
    "jira_client_id": ("client-2", "client-2"),
    "jira_client_secret": (_CLIENT_SECRET, _CLIENT_SECRET),
    "jira_scopes": ("read:me , offline_access", ("read:me", "offline_access")),
    "jira_redirect_uri": ("https://j.test/callback/", "https://j.test/callback/"),
    "jira_auth_url": ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
    "jira_api_url": ("http://127.0.0.1:8001/", "http://127.0.0.1:8001"),
    "jira_max_concurrency": ("20", 20),
    "operation_deadline_seconds": ("2.5", 2.5),
    "allowed_upstream_hosts": ("jira.corp, jira2.corp", ("jira.corp", "jira2.corp")),
    "attachment_url_seconds": ("60", 60.0),
    "refresh_deadline_seconds": ("2", 2.0),
    "refresh_lease_seconds": ("40", 40.0),
    "refresh_max_concurrency": ("4", 4),
    "idle_refresh_days": ("7", 7.0),
    "late_write_seconds": ("20", 20.0),
    "search_lag_seconds": ("30", 30.0),
    "sweep_interval_seconds": ("0.5", 0.5),
    "revocation_interval_seconds": ("0.1", 0.1),
    "notice_url": ("https://product.test/notices", "https://product.test/notices"),
    "notice_secret": ("n" * 32, "n" * 32),
    "notice_lead_days": ("30", 30.0),
    "introspection": ("off", Introspection.OFF),
    "graphiql": ("true", True),
    "log_level": ("debug", LogLevel.DEBUG),
    "log_format": ("json", LogFormat.JSON),
}  # fmt: skip


def test_the_table_of_these_tests_names_every_setting() -> None:
    assert set(EVERY_SETTING) == set(Settings.model_fields)


def revealed(value: Any) -> object:
    if isinstance(value, tuple):
        return tuple(revealed(each) for each in value)
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


@pytest.mark.parametrize("source", ["environment", ".env"])
@pytest.mark.parametrize("name", EVERY_SETTING)
def test_each_setting_is_read(
    name: str, source: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written, expected = EVERY_SETTING[name]
    beside = {**_NEEDED, **(_NOTICES if name.startswith("notice_") else {})}
    lines = {f"JUNCTURE_{each.upper()}": value for each, value in beside.items()}
    lines[f"JUNCTURE_{name.upper()}"] = written
    if source == "environment":
        for variable, value in lines.items():
            monkeypatch.setenv(variable, value)
    else:
        text = "".join(f"{variable}={value}\n" for variable, value in lines.items())
        tmp_path.joinpath(".env").write_text(text)

    settings = Settings.load()

    assert revealed(getattr(settings, name)) == expected


def test_the_environment_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tmp_path.joinpath(".env").write_text("JUNCTURE_LOG_LEVEL=error\nJUNCTURE_LOG_FORMAT=json\n")
    monkeypatch.setenv("JUNCTURE_LOG_LEVEL", "debug")

    settings = load()

    assert settings.log_level is LogLevel.DEBUG
    assert settings.log_format is LogFormat.JSON


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUNCTURE_REDIS_URL", "")
    monkeypatch.setenv("JUNCTURE_JIRA_SCOPES", "")

    settings = load()

    assert settings.redis_url is None
    assert settings.jira_scopes == DEFAULT_SCOPES


def test_the_demo_needs_no_keys() -> None:
    settings = Settings.load(environment="demo")

    assert settings.is_demo
    assert settings.has_graphiql
    assert settings.secret_key is None


@pytest.mark.parametrize("environment", ["production", "development"])
def test_whatever_is_missing_is_told_at_once_with_how_to_get_it(environment: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load(environment=environment)

    first, *lines, last = str(caught.value).splitlines()
    assert first == "4 settings need mending before Juncture can start:"
    assert [line.split(":")[0].strip() for line in lines] == [
        "JUNCTURE_SECRET_KEY",
        "JUNCTURE_ENCRYPTION_KEYS",
        "JUNCTURE_JIRA_CLIENT_ID",
        "JUNCTURE_JIRA_CLIENT_SECRET",
    ]
    for line, remedy in zip(
        lines,
        ["openssl rand", "juncture new-key", "developer.atlassian.com", "developer.atlassian.com"],
        strict=True,
    ):
        assert "is missing" in line
        assert remedy in line
    assert ".env.example" in last


MALFORMED: dict[str, list[str]] = {
    "environment": ["staging"],
    "database_url": ["mysql://u:canary@h/d", "sqlite:///", "canary"],
    "redis_url": ["http://canary", "canary"],
    "secret_key": ["canary", "canary " * 10, "canaryé" * 10, "canary" * 1000],
    "encryption_keys": ["canary", "k1:canary", "k1:AgICAgIC", f"{_RING},{_RING}"],
    "public_url": [
        "canary", "ftp://h", "https://", "https://h/path", "https://h?q=1", "https://u:canary@h",
        "https://h:99999", "https://h:x", "https://[::1", "HTTPS://h", "https://h#f", "https://é",
        "https://h\\@evil", "https://a b",
    ],
    "cors_allowed_origins": ["*", "null", "https://h/path", "https://ok.test,h"],
    "allowed_return_urls": ["/done", "javascript:alert(1)", "https://h/#f", "//h/done"],
    "jira_client_id": [],
    "jira_client_secret": [],
    "jira_scopes": [",", "read:me write:me"],
    "jira_redirect_uri": ["/callback"],
    "jira_auth_url": ["auth.atlassian.com"],
    "jira_api_url": ["https://api.atlassian.com/ex"],
    "jira_max_concurrency": ["0", "101", "many"],
    "operation_deadline_seconds": ["0", "-1", "601", "nan", "inf", "soon"],
    "refresh_lease_seconds": ["19", "0", "121"],  # twice the deadline at least, which is 10
    "idle_refresh_days": ["90", "0"],
    "sweep_interval_seconds": ["61", "0"],
    "revocation_interval_seconds": ["1.1", "0", "nan", "inf"],
    "introspection": ["maybe"],
    "graphiql": ["maybe"],
    "log_level": ["loud"],
    "log_format": ["xml"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in MALFORMED.items() for value in values],
    ids=lambda text: text[:30],
)
def test_a_malformed_setting_is_named_and_its_value_is_not_repeated(name: str, value: str) -> None:
    told = refusal(**{name: value})

    assert f"  JUNCTURE_{name.upper()}: " in told
    assert told.startswith("One setting needs mending")
    assert not any(canary in told for canary in _CANARIES)


def test_every_malformed_setting_stands_in_one_message() -> None:
    first_of_each = {name: values[0] for name, values in MALFORMED.items() if values}

    told = refusal(**first_of_each)

    for name in first_of_each:
        assert f"  JUNCTURE_{name.upper()}: " in told


def test_an_error_of_settings_carries_no_value_in_its_chain() -> None:
    with pytest.raises(SettingsError) as caught:
        load(secret_key="canary", redis_url="canary")

    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "canary" not in repr(caught.value)


def test_even_the_library_s_own_error_shows_no_value() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({**_NEEDED, "redis_url": "canary", "secret_key": "canary"})

    assert "canary" not in str(caught.value)


def test_no_secret_shows_in_repr_str_or_dump() -> None:
    settings = load(database_url=_DATABASE_URL, redis_url=_REDIS_URL)

    for text in (repr(settings), str(settings), settings.model_dump_json()):
        assert not any(canary in text for canary in _CANARIES)


def test_settings_do_not_change_once_they_are_loaded() -> None:
    settings = load()

    with pytest.raises(ValidationError):
        settings.public_url = "https://evil.test"  # type: ignore[misc]  # what the rule forbids


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"notice_url": ""}, "NOTICE_SECRET: signs nothing"),
        ({"notice_secret": None}, "NOTICE_SECRET: is missing"),
        ({"notice_secret": "canary"}, "NOTICE_SECRET: takes 32 to"),
        ({"notice_url": "http://product.test/grants"}, "NOTICE_URL: begins with https://"),
        ({"notice_url": "https://u:canary@product.test/grants"}, "NOTICE_URL: is a web address"),
    ],
)
def test_notices_have_an_https_address_and_a_secret_or_neither(
    changes: dict[str, Any], named: str
) -> None:
    told = refusal(**{**_NOTICES, **changes})

    assert told.startswith("One setting needs mending")
    assert f"  JUNCTURE_{named}" in told
    assert "canary" not in told
    assert load(**_NOTICES).notice_lead == timedelta(days=14)
    assert load().notice_secret is None


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ("development", "http://product.test/grants"),
        ("demo", "http://product.test/grants"),
        ("production", "http://127.0.0.1:9000/grants"),
        ("production", "http://[::1]:9000/grants"),
    ],
)
def test_notices_may_go_without_https_where_nobody_listens(environment: str, url: str) -> None:
    settings = load(**{**_NOTICES, "notice_url": url}, environment=environment)

    assert settings.notice_url == url


@pytest.mark.parametrize(
    ("environment", "graphiql", "expected"),
    [
        ("production", None, False),
        ("development", None, True),
        ("production", True, True),
        ("development", False, False),
    ],
)
def test_graphiql_is_on_outside_of_production_unless_set(
    environment: str, *, graphiql: bool | None, expected: bool
) -> None:
    assert load(environment=environment, graphiql=graphiql).has_graphiql is expected


def test_the_redirect_uri_follows_the_public_url_unless_set() -> None:
    assert load(public_url="https://j.test").redirect_uri == "https://j.test/oauth/jira/callback"
    assert load(jira_redirect_uri="https://x.test/cb").redirect_uri == "https://x.test/cb"


def test_the_example_names_exactly_the_settings() -> None:
    example = Path(__file__).parents[2] / ".env.example"
    lines = [line.lstrip("# ") for line in example.read_text().splitlines()]
    named = [line.partition("=")[0] for line in lines if line.startswith("JUNCTURE_")]

    assert sorted(named) == sorted(f"JUNCTURE_{name.upper()}" for name in Settings.model_fields)


def test_hosts_of_upstream_sites_get_their_one_spelling() -> None:
    settings = load(allowed_upstream_hosts="Jira.Corp., 10.0.0.7, [::1], b\u00fccher.test")

    assert settings.allowed_upstream_hosts == (
        "jira.corp",
        "10.0.0.7",
        "::1",
        "xn--bcher-kva.test",
    )


@pytest.mark.parametrize(
    "host",
    ["https://jira.corp", "jira.corp:8443", "jira.corp/jira", "*.corp", "127.1", "10.0.0.0/8"],
)
def test_what_is_no_host_is_refused(host: str) -> None:
    told = refusal(allowed_upstream_hosts=f"jira.corp,{host}")

    assert "JUNCTURE_ALLOWED_UPSTREAM_HOSTS: takes hosts such as jira.example.com" in told
