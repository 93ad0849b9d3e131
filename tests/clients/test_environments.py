from pathlib import Path

import pytest

from tests.clients import environments
from tests.clients.environments import find_node_driver, find_python_driver
from tests.support.missing import Missing


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(environments, "FOLDER", tmp_path)
    monkeypatch.setattr(environments, "node_path", lambda: Path("/usr/bin/node"))
    return tmp_path


def test_a_client_that_is_not_installed_is_missing_with_its_remedy(folder: Path) -> None:
    (folder / "jira" / "bin").mkdir(parents=True)

    assert find_python_driver("jira") == Missing("Clients", "make .clients/jira.stamp")
    assert find_node_driver() == Missing("Clients", "make .clients/node.stamp")


def test_without_node_it_is_node_that_is_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_node = Missing("Node", "install it")
    monkeypatch.setattr(environments, "node_path", lambda: no_node)
    (folder / "node.stamp").touch()

    assert find_node_driver() == no_node


def test_a_client_runs_with_its_own_packages(folder: Path) -> None:
    for name in ("jira", "node"):
        (folder / f"{name}.stamp").touch()

    by_python, by_node = find_python_driver("jira"), find_node_driver()

    assert not isinstance(by_python, Missing)
    assert not isinstance(by_node, Missing)
    assert by_python[0] == str(folder / "jira" / "bin" / "python")
    assert Path(by_python[-1]).is_file()
    assert by_node[0] == "/usr/bin/node"
    assert Path(by_node[1]).is_file()
    assert by_node[-1] == str(folder / "node")
