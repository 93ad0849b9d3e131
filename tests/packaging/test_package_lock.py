import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import REPOSITORY


@pytest.fixture(params=["graphiql", "tests/clients"])
def folder(request: pytest.FixtureRequest) -> Path:
    return REPOSITORY / str(request.param)


@pytest.fixture
def lock(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "package-lock.json").read_text("utf-8"))
    return content


def test_no_package_says_where_it_was_fetched(lock: dict[str, Any]) -> None:
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []


def test_every_package_is_pinned_by_hash(lock: dict[str, Any]) -> None:
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages
    unpinned = [
        name
        for name, entry in packages.items()
        if not entry.get("integrity", "").startswith("sha512-")
    ]
    assert unpinned == []


def test_the_lock_is_that_of_the_exact_versions_asked_for(
    folder: Path, lock: dict[str, Any]
) -> None:
    asked = json.loads((folder / "package.json").read_text("utf-8"))["dependencies"]

    assert lock["packages"][""]["dependencies"] == asked
    locked = {name: lock["packages"][f"node_modules/{name}"]["version"] for name in asked}
    assert locked == asked
