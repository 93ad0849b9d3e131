"""Hostile values for every argument of a schema, and which of them have the form asked for.

The places are found by walking the schema, so that a new argument is covered by itself.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_object_type,
    is_required_argument,
    is_required_input_field,
)
from hypothesis import strategies as st

JQL_VALUES = [
    '" OR project = SECRET', '") OR project = SECRET OR labels IN ("', "\\", '\\"', "trailing\\",
    "\\\\", ") OR (", "x ORDER BY created", "ORDER BY", "DO", "AND", "EMPTY", "null",
    "currentUser()", 'a*?"', "a~b", "[a TO b]", "\u201csmart\u201d", "'; --", "a, b", "\\u0022",
    "cf[10016]", "#!@",
]  # fmt: skip
KEYS = [
    "ab-1", "aB-1",
    "../myself", "../../../serverInfo", "A-1/../../", "%2e%2e%2f", "%2e%2e%2fmyself", "A-1?expand=",
    "A-1?x=", "AB-1#", "A-0", "a-1", "\u0410B-1", "AB-1 ", " AB-1", "AB-1\n", "A" * 300 + "-1",
    "AB-99999999999999999999", "AB-01", "AB-1.0", "0", "-1", "1.0", "1e3", "\u0661", "\u202eAB-1",
    "AB-1;AB-2", "AB-1,AB-2", "AB-1/comment", "AB-1\\..\\..", "99999999999999999999",
]  # fmt: skip
TEXTS = [
    "", " ", "\t", "\x00", "a\x00b", "\u202ertl", "\u200b", "e\u0301", "\u00e9", "\ufeffbom",
    "\U0001f469\u200d\U0001f680", "a\r\nSet-Cookie: x=1", "a\nb", "${jndi:ldap://x.test/a}",
    "{{7*7}}", "%s%n%x", "\x1b[31mred", "\x85", "\u2028", "\ud800", "\udfff\ud800",
    "<script>alert(1)</script>", "a" * 256, "a" * 10_001, "$(id)", "__proto__", "null", "true",
]  # fmt: skip
ONE_MEBIBYTE = "a" * 1_048_576
NUMBERS = [
    0, -1, 1, 100, 101, 1_000, 1_001, 2**31 - 1, -(2**31), 2**31, 2**53, 10**30, 1.5, -0.0, 1e308,
    True, "1",
]  # fmt: skip
_LOOKS_WRONG: list[Any] = [None, [], {}, [[]], [None], {"a": 1}, 5, True, 1.5, "x", ["a"] * 3]


@dataclass(frozen=True, repr=False)
class Place:
    """An argument, or a part of an input object below it; `names` leads there from the argument."""

    type_name: str
    field: str
    names: tuple[str, ...]
    kind: GraphQLInputType
    argument: GraphQLArgument

    def __repr__(self) -> str:
        return f"{self.type_name}.{self.field}({'.'.join(self.names)})"

    @property
    def name(self) -> str:
        return self.names[-1]

    @property
    def scalar(self) -> str:
        return str(get_named_type(self.kind).name)

    @property
    def is_list(self) -> bool:
        return isinstance(get_nullable_type(self.kind), GraphQLList)

    def wrap(self, value: Any, valid: Mapping[str, Any]) -> Any:
        """The whole argument's value, valid but for what lies here."""
        return _wrap(self.argument.type, self.names[1:], value, valid)


def list_places(schema: GraphQLSchema) -> list[Place]:
    """Every argument of every field, and every part of the input objects among them."""
    found = []
    for type_name, kind in schema.type_map.items():
        if type_name.startswith("__") or not is_object_type(kind):
            continue
        for field_name, field in kind.fields.items():
            for name, argument in field.args.items():
                place = Place(type_name, field_name, (name,), argument.type, argument)
                found += [place, *_below(place, frozenset())]
    return found


def _below(place: Place, walked: frozenset[str]) -> Iterator[Place]:
    inner = get_named_type(place.kind)
    if not isinstance(inner, GraphQLInputObjectType) or inner.name in walked:
        return
    for name, part in inner.fields.items():
        names = (*place.names, name)
        below = Place(place.type_name, place.field, names, part.type, place.argument)
        yield below
        yield from _below(below, walked | {inner.name})


def _wrap(kind: GraphQLInputType, names: tuple[str, ...], value: Any, valid: Any) -> Any:
    if not names:
        return value
    bare = get_nullable_type(kind)
    if isinstance(bare, GraphQLList):
        return [_wrap(bare.of_type, names, value, valid)]
    assert isinstance(bare, GraphQLInputObjectType)
    inner = _wrap(bare.fields[names[0]].type, names[1:], value, valid)
    if bare.is_one_of:
        return {names[0]: inner}
    return {**make_valid_object(bare, valid), names[0]: inner}


def make_valid_object(kind: GraphQLInputObjectType, valid: Mapping[str, Any]) -> dict[str, Any]:
    """An input object with what is required, and the parts that `valid` always names."""
    return {
        name: make_valid(name, part, valid)
        for name, part in kind.fields.items()
        if is_required_input_field(part) or name in valid.get("always", ())
    }


def make_valid(
    name: str, part: GraphQLInputField | GraphQLArgument, valid: Mapping[str, Any]
) -> Any:
    """A value of a good form, for what is not attacked."""
    kind = get_named_type(part.type)
    if name in valid and isinstance(valid[name], dict) == isinstance(kind, GraphQLInputObjectType):
        return valid[name]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        made: Any = make_valid_object(kind, valid)
        if kind.is_one_of:
            first, inner = next(iter(kind.fields.items()))
            made = {first: make_valid(first, inner, valid)}
    else:
        made = {"Int": 1, "Float": 1.0, "Boolean": True}.get(kind.name, "text")
    return [made] if isinstance(get_nullable_type(part.type), GraphQLList) else made


def list_required(schema: GraphQLSchema, place: Place, valid: Mapping[str, Any]) -> dict[str, Any]:
    """The other arguments that the field cannot do without."""
    kind = schema.type_map[place.type_name]
    assert is_object_type(kind)
    arguments = kind.fields[place.field].args
    return {
        name: make_valid(name, argument, valid)
        for name, argument in arguments.items()
        if name != place.names[0] and is_required_argument(argument)
    }


def write_literal(kind: GraphQLInputType, value: Any) -> str:
    """A value as a document holds it, be it good or not."""
    bare = get_nullable_type(kind)
    if isinstance(value, list):
        inner = bare.of_type if isinstance(bare, GraphQLList) else kind
        return f"[{', '.join(write_literal(inner, each) for each in value)}]"
    if isinstance(value, dict):
        parts = bare.fields if isinstance(bare, GraphQLInputObjectType) else {}
        kinds = {name: part.type for name, part in parts.items()}
        written = (f"{n}: {write_literal(kinds.get(n, kind), each)}" for n, each in value.items())
        return f"{{{', '.join(written)}}}"
    is_name = isinstance(value, str) and re.fullmatch(r"[A-Za-z_]+", value) is not None
    is_enum = isinstance(get_named_type(kind), GraphQLEnumType)
    return value if is_name and is_enum else json.dumps(value)


def list_values(place: Place) -> list[Any]:
    """The corpus for a place: texts, numbers or whole lists, and what is of another kind."""
    if place.scalar in {"Int", "Float"}:
        values: list[Any] = list(NUMBERS)
    elif place.scalar in {"String", "ID", "DateTime", "Date", "JSON"}:
        values = [*TEXTS, *KEYS, *JQL_VALUES]
    else:
        values = ["ACTIVE", "UNKNOWN", "nothing", ""]
    if place.is_list:
        values = [*([each] for each in values), [], [values[0]] * 1_001, ["A"] * 10_000]
    return [*values, *_LOOKS_WRONG]


def generate_values(place: Place) -> st.SearchStrategy[Any]:
    """More of the same, made up."""
    texts = st.text(st.characters(exclude_categories=()), max_size=40)
    # The longest are tried by themselves; three of them are more than the library likes to show.
    odd = st.sampled_from([each for each in (*TEXTS, *KEYS, *JQL_VALUES) if len(each) < 1_000])
    joined = st.builds(lambda a, b, c: a + b + c, odd, texts, odd)
    instants = st.datetimes().map(lambda at: at.isoformat() + "Z")
    numbers = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
    by_scalar: dict[str, st.SearchStrategy[Any]] = {
        "Int": numbers,
        "Float": numbers,
        "DateTime": st.one_of(instants, texts),
        "Date": st.one_of(st.dates().map(str), texts),
        "JSON": st.recursive(texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner)),
    }
    scalar = by_scalar.get(place.scalar, st.one_of(texts, odd, joined))
    return st.lists(scalar, max_size=5) if place.is_list else scalar


_NUMBER = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_PROJECT_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,254}", re.ASCII)
_ISSUE_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,254}-[1-9][0-9]{0,18}", re.ASCII)
_ACCOUNT_ID = re.compile(r"[A-Za-z0-9:_-]{1,128}", re.ASCII)


def _matches(*forms: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: any(form.fullmatch(str(value)) for form in forms)


def _is_plain(longest: int, categories: frozenset[str]) -> Callable[[Any], bool]:
    def is_plain(value: Any) -> bool:
        text = str(value)
        found = {_categorize(character) for character in text}
        return bool(text.strip()) and len(text) <= longest and not found & categories

    return is_plain


def _categorize(character: str) -> str:
    """Unicode's category; one of ours for what JQL does not take although it has none."""
    is_none = "\ufdd0" <= character <= "\ufdef" or character in {"\ufffe", "\uffff"}
    return "none" if is_none else unicodedata.category(character)


_LINE_CONTROLS = frozenset({"Cc", "Cs"})
_ALL_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp", "none"})
FORMS: dict[tuple[str, str], Callable[[Any], bool]] = {
    ("Query", "externalId"): _is_plain(255, _LINE_CONTROLS),
    ("Query", "id"): lambda _: False,
    ("Query", "ids"): lambda _: False,
    ("*", "issue.idOrKey"): _matches(_ISSUE_KEY, _NUMBER),
    ("*", "project.idOrKey"): _matches(_PROJECT_KEY, _NUMBER),
    ("*", "projectIdOrKey"): _matches(_PROJECT_KEY, _NUMBER),
    ("*", "boardId"): _matches(_NUMBER),
    ("*", "sprintId"): _matches(_NUMBER),
    ("*", "after"): lambda _: False,
    ("*", "query"): _is_plain(255, _LINE_CONTROLS),
    ("*", "name"): _is_plain(255, _LINE_CONTROLS),
    ("*", "idOrName"): _is_plain(255, _LINE_CONTROLS),
    ("*", "user.accountId"): _matches(_ACCOUNT_ID),
    ("input", "externalId"): _is_plain(255, _LINE_CONTROLS),
    ("input", "connection.id"): lambda _: False,
    ("input", "project.id"): _matches(_NUMBER),
    ("input", "project.key"): _matches(_PROJECT_KEY),
    ("input", "issue"): _matches(_ISSUE_KEY, _NUMBER),
    ("input", "parent"): _matches(_ISSUE_KEY, _NUMBER),
    ("*", "issuesByIdOrKey.idsOrKeys"): _matches(_ISSUE_KEY, _NUMBER),
    ("input", "from"): _matches(_ISSUE_KEY, _NUMBER),
    ("input", "to"): _matches(_ISSUE_KEY, _NUMBER),
    ("input", "type.id"): _matches(_NUMBER),
    ("input", "type.name"): _is_plain(255, _LINE_CONTROLS),
    ("input", "linkId"): _matches(_NUMBER),
    ("input", "sprintId"): _matches(_NUMBER),
    ("input", "transition.id"): _matches(_NUMBER),
    ("input", "transition.name"): _is_plain(255, _LINE_CONTROLS),
    ("input", "accountId"): _matches(_ACCOUNT_ID),
    ("input", "commentId"): _matches(_NUMBER),
    ("input", "worklogId"): _matches(_NUMBER),
    ("*", "createFields.issueTypeId"): _matches(_NUMBER),
    ("input", "customFields.field"): _is_plain(255, _LINE_CONTROLS),
    ("filter", "projectKeys"): _matches(_PROJECT_KEY),
    ("filter", "idsOrKeys"): _matches(_ISSUE_KEY, _NUMBER),
    ("filter", "parentIdsOrKeys"): _matches(_ISSUE_KEY, _NUMBER),
    ("filter", "accountIds"): _matches(_ACCOUNT_ID),
    ("filter", "text"): _is_plain(1_000, _ALL_CONTROLS),
    ("filter", "labels"): _is_plain(1_000, _ALL_CONTROLS),
    ("filter", "excludedLabels"): _is_plain(1_000, _ALL_CONTROLS),
    **{
        ("filter", f"{part}Ids"): _matches(_NUMBER)
        for part in (
            "project", "sprint", "issueType", "status", "priority", "component", "fixVersion",
        )
    },
    **{
        ("filter", f"{part}Names"): _is_plain(1_000, _ALL_CONTROLS)
        for part in ("issueType", "status", "priority", "component", "fixVersion")
    },
}  # fmt: skip


def find_form(place: Place) -> Callable[[Any], bool] | None:
    """Whether a text has the form that a place asks for; None for what is no text of a form."""
    if place.scalar not in {"ID", "String"}:
        return None
    if len(place.names) > 1:
        head, named = place.names[0], ".".join(place.names[-2:])
        return FORMS.get((head, named)) or FORMS.get((head, place.name))
    named = f"{place.field}.{place.name}"
    keys = ((place.type_name, place.name), ("*", named), ("*", place.name))
    return next((FORMS[key] for key in keys if key in FORMS), None)
