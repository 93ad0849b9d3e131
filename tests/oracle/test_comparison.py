"""The oracle's own tests: it knows nothing of the product, and it tells what differs."""

import ast
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.comparison import Comparison
from tests.oracle.rules import AnyOrder, Stands

ALLOWED = {
    "collections",
    "dataclasses",
    "datetime",
    "functools",
    "gzip",
    "json",
    "pathlib",
    "re",
    "tests.oracle",
    "typing",
}


def list_imports(source: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(str(node.module))
    return names


def is_allowed(name: str) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in ALLOWED)


def compare(expected: Any, found: Any) -> list[tuple[str, str, str]]:
    comparison = Comparison()
    comparison.compare("TEST-1", expected, found)
    assert all(each.key == "TEST-1" for each in comparison.mismatches)
    return [(each.path, each.expected, each.found) for each in comparison.mismatches]


def test_the_oracle_shares_no_code_with_what_it_judges() -> None:
    folder = Path(__file__).parent
    modules = [path for path in folder.glob("*.py") if not path.name.startswith("test_")]
    imports = {name for path in modules for name in list_imports(path.read_text("utf-8"))}

    assert [name for name in sorted(imports) if not is_allowed(name)] == []
    assert "tests.oracle.rules" in imports


@pytest.mark.parametrize("name", ["jira_api.documents", "sandbox", "schema.build", "tests.support"])
def test_an_import_of_the_product_would_be_seen(name: str) -> None:
    found = list_imports(f"def late():\n    from {name} import anything")

    assert not any(is_allowed(each) for each in found)


@pytest.mark.parametrize(
    ("expected", "found", "mismatch"),
    [
        ({"a": 1}, {"a": 2}, ("a", "1", "2")),
        ({"a": True}, {"a": 1}, ("a", "True", "1")),
        ({"a": None}, {"a": ""}, ("a", "None", "''")),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, ("a.b", "'x'", "'y'")),
        ({"a": {"b": 1}}, {"a": None}, ("a", "{'b': 1}", "None")),
        ({"a": 1}, {"a": 1, "b": 2}, ("", "['a']", "['a', 'b']")),
        ({"a": 1, "b": 2}, {"a": 1}, ("", "['a', 'b']", "['a']")),
        ({"a": [1, 2]}, {"a": [1]}, ("a", "2 items", "1 items: [1]")),
        ({"a": ["x", "y"]}, {"a": ["x", "z"]}, ("a[1]", "'y'", "'z'")),
        ({"a": AnyOrder("n", [])}, {"a": None}, ("a", "a list", "None")),
        (
            {"a": AnyOrder("n", [{"n": "x", "m": 1}])},
            {"a": [{"n": "x", "m": 2}]},
            ("a[0].m", "1", "2"),
        ),
    ],
    ids=[
        "another value",
        "another type",
        "empty for null",
        "deep",
        "null for an object",
        "a field too many",
        "a field missing",
        "a shorter list",
        "an item",
        "null for a list",
        "an item in any order",
    ],
)
def test_a_difference_is_named_by_its_path(
    expected: Any, found: Any, mismatch: tuple[str, str, str]
) -> None:
    assert compare(expected, found) == [mismatch]


def test_what_is_alike_is_no_mismatch_and_each_value_counts_once() -> None:
    comparison = Comparison()
    items = [{"n": "x"}, {"n": "y"}]

    comparison.compare(
        "TEST-1",
        {"a": [1, 2], "none": None, "empty": [], "any": AnyOrder("n", items)},
        {"a": [1, 2], "none": None, "empty": [], "any": [{"n": "y"}, {"n": "x"}]},
    )

    assert comparison.mismatches == []
    assert comparison.value_count == 6
    assert comparison.values_by_field == {"a": 2, "none": 1, "empty": 1, "any.n": 2}
    assert comparison.count_by_first_name() == {"a": 2, "none": 1, "empty": 1, "any": 2}


def test_one_thing_has_one_id_over_all_answers() -> None:
    comparison = Comparison()

    for key, thing, value in (("A", 1, "x"), ("B", 1, "x"), ("C", 1, "y"), ("D", 2, "x")):
        comparison.compare(key, {"id": Stands("id", thing)}, {"id": value})

    assert [each.key for each in comparison.mismatches] == ["C", "D"]


def test_a_report_counts_by_field_and_shows_the_first_twenty_cut_short() -> None:
    comparison = Comparison()
    for number in range(30):
        comparison.compare(
            f"TEST-{number}",
            {"a": ["x" * 200], "b": 1},
            {"a": ["y"], "b": 1 if number else 2},
        )

    lines = comparison.report().splitlines()

    assert lines[:3] == ["31 of 60 values differ", "      30 a", "       1 b"]
    assert lines[3].startswith("TEST-0 a[0]: expected 'xxxxx")
    assert lines[3].endswith("…, found 'y'")
    assert len(lines) == 3 + 20
