"""The documents are loaded once, and everything that was recorded is checked once."""

from pathlib import Path

import pytest

from tests.contract.documents import Documents, load_documents
from tests.contract.exceptions import ALLOWANCES
from tests.contract.exchanges import Recorded, is_whole_run, read_exchanges
from tests.contract.outcome import Outcome, check_on_all_cores
from tests.support.exchanges import CHECK_OPTION, RECORD_OPTION
from tests.support.missing import Missing, require

_OUTCOME = pytest.StashKey[Outcome]()


@pytest.fixture(scope="session")
def documents() -> Documents:
    """Atlassian's documents of the platform and of Jira Software."""
    return load_documents()


@pytest.fixture(scope="session")
def recorded(pytestconfig: pytest.Config) -> Recorded:
    """What the folder of `--check-exchanges` holds."""
    return require(_find_recorded(pytestconfig.getoption(CHECK_OPTION)))


@pytest.fixture
def whole_run(recorded: Recorded, pytestconfig: pytest.Config) -> None:
    """Skip where fewer tests were selected, so that nothing follows from what was not recorded."""
    if not is_whole_run(pytestconfig.getoption(CHECK_OPTION)):
        require(Missing("exchanges", "a part of the tests was recorded alone; make test does all"))


@pytest.fixture(scope="session")
def outcome(recorded: Recorded, documents: Documents, pytestconfig: pytest.Config) -> Outcome:
    """The check of all of it."""
    outcome = check_on_all_cores(documents, recorded, ALLOWANCES)
    pytestconfig.stash[_OUTCOME] = outcome
    return outcome


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table."""
    outcome = config.stash.get(_OUTCOME, None)
    if outcome is not None:
        terminalreporter.section("different exchanges, checked against Atlassian's documents")
        terminalreporter.write_line(outcome.report())


def _find_recorded(folder: Path | None) -> Recorded | Missing:
    found = read_exchanges(folder) if folder else None
    if found is None or not found.answers:
        return Missing(
            "exchanges",
            "no run of the tests was recorded; make test does both, as do pytest "
            f"{RECORD_OPTION}=FOLDER and then pytest tests/contract {CHECK_OPTION}=FOLDER",
        )
    return found
