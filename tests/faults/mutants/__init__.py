"""Safeguards taken out of a copy of the code, one after the other: for each a test must fail.

A `.patch` beside this says in its first lines what it breaks and which tests must fail.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import REPOSITORY

FOLDER = Path(__file__).parent
_NOT_COPIED = (".*", "__pycache__", "build", "dist", "*.egg-info")
_FAILED = re.compile(r"^FAILED ([^\s\[]+)", re.MULTILINE)


class PatchError(Exception):
    """A patch does not fit the code any more; the message names both."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One patch: what it breaks, and the tests that must see it."""

    patch: Path
    what: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file's name, without its end."""
        return self.patch.stem


def list_mutants() -> list[Mutant]:
    """Every mutant, by name."""
    return [_read(patch) for patch in sorted(FOLDER.glob("*.patch"))]


def copy_tree(target: Path) -> None:
    """The code and its tests, without what is made from them."""
    shutil.copytree(REPOSITORY, target, ignore=shutil.ignore_patterns(*_NOT_COPIED))


def apply(mutant: Mutant, tree: Path) -> None:
    """Break the copy.

    Raises:
        PatchError: the code is not what the patch was made for.
    """
    # A repository above the copy would make git leave out what it does not know.
    command = ["git", "-c", "core.autocrlf=false", "apply", "--unsafe-paths", str(mutant.patch)]
    done = subprocess.run(
        command,
        cwd=tree,
        env={"GIT_CEILING_DIRECTORIES": str(tree.parent), "PATH": os.environ.get("PATH", "")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PatchError(f"{mutant.patch.name} does not fit: make it anew. {done.stderr.strip()}")


def find_passing(mutant: Mutant, tree: Path) -> list[str]:
    """Those of its tests that do not fail on the broken copy: where there is one, it survives."""
    command = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-rf", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-p", "no:randomly", *mutant.tests],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    return list_passing(mutant.tests, done.stdout)


def list_passing(tests: Sequence[str], summary: str) -> list[str]:
    """The tests that pytest's summary does not name among the failed; a case of one is enough."""
    failed = set(_FAILED.findall(summary))
    return [test for test in tests if test not in failed]


def _read(patch: Path) -> Mutant:
    head = patch.read_text(encoding="utf-8").partition("\n\n")[0].splitlines()
    said = [line.partition(": ") for line in head]
    [what] = [text for name, _, text in said if name == "Mutant"]
    return Mutant(patch, what, tuple(text for name, _, text in said if name == "Must fail"))
