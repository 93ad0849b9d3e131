import re
import tomllib

import pytest

from tests.support.servers import REPOSITORY

FILES = ("runtime", "dev", "node", "clients-jira", "clients-atlassian")


def read(name: str) -> str:
    return (REPOSITORY / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pinned(name: str) -> dict[str, str]:
    """Package to the rest of its entry: version, marker and hashes."""
    without_comments = re.sub(r"^\s*#.*\n?", "", read(name), flags=re.MULTILINE)
    entries = re.findall(r"^(\S+?)==(.*(?:\n .*)*)", without_comments, flags=re.MULTILINE)
    return dict(entries)


def asked_for(group: str) -> set[str]:
    with (REPOSITORY / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    wanted = project["project"]["dependencies"] if group == "runtime" else []
    wanted = wanted + project["dependency-groups"]["build" if group == "runtime" else group]
    return {re.split(r"[\[<>=;! ]", requirement)[0].lower() for requirement in wanted}


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_pinned_by_hash(name: str) -> None:
    entries = pinned(name)

    lines = [line for line in read(name).splitlines() if re.match(r"[A-Za-z]", line)]
    assert len(entries) == len(lines) > 0
    assert [package for package, rest in entries.items() if "--hash=sha256:" not in rest] == []


@pytest.mark.parametrize("name", FILES)
def test_no_file_names_an_index(name: str) -> None:
    assert re.findall(r"://|--index-url|--extra-index|--find-links", read(name)) == []


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_of_the_project_is_pinned(name: str) -> None:
    assert asked_for(name) - set(pinned(name)) == set()


def test_tests_run_on_the_versions_of_the_runtime() -> None:
    runtime, dev = pinned("runtime"), pinned("dev")

    shared = runtime.keys() & dev.keys()
    assert shared
    assert {name: dev[name].split()[0] for name in shared} == {
        name: runtime[name].split()[0] for name in shared
    }
