import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.mutants import Mutant, PatchError, apply, copy_tree, list_mutants, list_passing
from tests.support.missing import Missing, require
from tests.support.servers import REPOSITORY


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require(shutil.which("git") or Missing("git", "install it (Debian: apt-get install git)"))
    tree = tmp_path_factory.mktemp("mutants") / "tree"
    copy_tree(tree)
    return tree


@pytest.mark.parametrize("mutant", list_mutants(), ids=lambda mutant: mutant.name)
def test_every_mutant_still_fits_the_code_and_names_tests_that_are_there(
    mutant: Mutant, tree: Path, tmp_path: Path
) -> None:
    shutil.copytree(tree, tmp_path / "tree")

    apply(mutant, tmp_path / "tree")

    changed = [
        file
        for file in tree.rglob("*.py")
        if file.read_bytes() != (tmp_path / "tree" / file.relative_to(tree)).read_bytes()
    ]
    assert len(changed) == 1
    assert mutant.tests
    for test in mutant.tests:
        file, _, function = test.partition("::")
        assert f"def {function}(" in (REPOSITORY / file).read_text()


def test_a_patch_that_does_not_fit_is_told_by_name(tree: Path, tmp_path: Path) -> None:
    patch = tmp_path / "old.patch"
    patch.write_text("--- a/storage/cache.py\n+++ b/storage/cache.py\n@@ -1 +1 @@\n-old\n+new\n")

    with pytest.raises(PatchError, match=r"old\.patch does not fit"):
        apply(replace(list_mutants()[0], patch=patch), tree)


def test_a_test_that_no_case_of_fails_lets_the_mutant_live() -> None:
    summary = "FAILED tests/a.py::test_one[sqlite] - boom\nFAILED tests/a.py::test_two\n1 passed\n"

    passing = list_passing(
        ["tests/a.py::test_one", "tests/a.py::test_two", "tests/a.py::test_three"], summary
    )

    assert passing == ["tests/a.py::test_three"]
