import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import hatch_build
from tests.packaging.projects import PACKAGES, copy_project, write_npm


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_npm(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return copy_project(tmp_path / "project")


def build(project: Path, target: str) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", project / "dist"],
        cwd=project,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (built,) = (project / "dist").glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


def names_in_wheel(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def bundled() -> set[str]:
    return {f"server/static/graphiql/{name}" for name in hatch_build.SOURCES}


def test_the_wheel_holds_every_file_of_the_packages_and_graphiql(project: Path) -> None:
    committed = {
        str(path.relative_to(project))
        for package in PACKAGES
        for path in (project / package).rglob("*")
        if path.is_file()
    }

    names = names_in_wheel(build(project, "wheel"))

    assert {name for name in names if ".dist-info/" not in name} == committed | bundled()
    assert "server/templates/graphiql.html.j2" in names
    assert "server/static/graphiql.js" in names
    assert any(name.startswith("storage/migrations/") for name in names)


def test_the_wheel_holds_no_tests_and_no_tools(project: Path) -> None:
    names = names_in_wheel(build(project, "wheel"))

    roots = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert roots == set(PACKAGES)


def test_the_wheel_offers_the_command(project: Path) -> None:
    wheel = build(project, "wheel")

    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert b"juncture = server.command_line:main" in archive.read(name)


def test_a_wheel_can_be_made_from_the_source_archive_which_holds_no_bundle(
    project: Path, tmp_path: Path
) -> None:
    with tarfile.open(build(project, "sdist")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    names_in_its_wheel = names_in_wheel(build(unpacked, "wheel"))

    assert {"hatch_build.py", "graphiql/package-lock.json", "server/static/graphiql.js"} <= names
    assert not names & bundled()
    assert bundled() <= names_in_its_wheel


def test_an_editable_install_leads_to_the_tree_and_makes_the_files(
    project: Path, tmp_path: Path
) -> None:
    backend = "import hatchling.build, sys; hatchling.build.build_editable(sys.argv[1])"
    (tmp_path / "out").mkdir()

    subprocess.run(
        [sys.executable, "-c", backend, tmp_path / "out"],
        cwd=project,
        check=True,
        stdout=subprocess.DEVNULL,
    )

    (wheel,) = (tmp_path / "out").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (pointer,) = (name for name in archive.namelist() if name.endswith(".pth"))
        assert archive.read(pointer).decode() == str(project)
    assert hatch_build.is_fresh(project)
