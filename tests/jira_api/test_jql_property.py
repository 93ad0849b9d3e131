"""The produced JQL is read back as exactly the clauses that the filter means."""

import random
from typing import Any

import pytest

from jira_api import jql_values
from jira_api.jql import NEWEST_FIRST, search_jql
from sandbox.jql.parser import And, Clause, Function, Not, Operand, Or, parse_query
from tests.jira_api.jql_property import HOSTILE, FilterMaker, intended, main, run, simplified


def test_two_thousand_values_are_read_back_as_the_clauses_that_were_meant() -> None:
    filters, values = run(2_000, seed=1)

    assert filters > 1_000
    assert values >= 2_000


def test_a_quote_that_is_not_escaped_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jql_values, "_quote", lambda value: f'"{value}"')

    with pytest.raises((AssertionError, IndexError)):
        run(200, seed=1)


def test_a_not_that_forgets_its_brackets_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.jira_api.jql_property.search_jql", _without_brackets)

    with pytest.raises(AssertionError):
        run(200, seed=1)


def _without_brackets(*given: Any) -> str:
    return search_jql(*given).replace("NOT (", "NOT ((").replace(") OR (", " OR ") + ")"


def test_the_makers_values_reach_every_part_of_a_filter() -> None:
    maker = FilterMaker(random.Random(3))

    texts = {maker.value() for _ in range(3_000)}

    assert texts > set(HOSTILE)


def test_the_command_prints_a_row_of_a_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["jql_property", "--values", "50", "--seed", "7"])

    assert main() == 0

    assert capsys.readouterr().out.startswith("| ")


def test_jiras_look_alike_reads_the_same_clauses() -> None:
    maker = FilterMaker(random.Random(5))

    for _ in range(150):
        condition = maker.make()
        query = parse_query(search_jql(condition, NEWEST_FIRST))

        meant = intended(condition)
        if meant != ("and",):
            assert simplified(tree_of(query.where)) == meant


def tree_of(node: Any) -> Any:
    """What the sandbox's parser read, as tuples."""
    if isinstance(node, Clause):
        return node.field, node.operator.upper(), [value_of(node, each) for each in node.operands]
    if isinstance(node, Not):
        return "not", tree_of(node.part)
    assert isinstance(node, And | Or)
    return ("and" if isinstance(node, And) else "or", *map(tree_of, node.parts))


def value_of(clause: Clause, operand: Operand) -> tuple[str, str]:
    if isinstance(operand, Function):
        return "call", {"opensprints": "openSprints", "currentuser": "currentUser"}[operand.name]
    if operand.is_empty:
        return "bare", "EMPTY"
    return ("text" if operand.is_quoted else "bare"), operand.text
