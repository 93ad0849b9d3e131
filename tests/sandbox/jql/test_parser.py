import pytest

from sandbox.errors import JqlError
from sandbox.jql.parser import And, Clause, Function, Not, Or, Ordering, Value, parse_query

A = Clause("a", "=", (Value("1"),))
B = Clause("b", "=", (Value("2"),))
C = Clause("c", "=", (Value("3"),))


@pytest.mark.parametrize(
    ("jql", "tree"),
    [
        ("a = 1", A),
        ("a=1", A),
        ("a = 1 AND b = 2 and c = 3", And((A, B, C))),
        ("a = 1 or b = 2 and c = 3", Or((A, And((B, C))))),
        ("(a = 1 OR b = 2) AND c = 3", And((Or((A, B)), C))),
        ("not a = 1 and b = 2", And((Not(A), B))),
        ("NOT (a = 1 or b = 2)", Not(Or((A, B)))),
        ("not not a = 1", Not(Not(A))),
    ],
)
def test_and_binds_closer_than_or_and_not_closest(jql: str, tree: object) -> None:
    assert parse_query(jql).where == tree


@pytest.mark.parametrize(
    ("jql", "operator"),
    [
        ("a = 1", "="),
        ("a != 1", "!="),
        ("a > 1", ">"),
        ("a >= 1", ">="),
        ("a < 1", "<"),
        ("a <= 1", "<="),
        ("a ~ 1", "~"),
        ("a !~ 1", "!~"),
        ("a in (1)", "in"),
        ("a NOT IN (1)", "not in"),
        ("a in 1", "in"),
    ],
)
def test_every_operator_is_read(jql: str, operator: str) -> None:
    where = parse_query(jql).where

    assert isinstance(where, Clause)
    assert (where.operator, where.operands) == (operator, (Value("1"),))


@pytest.mark.parametrize("word", ["EMPTY", "null"])
@pytest.mark.parametrize("operator", ["is", "is not", "=", "!="])
def test_empty_and_null_are_the_same(word: str, operator: str) -> None:
    where = parse_query(f"a {operator} {word}").where

    assert where == Clause("a", operator, (Value("", is_empty=True),))  # type: ignore[arg-type]  # a parametrized name


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ('"two words"', "two words"),
        ("'single'", "single"),
        (r'"a \"quoted\" word"', 'a "quoted" word'),
        (r'"back\\slash"', "back\\slash"),
        (r'"line\nend\ttab"', "line\nend\ttab"),
        (r'"\u00e9t\u00e9"', "été"),
        (r'"\ud83d\ude80"', "🚀"),
        (r'"\ud83d"', "\ufffd"),
        ('"it\'s"', "it's"),
        ('"and"', "and"),
    ],
)
def test_quoted_strings_keep_what_they_escape(literal: str, text: str) -> None:
    where = parse_query(f"a = {literal}").where

    assert where == Clause("a", "=", (Value(text, is_quoted=True),))


def test_lists_hold_values_of_every_kind() -> None:
    where = parse_query('key in (A-1, 10001, "x y", currentUser(), EMPTY)').where

    assert where == Clause(
        "key",
        "in",
        (
            Value("A-1"),
            Value("10001"),
            Value("x y", is_quoted=True),
            Function("currentuser"),
            Value("", is_empty=True),
        ),
    )


def test_functions_may_have_arguments() -> None:
    where = parse_query('a in f(x, "y z")').where

    assert where == Clause("a", "in", (Function("f", ("x", "y z")),))


@pytest.mark.parametrize("field", ["cf[10020]", '"Story Points"', "customfield_10020"])
def test_custom_fields_have_three_spellings(field: str) -> None:
    where = parse_query(f"{field} = 1").where

    assert isinstance(where, Clause)
    assert where.field == field.strip('"')


def test_order_has_several_fields_and_directions() -> None:
    query = parse_query('a = 1 ORDER BY priority DESC, "Story Points", key asc')

    assert query.where == A
    assert query.order == (
        Ordering("priority", is_descending=True),
        Ordering("Story Points", is_descending=False),
        Ordering("key", is_descending=False),
    )


@pytest.mark.parametrize("jql", ["", "  ", "order by created"])
def test_a_query_may_restrict_nothing(jql: str) -> None:
    assert parse_query(jql).where is None


def test_seven_fields_of_order_are_the_most() -> None:
    seven = "order by " + ", ".join(f"f{number}" for number in range(7))

    assert len(parse_query(seven).order) == 7
    with pytest.raises(JqlError, match=r"^400: JQL can be ordered by at most 7 fields\.$"):
        parse_query(f"{seven}, f8")


@pytest.mark.parametrize(
    ("jql", "sentence"),
    [
        ("a", "Expecting operator but got the end of the query"),
        ("a b c", "Expecting operator but got 'b'"),
        ("a =", "Expecting either a value, list or function before the end"),
        ("a = )", "Expecting either a value, list or function but got '\\)'"),
        ("= 1", "Expecting a field name but got '='"),
        ("a = 1 b = 2", "Expecting either 'OR' or 'AND' but got 'b'"),
        ("(a = 1", "Expecting '\\)' but got the end of the query"),
        ("a in (1, 2", "Expecting '\\)'"),
        ("a not 1", "Expecting 'IN' after 'NOT' but got '1'"),
        ("a = 1 order created", "Expecting 'BY' after 'ORDER' but got 'created'"),
        ("a = 1 and", "Expecting a field name before the end"),
        ('a = "open', "The quoted string has not been completed"),
        ("a =   #1", "The character '#' is a reserved JQL character.* character 7"),
        ("project = DO", "'DO' is a reserved JQL word.* character 11"),
        ("select = 1", "'select' is a reserved JQL word"),
        ("a is 1", "'is' is not supported by the 'a' field"),
        ("a = f(", "Expecting an argument before the end"),
        ("a = f(1 2)", "Expecting ',' but got '2'"),
    ],
)
def test_a_fault_is_named_with_its_place(jql: str, sentence: str) -> None:
    with pytest.raises(JqlError, match=sentence) as caught:
        parse_query(jql)

    assert caught.value.status == 400
