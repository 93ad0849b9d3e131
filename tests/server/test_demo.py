import asyncio
import io
import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import respx
from rich.console import Console
from typer.testing import CliRunner

from server import demo
from server.command_line import app
from server.demo import DemoError, DemoOptions, run_demo
from server.demo_flow import DemoFlowError, connect_demo
from server.settings import PREFIX
from tests.support.missing import Missing, require
from tests.support.servers import LOOPBACK, free_port

PROGRAM = str(Path(sys.executable).parent / "juncture")
PATIENCE_S = 30
LAST_LINE = "Ctrl-C stops both."


class Screen(io.StringIO):
    """What the demo prints; knows when it has printed all."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = asyncio.Event()

    def write(self, text: str, /) -> int:
        if LAST_LINE in text:
            self.is_full.set()
        return super().write(text)

    def find(self, name: str) -> str:
        """What stands beside a name."""
        lines = [line.strip() for line in self.getvalue().splitlines()]
        return next(line.removeprefix(name).strip() for line in lines if line.startswith(name))

    def queries(self) -> list[str]:
        """The queries worth pasting."""
        lines = [line.strip() for line in self.getvalue().splitlines()]
        return [line for line in lines if line.startswith("{")]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Logging of the test run stays as it is, and no `.env` of the developer counts."""
    monkeypatch.setattr(demo, "configure_logs", lambda *_: None)
    monkeypatch.chdir(tmp_path)


def some_options(state: Path, *, data: tuple[Path, ...] = (), host: str = LOOPBACK) -> DemoOptions:
    return DemoOptions(
        host=host, port=free_port(), sandbox_port=free_port(), state=state, data=data
    )


@asynccontextmanager
async def shown(options: DemoOptions) -> AsyncIterator[Screen]:
    """The demo, ready, in this process; interrupted after."""
    screen = Screen()
    running = asyncio.create_task(run_demo(options, Console(file=screen)))
    full = asyncio.create_task(screen.is_full.wait())
    await asyncio.wait([running, full], return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE_S)
    full.cancel()
    try:
        if not running.done():
            yield screen
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        await asyncio.wait_for(running, PATIENCE_S)


@contextmanager
def started(options: DemoOptions) -> Iterator[subprocess.Popen[str]]:
    """The demo, ready, as a process in a session of its own, as a terminal starts it."""
    command = [PROGRAM, "demo", "--host", options.host, "--state", str(options.state)]
    command += ["--port", str(options.port), "--sandbox-port", str(options.sandbox_port)]
    with subprocess.Popen(
        command,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert any(LAST_LINE in line for line in process.stdout)
            yield process
        finally:
            process.kill()


async def test_it_prints_where_it_is_and_queries_that_answer(tmp_path: Path) -> None:
    options = some_options(tmp_path / "state")
    async with shown(options) as screen, httpx.AsyncClient() as http:
        key = screen.find("Secret key")
        graphiql = urlsplit(screen.find("GraphiQL"))
        answers = [
            await http.post(
                f"{options.public_url}/graphql",
                json={"query": query},
                headers={"Authorization": f"Bearer {key}"},
            )
            for query in screen.queries()
        ]
        page = await http.get(screen.find("Demo page"))
        sandbox = await http.get(f"{screen.find('Sandbox')}/__sandbox__/health")

    assert graphiql._replace(fragment="").geturl() == f"{options.public_url}/graphql"
    assert parse_qs(graphiql.fragment) == {"key": [key], "externalId": ["demo"]}
    assert screen.find("External id") == "demo"
    assert len(answers) == 3
    for answer in answers:
        assert "errors" not in answer.json()
        assert '"nodes":[{' in answer.text
    assert "Acme" in page.text
    assert sandbox.is_success


async def test_a_second_start_finds_its_key_and_its_connection(tmp_path: Path) -> None:
    options = some_options(tmp_path / "state")
    keys = []
    for _ in range(2):
        async with shown(options) as screen:
            keys.append(screen.find("Secret key"))

    assert keys[0] == keys[1]
    kept = tmp_path / "state" / "demo-keys.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


async def test_a_secret_key_of_the_environment_is_the_one_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}SECRET_KEY", "the-operator-has-chosen-this-very-key")

    async with shown(some_options(tmp_path / "state", host="0.0.0.0")) as screen:
        assert screen.find("Secret key") == "the-operator-has-chosen-this-very-key"
        assert screen.find("Demo page").startswith(f"http://{LOOPBACK}:")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    options = some_options(tmp_path / "state")
    with started(options) as process, watching(find_child(process.pid)) as sandbox:
        # As a terminal does: to the whole group, where the sandbox must not be hit first.
        os.killpg(process.pid, number)
        process.wait(PATIENCE_S)

        assert has_ended(sandbox)

    assert process.returncode == (-number if number is signal.SIGKILL else 0)


async def test_the_end_of_the_sandbox_ends_the_demo_with_a_message(tmp_path: Path) -> None:
    screen = Screen()
    running = asyncio.create_task(run_demo(some_options(tmp_path / "state"), Console(file=screen)))
    await asyncio.wait_for(screen.is_full.wait(), PATIENCE_S)
    os.kill(find_child(os.getpid(), named="sandbox"), signal.SIGTERM)

    with pytest.raises(DemoError, match="sandbox Jira has stopped"):
        await asyncio.wait_for(running, PATIENCE_S)


async def test_a_broken_data_file_is_told_with_its_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text(json.dumps({"id": "1"}) + "\n")

    with pytest.raises(DemoError, match="did not start; its message stands above"):
        await run_demo(some_options(tmp_path / "state", data=(broken,)), Console(file=Screen()))

    assert f"Line 1 of {broken} is not a Jira issue" in capfd.readouterr().err


async def test_a_flow_that_nobody_answers_is_told_with_the_address() -> None:
    address = f"http://{LOOPBACK}:{free_port()}"

    with pytest.raises(DemoFlowError, match=f"no answer from {address}/"):
        await connect_demo(address, "a-key")


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        ({"begin": httpx.Response(500)}, "beginAuthorization was answered with 500"),
        ({"begin": httpx.Response(200, json={"data": None})}, "gave the demo no link"),
        ({"open": httpx.Response(400)}, "met 400 at /start"),
        ({"decide": httpx.Response(400)}, "Consenting was answered with 400"),
        ({"choose": httpx.Response(503)}, "Choosing the demo's site was answered with 503"),
    ],
    ids=["begin fails", "no link", "stale link", "refused consent", "refused site"],
)
async def test_a_flow_that_fails_is_told_with_its_step(
    failing: dict[str, httpx.Response], said: str
) -> None:
    link = {"data": {"beginAuthorization": {"authorizationUri": "http://juncture.test/start"}}}
    answers = {
        "begin": httpx.Response(200, json=link),
        "open": httpx.Response(200, text='<form action="/decide"></form>'),
        "decide": httpx.Response(302, headers={"location": "http://juncture.test/sites"}),
        "choose": httpx.Response(200),
        **failing,
    }
    steps = respx.mock(assert_all_called=False)
    steps.route(path="/graphql").mock(answers["begin"])
    steps.route(path="/start").mock(answers["open"])
    steps.route(path="/decide").mock(answers["decide"])
    steps.get(path="/sites").respond(200, text="<form></form>")
    steps.post(path="/sites").mock(answers["choose"])

    with steps, pytest.raises(DemoFlowError, match=said):
        await connect_demo("http://juncture.test", "a-key")


@pytest.mark.parametrize("option", ["--port", "--sandbox-port"])
def test_a_taken_port_is_told_with_the_option_that_changes_it(tmp_path: Path, option: str) -> None:
    free = {"--port": str(free_port()), "--sandbox-port": str(free_port())}
    with closing(socket.create_server((LOOPBACK, 0))) as other:
        taken = str(other.getsockname()[1])
        ports = [word for pair in {**free, option: taken}.items() for word in pair]

        ran = CliRunner().invoke(app, ["demo", "--state", str(tmp_path / "state"), *ports])

    assert ran.exit_code == 1
    assert f"Port {taken} on {LOOPBACK} cannot be used" in ran.stderr
    assert f"choose another with {option}." in ran.stderr
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "8100", "--sandbox-port", "8100"], "--port or --sandbox-port"),
        (["--host", "192.0.2.1"], "--host takes one of 127.0.0.1"),
    ],
    ids=["one port for both", "a host for other machines"],
)
def test_an_address_that_cannot_work_is_refused(arguments: list[str], said: str) -> None:
    ran = CliRunner().invoke(app, ["demo", *arguments])

    assert ran.exit_code == 1
    assert said in ran.stderr


@pytest.mark.parametrize("kept", ["", "[]", '{"secretKey": "half"}'])
def test_a_broken_file_of_keys_is_told_with_the_way_out(tmp_path: Path, kept: str) -> None:
    (tmp_path / "demo-keys.json").write_text(kept)

    ran = run_on_free_ports("--state", str(tmp_path))

    file = tmp_path / "demo-keys.json"
    advice = f"delete the folder {tmp_path} to start afresh, or choose another with --state."
    assert ran == (1, f"{file} holds no keys: {advice}\n")


def test_a_state_folder_that_is_a_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").touch()

    exit_code, said = run_on_free_ports("--state", str(tmp_path / "state"))

    assert exit_code == 1
    assert said.endswith("choose another folder with --state.\n")
    assert str(tmp_path / "state") in said


def test_a_malformed_setting_is_told_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}SECRET_KEY", "short")

    exit_code, said = run_on_free_ports("--state", str(tmp_path / "state"))

    assert exit_code == 1
    assert f"{PREFIX}SECRET_KEY" in said


def run_on_free_ports(*arguments: str) -> tuple[int, str]:
    """Exit code and complaint of a demo that does not start."""
    ports = ["--port", str(free_port()), "--sandbox-port", str(free_port())]
    ran = CliRunner().invoke(app, ["demo", *ports, *arguments])
    return ran.exit_code, ran.stderr


def find_child(parent: int, *, named: str = "") -> int:
    """The process id of the one child whose command line holds a word."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    if not children.exists():
        require(Missing("proc", "this test reads process ids where Linux shows them"))
    ids = [int(each) for each in children.read_text().split()]
    (found,) = [each for each in ids if named in Path(f"/proc/{each}/cmdline").read_text()]
    return found


@contextmanager
def watching(process_id: int) -> Iterator[int]:
    """A descriptor that turns readable when a process ends, whoever its parent is by then."""
    descriptor = os.pidfd_open(process_id)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def has_ended(descriptor: int) -> bool:
    readable, _, _ = select.select([descriptor], [], [], PATIENCE_S)
    return bool(readable)
