from pathlib import Path

import pytest

from tests.faults.outcome import Outcome, unlike
from tests.faults.table import BEGIN, END, describe, put_into
from tests.support.servers import REPOSITORY


def test_a_row_tells_the_figures_and_whether_the_rule_held() -> None:
    good = describe("a fault", "a rule", Outcome({"callers": 10_000, "lost": 0}, []))
    bad = describe("a fault", "a rule", Outcome({"lost": 1}, ["one is lost", "one is dead"]))

    assert good.startswith("| a fault | a rule | callers 10,000, lost 0 | 20")
    assert good.endswith(" GiB | holds |")
    assert bad.endswith(" | BROKEN: one is lost; one is dead |")


def test_a_figure_unlike_the_expected_one_is_told() -> None:
    assert unlike({"calls": 1, "lost": 0}, {"calls": 2, "lost": 0, "more": 9}) == [
        "calls is 2 in place of 1"
    ]


def test_a_row_takes_the_place_of_its_former_one_and_leaves_the_others(tmp_path: Path) -> None:
    file = tmp_path / "security.md"
    former = "| one | former |\n| two | kept |\n| gone | no scenario |"
    file.write_text(f"before\n{BEGIN}\n{former}\n{END}\nafter\n")

    put_into(file, {"one": "| one | new |", "three": "| three | new |"}, ["three", "one", "two"])

    text = file.read_text()
    assert text.startswith(f"before\n{BEGIN}\n\n| fault | ")
    assert text.endswith(f"\n| three | new |\n| one | new |\n| two | kept |\n\n{END}\nafter\n")
    assert "former" not in text
    assert "gone" not in text


def test_a_file_without_marks_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "security.md"
    file.write_text("people's\n")

    with pytest.raises(ValueError, match="has no lines"):
        put_into(file, {}, [])

    assert file.read_text() == "people's\n"


def test_the_page_has_the_marks_and_nothing_broken() -> None:
    page = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")

    assert (page.count(BEGIN), page.count(END)) == (1, 1)
    assert "BROKEN" not in page
