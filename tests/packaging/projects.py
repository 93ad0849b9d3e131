"""Trees to build from, and an npm that needs no network."""

import shutil
from pathlib import Path

import hatch_build
from tests.support.servers import REPOSITORY

PACKAGES = ("server", "schema", "resolvers", "oauth", "jira_api", "storage", "sandbox")

_NPM = """#!/bin/sh
echo "$PWD $*" >> {journal}
test {code} -eq 0 || {{ echo "E404 no such package" >&2; exit {code}; }}
for source in {sources}; do
  mkdir -p "node_modules/$(dirname "$source")"
  echo "made from $source" > "node_modules/$source"
done
"""


def write_npm(folder: Path, *, code: int = 0) -> Path:
    """An npm in `folder` that makes the packages' files, or fails with `code`: its journal."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = folder / "journal"
    journal.touch()
    sources = " ".join(f"'{source}'" for source in hatch_build.SOURCES.values())
    script = folder / "npm"
    script.write_text(_NPM.format(journal=journal, code=code, sources=sources), encoding="utf-8")
    script.chmod(0o755)
    return journal


def copy_project(target: Path) -> Path:
    """The repository as a checkout without what git ignores: `target`."""
    for name in (*PACKAGES, "graphiql", "tests/support"):
        shutil.copytree(
            REPOSITORY / name,
            target / name,
            ignore=shutil.ignore_patterns("__pycache__", "node_modules"),
        )
    shutil.rmtree(target / "server" / "static" / "graphiql", ignore_errors=True)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", ".gitignore"):
        shutil.copyfile(REPOSITORY / name, target / name)
    return target
