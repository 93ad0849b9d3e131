"""Log lines: one an event, readable by programs, without secrets."""

import json
import logging
import sys

import pytest

from server.logs import JsonFormatter, TextFormatter, configure_logs
from server.settings import LogFormat, LogLevel

_SECRET = "s3cr3t-" + "x" * 40
FORMATTERS = {"text": TextFormatter(), "json": JsonFormatter()}


def a_record(message: str, *arguments: object, request_id: str | None = None) -> logging.LogRecord:
    record = logging.LogRecord(
        "juncture.test", logging.INFO, __file__, 1, message, arguments, exc_info=None
    )
    if request_id is not None:
        record.request_id = request_id
    return record


def fail(text: str) -> None:
    raise ValueError(text)


def a_failure(text: str) -> logging.LogRecord:
    record = a_record("it failed")
    try:
        fail(text)
    except ValueError:
        record.exc_info = sys.exc_info()
    return record


@pytest.mark.parametrize("formatter", FORMATTERS.values(), ids=FORMATTERS.keys())
@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {_SECRET}",
        f"bearer {_SECRET}",
        f"?code={_SECRET}&x=1",
        f"state={_SECRET}",
        f"/oauth/jira/start?link={_SECRET}",
        f'{{"refresh_token": "{_SECRET}"}}',
        f"{{'access_token': '{_SECRET}'}}",
        f"client_secret = {_SECRET}",
        f"postgresql://juncture:{_SECRET}@db/juncture",
        f"redis://:{_SECRET}@cache",
        f"https://juncture.test/attachments/{_SECRET}.{_SECRET} was fetched",
    ],
)
def test_what_looks_like_a_secret_is_taken_away(formatter: logging.Formatter, text: str) -> None:
    for record in (a_record(text), a_record("%s", text), a_failure(text)):
        line = formatter.format(record)

        assert _SECRET not in line
        assert "[secret]" in line


@pytest.mark.parametrize("formatter", FORMATTERS.values(), ids=FORMATTERS.keys())
@pytest.mark.parametrize(
    "text",
    ["a\nfake line", "a\r\nfake line", "a\x1b[2Jfake", "a\x00fake", "a\u2028fake", "a\u202efake"],
    ids=["newline", "return", "escape", "nul", "line separator", "right to left"],
)
def test_an_event_is_one_line_whatever_it_tells(formatter: logging.Formatter, text: str) -> None:
    line = formatter.format(a_record("told: %s", text))

    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert "fake" in line


@pytest.mark.parametrize("formatter", FORMATTERS.values(), ids=FORMATTERS.keys())
@pytest.mark.parametrize("text", ["${jndi:ldap://evil}", "{{7*7}}", "%s%n", "<script>"])
def test_text_that_means_something_elsewhere_is_only_text(
    formatter: logging.Formatter, text: str
) -> None:
    assert text in formatter.format(a_record("told: %s", text))


@pytest.mark.parametrize("formatter", FORMATTERS.values(), ids=FORMATTERS.keys())
def test_a_line_tells_the_request_it_is_about(formatter: logging.Formatter) -> None:
    assert "r3qu3st" in formatter.format(a_record("served", request_id="r3qu3st"))


def test_a_text_line_holds_level_logger_message_and_traceback() -> None:
    text = TextFormatter().format(a_failure("no such thing"))

    first, *rest = text.splitlines()
    assert first.endswith("info    juncture.test: it failed")
    assert rest[0] == "Traceback (most recent call last):"
    assert rest[-1] == "ValueError: no such thing"


def test_a_json_line_is_one_object() -> None:
    line = JsonFormatter().format(a_failure("no such thing"))

    event = json.loads(line)
    assert (event["level"], event["logger"], event["message"]) == (
        "info",
        "juncture.test",
        "it failed",
    )
    assert event["at"].endswith("+00:00")
    assert event["exception"].endswith("ValueError: no such thing")
    assert "requestId" not in event


@pytest.fixture
def _logging_as_before() -> object:
    root = logging.getLogger()
    ours = logging.getLogger("juncture")
    kept = root.handlers[:], root.level, ours.level
    yield
    root.handlers[:], ours.level = kept[0], kept[2]
    root.setLevel(kept[1])


@pytest.mark.usefixtures("_logging_as_before")
@pytest.mark.parametrize("log_format", LogFormat)
def test_ours_speak_from_the_chosen_level_and_libraries_from_warning_on(
    log_format: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(LogLevel.DEBUG, log_format)

    logging.getLogger("juncture.test").debug("ours speaks")
    logging.getLogger("httpx").info("a library chats")
    logging.getLogger("httpx").warning("a library warns")

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "ours speaks" in lines[0]
    assert "a library warns" in lines[1]


@pytest.mark.usefixtures("_logging_as_before")
def test_a_higher_level_silences_ours(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogLevel.ERROR, LogFormat.TEXT)

    logging.getLogger("juncture.test").warning("too light")

    assert capsys.readouterr().err == ""
