import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.servers import REPOSITORY

ALL = ("make", "npm", "redis-server", "faketime", "git", "chromium", "initdb", "python3")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def run_on_a_machine_with(tmp_path: Path, journal: Path, *programs: str) -> list[str]:
    """Run it where only these programs exist, each writing its name and arguments: those lines."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "dirname").symlink_to(shutil.which("dirname") or "")
    for name in ("apt-get", *programs):
        record = f'echo "{name} $*" >> {journal}\n' if name != "python3" else ""
        switch = f'echo "require $JUNCTURE_TEST_REQUIRE" >> {journal}\n' if name == "make" else ""
        (folder / name).write_text(f"#!/bin/sh\n{record}{switch}")
        (folder / name).chmod(0o755)
    subprocess.run(
        [shutil.which("bash") or "bash", REPOSITORY / ".ci" / "run"],
        env={"PATH": str(folder), "CI": "true"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return journal.read_text().splitlines()


def test_a_complete_machine_installs_nothing_and_may_skip_nothing(
    tmp_path: Path, journal: Path
) -> None:
    lines = run_on_a_machine_with(tmp_path, journal, *ALL)

    assert lines == ["make --no-print-directory --jobs=2 test", "require all"]


@pytest.mark.parametrize(
    ("lacking", "package"),
    [
        ("npm", "nodejs npm"),
        ("redis-server", "redis-server"),
        ("faketime", "faketime"),
        ("git", "git"),
        ("chromium", "chromium"),
        ("python3", "python3 python3-venv"),
    ],
)
def test_what_a_machine_lacks_is_installed_before_the_tests(
    tmp_path: Path, journal: Path, lacking: str, package: str
) -> None:
    programs = [name for name in ALL if name != lacking]

    update, install, make, _ = run_on_a_machine_with(tmp_path, journal, *programs)

    assert update.startswith("apt-get update")
    assert install.startswith("apt-get install")
    assert install.endswith(f"--no-install-recommends {package}")
    assert make.endswith(" test")


def test_several_gaps_are_closed_by_one_install(tmp_path: Path, journal: Path) -> None:
    lines = run_on_a_machine_with(tmp_path, journal, "make", "initdb")

    assert [line.split()[1] for line in lines if line.startswith("apt-get")] == [
        "update",
        "install",
    ]
