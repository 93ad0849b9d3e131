"""Filters made at random, with hostile values, and the clauses that their JQL must consist of.

    python -m tests.jira_api.jql_property --values 100000

writes so many values through the builder, reads every query back with a reader that shares no line
with it, and compares the clauses. It prints a row of a table, and ends with 1 where one differs.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from jira_api.issue_filter import (
    CustomFieldFilter,
    Direction,
    IssueFilter,
    Order,
    OrderField,
    PersonFilter,
    iter_filters,
)
from jira_api.jql import narrowing_jql, search_jql
from jira_api.records import Field, StatusCategory
from tests.jira_api.builders import ORIGIN
from tests.jira_api.jql_reader import read_jql

Tree = Any
"""As `read_jql` gives conditions."""

HOSTILE = (
    '" OR project = SECRET',
    '\\"',
    "trailing\\",
    '\\\\"',
    ") OR (",
    "') OR ('",
    "DO ORDER BY created",
    "EMPTY",
    "currentUser()",
    '"a*?"',
    "~a^2",
    "“smart”",
    "'; --",
    "a, b",
    "\\u0022 OR 1",
    "cf[10016]",
    "*?100%",
    "{a}[b]",
    "a AND b OR NOT c TO d",
    "\N{NO-BREAK SPACE}x",
    "\N{RIGHT-TO-LEFT OVERRIDE}abc",
    "\N{ZERO WIDTH JOINER}a",
    "\N{GRINNING FACE}",
    "\N{FULLWIDTH QUOTATION MARK} OR 1",
)
_PIECES = "\"\\'()~*?+-,;:{}[]^!&|/ =<>%$#@.ANDORabc0 é\N{CJK UNIFIED IDEOGRAPH-6F22}\U0001f600"
_ALWAYS_THERE = (
    *("project", "issuekey", "issuetype", "status", "statusCategory"),
    *("created", "updated", "text"),
)
_EVERYTHING = ("project", "IS NOT", [("bare", "EMPTY")])
_CATEGORIES = [StatusCategory.TO_DO, StatusCategory.IN_PROGRESS, StatusCategory.DONE]
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def a_field(kind: str, *, number: int = 10016, custom_type: str = "x:y") -> Field:
    """A custom field; an array's kind is written as `array/items`."""
    type_, _, items = kind.partition("/")
    return Field(
        ORIGIN,
        f"customfield_{number}",
        "A field",
        is_custom=True,
        type=type_,
        items=items or None,
        custom_type=custom_type,
    )


@dataclass
class FilterMaker:
    """Makes filters; `values` counts the texts that went into them."""

    dice: random.Random
    values: int = 0
    parts: dict[str, Callable[[], Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.parts = {
            **dict.fromkeys(("project_ids", "sprint_ids"), self.numbers),
            **dict.fromkeys(("issue_type_ids", "status_ids", "priority_ids"), self.numbers),
            **dict.fromkeys(("component_ids", "fix_version_ids"), self.numbers),
            **dict.fromkeys(("ids_or_keys", "parent_ids_or_keys"), self.references),
            **dict.fromkeys(("issue_type_names", "status_names", "priority_names"), self.texts),
            **dict.fromkeys(("component_names", "fix_version_names"), self.texts),
            **dict.fromkeys(("labels", "excluded_labels"), self.texts),
            **dict.fromkeys(("assignee", "reporter"), self.person),
            **dict.fromkeys(("is_in_open_sprint", "is_resolved"), self.flag),
            **dict.fromkeys(("created_after", "created_before"), self.instant),
            **dict.fromkeys(("updated_after", "updated_before"), self.instant),
            **dict.fromkeys(("due_after", "due_before"), self.day),
            "project_keys": lambda: self.several(lambda: self.dice.choice(["DO", "AND", "A1"])),
            "status_categories": lambda: self.several(lambda: self.dice.choice(_CATEGORIES)),
            "text": self.value,
            "custom_fields": lambda: self.several(self.custom_field),
        }

    def make(self, depth: int = 3) -> IssueFilter:
        """A filter that nests others down to a depth."""
        names = self.dice.sample(sorted(self.parts), self.dice.randrange(4))
        inner: dict[str, Callable[[], Any]] = {}
        if depth > 1 and self.dice.random() < 0.6:
            inner = {
                "all_of": lambda: self.several(lambda: self.make(depth - 1)),
                "any_of": lambda: self.several(lambda: self.make(depth - 1)),
                "none_of": lambda: self.make(depth - 1),
            }
            inner = {name: inner[name] for name in self.dice.sample(sorted(inner), 1)}
        return IssueFilter(
            **{name: self.parts[name]() for name in names},
            **{name: make() for name, make in inner.items()},
        )

    def value(self) -> str:
        """A text that tries to get out of its quotes."""
        self.values += 1
        if self.dice.random() < 0.5:
            return self.dice.choice(HOSTILE)
        length = self.dice.randrange(1, 12)
        text = "".join(self.dice.choice(_PIECES) for _ in range(length))
        return text if text.strip() else "a"

    def several(self, make: Callable[[], Any]) -> list[Any]:
        return [make() for _ in range(self.dice.randrange(1, 4))]

    def texts(self) -> list[str]:
        return self.several(self.value)

    def number(self) -> str:
        return str(self.dice.randrange(1, 10**9))

    def numbers(self) -> list[str]:
        return self.several(self.number)

    def references(self) -> list[str]:
        return self.several(lambda: self.dice.choice([self.number(), f"DO-{self.number()}"]))

    def flag(self) -> bool:
        return self.dice.random() < 0.5

    def instant(self) -> datetime:
        return _FIRST + timedelta(milliseconds=self.dice.randrange(10**11))

    def day(self) -> date:
        return self.instant().date()

    def person(self) -> PersonFilter:
        ways: list[dict[str, Any]] = [
            {"account_ids": self.several(lambda: f"557058:{self.number()}")},
            {"is_me": self.flag()},
            {"is_empty": self.flag()},
        ]
        return PersonFilter(**self.dice.choice(ways))

    def custom_field(self) -> CustomFieldFilter:
        ways: list[tuple[Field, Callable[[], str]]] = [
            (a_field("string", custom_type="x:textfield"), self.value),
            (a_field("string", custom_type="x:url"), self.value),
            (a_field("array/option"), self.value),
            (a_field("number"), self.number),
            (a_field("user"), lambda: f"557058:{self.number()}"),
            (a_field("date"), lambda: self.day().isoformat()),
            (a_field("datetime"), lambda: self.instant().isoformat()),
        ]
        named, write = self.dice.choice(ways)
        asked: dict[str, Any] = {
            "equals": write(),
            "one_of": self.several(write),
            "is_empty": self.flag(),
        }
        if named.type in {"number", "date", "datetime"}:
            asked |= {"greater_than": write(), "less_than": write()}
        names = self.dice.sample(sorted(asked), self.dice.randrange(1, len(asked) + 1))
        return CustomFieldFilter(named, **{name: asked[name] for name in names})


def intended(condition: IssueFilter, *, is_denied: bool = False) -> Tree:
    """The clauses that a filter means, simplified; ("and",) for a filter of nothing."""
    clauses = [*_plain(condition)]
    if is_denied:
        clauses = [_guarded(each) for each in clauses]
    for name, word in (("all_of", "and"), ("any_of", "or")):
        inner = getattr(condition, name)
        if inner is not None:
            clauses.append((word, *(_within(each, is_denied=is_denied) for each in inner)))
    if condition.none_of is not None:
        clauses.append(("not", _within(condition.none_of, is_denied=True)))
    return simplified(("and", *clauses))


def simplified(tree: Tree) -> Tree:
    """The same without brackets that change nothing."""
    if tree[0] == "not":
        return ("not", simplified(tree[1]))
    if tree[0] not in ("and", "or"):
        return tree
    word, parts = tree[0], list[Tree]()
    for part in map(simplified, tree[1:]):
        parts += part[1:] if part[0] == word else [part]
    return parts[0] if len(parts) == 1 else (word, *parts)


def _within(condition: IssueFilter, *, is_denied: bool) -> Tree:
    found = intended(condition, is_denied=is_denied)
    return _EVERYTHING if found == ("and",) else found


def _guarded(clause: Tree) -> Tree:
    if clause[0] == "or" and clause[1][1] != "~":
        return clause
    name, operator = clause[1][:2] if clause[0] == "or" else clause[:2]
    if name in _ALWAYS_THERE or operator.startswith("IS"):
        return clause
    return ("and", (name, "IS NOT", [("bare", "EMPTY")]), clause)


def _plain(condition: IssueFilter) -> Iterator[Tree]:
    yield from _union(condition, "project", bare=("project_ids",), quoted=("project_keys",))
    yield from _union(condition, "sprint", bare=("sprint_ids",))
    for name, argument in (("issuekey", "ids_or_keys"), ("parent", "parent_ids_or_keys")):
        named = getattr(condition, argument)
        if named is not None:
            yield name, "IN", [("bare" if each.isdigit() else "text", each) for each in named]
    for name, argument in (
        ("issuetype", "issue_type"),
        ("status", "status"),
        ("priority", "priority"),
        ("component", "component"),
        ("fixVersion", "fix_version"),
    ):
        yield from _union(condition, name, bare=(f"{argument}_ids",), quoted=(f"{argument}_names",))
    if condition.status_categories is not None:
        values = [("text", each.value) for each in condition.status_categories]
        yield "statusCategory", "IN", values
    yield from _union(condition, "labels", quoted=("labels",))
    if condition.excluded_labels is not None:
        excluded = [("text", each) for each in condition.excluded_labels]
        yield _or_empty("labels", "NOT IN", excluded)
    for name in ("assignee", "reporter"):
        person = getattr(condition, name)
        if person is not None:
            yield _person(name, person)
    yield from _flags(condition)
    yield from _times(condition)
    for each in condition.custom_fields or ():
        yield from _custom(each)


def _union(
    condition: IssueFilter, name: str, *, bare: tuple[str, ...] = (), quoted: tuple[str, ...] = ()
) -> Iterator[Tree]:
    values = [("bare", each) for list_ in bare for each in getattr(condition, list_) or ()]
    values += [("text", each) for list_ in quoted for each in getattr(condition, list_) or ()]
    if values:
        yield name, "IN", values


def _or_empty(name: str, operator: str, values: list[tuple[str, str]]) -> Tree:
    return ("or", (name, "IS", [("bare", "EMPTY")]), (name, operator, values))


def _person(name: str, person: PersonFilter) -> Tree:
    if person.account_ids is not None:
        return name, "IN", [("text", each) for each in person.account_ids]
    if person.is_me is not None:
        me = [("call", "currentUser")]
        return (name, "=", me) if person.is_me else _or_empty(name, "!=", me)
    return name, "IS" if person.is_empty else "IS NOT", [("bare", "EMPTY")]


def _flags(condition: IssueFilter) -> Iterator[Tree]:
    if condition.is_in_open_sprint is not None:
        opened = [("call", "openSprints")]
        inside = ("sprint", "IN", opened)
        yield inside if condition.is_in_open_sprint else _or_empty("sprint", "NOT IN", opened)
    if condition.is_resolved is not None:
        yield "resolution", "IS NOT" if condition.is_resolved else "IS", [("bare", "EMPTY")]
    if condition.text is not None:
        yield "text", "~", [("text", _as_words(condition.text))]


def _times(condition: IssueFilter) -> Iterator[Tree]:
    for name in ("created", "updated"):
        for operator, end in ((">=", "after"), ("<", "before")):
            at = getattr(condition, f"{name}_{end}")
            if at is not None:
                yield name, operator, [("bare", _milliseconds(at))]
    for operator, day in ((">=", condition.due_after), ("<", condition.due_before)):
        if day is not None:
            yield "due", operator, [("text", str(day))]


def _custom(given: CustomFieldFilter) -> Iterator[Tree]:
    assert isinstance(given.field, Field)
    name, kind = "cf[10016]", given.field.type
    if (given.field.custom_type or "").endswith(":textfield"):
        if given.equals is not None:
            yield name, "~", [("text", f'"{_as_words(given.equals)}"')]
        if given.one_of is not None:
            phrases = [f'"{_as_words(each)}"' for each in given.one_of]
            yield simplified(("or", *((name, "~", [("text", each)]) for each in phrases)))
    else:
        if given.equals is not None:
            yield name, "=", [_as_value(kind, given.equals)]
        if given.one_of is not None:
            yield name, "IN", [_as_value(kind, each) for each in given.one_of]
        for operator, bound in ((">", given.greater_than), ("<", given.less_than)):
            if bound is not None:
                yield name, operator, [_as_value(kind, bound)]
    if given.is_empty is not None:
        yield name, "IS" if given.is_empty else "IS NOT", [("bare", "EMPTY")]


def _as_value(kind: str, text: str) -> tuple[str, str]:
    if kind == "number":
        return "bare", text
    if kind == "datetime":
        return "bare", _milliseconds(datetime.fromisoformat(text))
    return "text", text


def _milliseconds(at: datetime) -> str:
    return str(round(at.timestamp() * 1000))


def _as_words(text: str) -> str:
    """A searched text with its operators escaped, letter by letter."""
    found, word = "", ""
    for character in [*text, ""]:
        if character and (character.isalnum() or character == "_"):
            word += character
            continue
        found += word.lower() if word in ("AND", "OR", "NOT", "TO") else word
        word = ""
        found += f"\\{character}" if character in tuple('+-&|!(){}[]^"~*?\\:/') else character
    return found


def check(condition: IssueFilter, order: list[Order]) -> None:
    """Fail where a query is read back as anything else than what the filter means."""
    meant, columns = intended(condition), [(o.field.value, o.direction.value) for o in order]
    if "key" not in dict(columns):
        columns.append(("key", "ASC"))
    for write, nothing in ((search_jql, _EVERYTHING), (narrowing_jql, None)):
        found, found_columns = read_jql(write(condition, order))
        expected = nothing if meant == ("and",) else meant
        read = found if found is None else simplified(found)
        assert read == expected, (condition, read, expected)
        assert found_columns == columns


def run(values: int, seed: int) -> tuple[int, int]:
    """Check filters until so many values went into them; how many filters and values it were."""
    maker, filters = FilterMaker(random.Random(seed)), 0
    while maker.values < values:
        condition = maker.make()
        columns = maker.dice.sample(list(OrderField), maker.dice.randrange(1, 4))
        check(condition, [Order(each, maker.dice.choice(list(Direction))) for each in columns])
        filters += sum(1 for _ in iter_filters(condition))
    return filters, maker.values


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--values", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    begun = time.perf_counter()
    try:
        filters, values = run(given.values, given.seed)
    except AssertionError as error:
        sys.stderr.write(f"A query is not what its filter means: {error}\n")
        return 1
    took = time.perf_counter() - begun
    sys.stdout.write(
        f"| {filters:,} filters | {values:,} values | seed {given.seed} | 0 differ | "
        f"{took:.1f} s |\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
