"""Where the scenarios run in the tests."""

from pathlib import Path

import pytest

from tests.faults.outcome import Place


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Place:
    """A folder and a migrated database; a test says by `dialect` on which engine."""
    folder = tmp_path / "house"
    folder.mkdir()
    return Place(folder, database_url)
