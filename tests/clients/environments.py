"""Where other authors' clients live: each with packages of its own, made by `make test`."""

from pathlib import Path

from tests.support.missing import Missing
from tests.support.servers import REPOSITORY, node_path

FOLDER = REPOSITORY / ".clients"
DRIVERS = Path(__file__).parent


def find_python_driver(client: str) -> list[str] | Missing:
    """The command that runs `drive_<client>.py` with that client's packages."""
    python = FOLDER / client / "bin" / "python"
    # The stamp comes last: an interrupted installation must not pass for a whole one.
    if not (FOLDER / f"{client}.stamp").is_file():
        return _tell_missing(client)
    return [str(python), "-I", str(DRIVERS / f"drive_{client}.py")]


def find_node_driver() -> list[str] | Missing:
    """The command that runs `drive.mjs` with the npm packages of this folder."""
    node = node_path()
    if isinstance(node, Missing):
        return node
    if not (FOLDER / "node.stamp").is_file():
        return _tell_missing("node")
    return [str(node), str(DRIVERS / "drive.mjs"), str(FOLDER / "node")]


def _tell_missing(client: str) -> Missing:
    return Missing("Clients", f"make .clients/{client}.stamp")
