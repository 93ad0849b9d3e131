"""Finds the issues a JQL query names and puts them in order."""

import operator
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.errors import JqlError
from sandbox.jql.fields import JqlField, get_fields, get_issue, read_key_order
from sandbox.jql.parser import (
    And,
    Clause,
    Function,
    Node,
    Operand,
    Or,
    Ordering,
    Query,
    negate,
    parse_query,
)
from sandbox.world import PERSON_ACCOUNT_ID, Issue, SiteData

Predicate = Callable[[Issue], bool]

_MILLISECONDS: Final = re.compile(r"-?[0-9]{1,18}")
_RELATIVE: Final = re.compile(r"([+-]?[0-9]{1,6})([wdhm])", re.IGNORECASE)
_UNITS: Final = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_DATE_FORMS: Final = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_TEXT_PARTS: Final = re.compile(r"\\([*?])|(\w)|([*?])|.", re.DOTALL)
_LITERAL_SIGNS: Final = ("\\*", "\\?")
_WILDCARDS: Final = {"*": "\\w*", "?": "\\w"}
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}
_SPRINT_FUNCTIONS: Final = {
    "opensprints": "active",
    "closedsprints": "closed",
    "futuresprints": "future",
}


def find_issues(data: SiteData, jql: str, *, now: datetime) -> list[Issue]:
    """The issues of a bounded query, ties in id order.

    Raises:
        JqlError: the query does not parse, names what does not exist, or restricts nothing.
    """
    query = parse_query(jql)
    if query.where is None:
        raise JqlError(
            "Unbounded JQL queries are not allowed here. Please add a search restriction to "
            "your query."
        )
    return _run(data, query, now=now)


def filter_issues(
    data: SiteData, jql: str, within: Sequence[Issue], *, now: datetime
) -> list[Issue]:
    """Those of some issues that a query names, which may restrict nothing.

    They keep the order they come in unless the query gives one.

    Raises:
        JqlError: the query does not parse, or names what does not exist.
    """
    return _run(data, parse_query(jql), now=now, within=within)


def _run(
    data: SiteData, query: Query, *, now: datetime, within: Sequence[Issue] | None = None
) -> list[Issue]:
    evaluator = _Evaluator(data, now)
    pool = within
    if pool is None:
        ids = None if query.where is None else evaluator.narrow(query.where)
        known = data.searched.issues
        pool = data.searched.list_issues(None if ids is None else ids & known.keys())
    found = pool
    if query.where is not None:
        matches = evaluator.compile(query.where)
        found = [issue for issue in pool if matches(issue)]
    order = [(ordering, get_fields(data, ordering.field)[0]) for ordering in query.order]
    return _sort(list(found), order) if order else list(found)


def _sort(found: list[Issue], order: list[tuple[Ordering, JqlField]]) -> list[Issue]:
    found.sort(key=lambda issue: issue.id)
    for ordering, field in reversed(order):

        def rank(issue: Issue, field: JqlField = field) -> tuple[bool, Any]:
            value = field.sort(issue)
            return (True, 0) if value is None or value == () else (False, value)

        found.sort(key=rank, reverse=ordering.is_descending)
    return found


@dataclass(frozen=True, slots=True)
class _Evaluator:
    data: SiteData
    now: datetime

    def compile(self, node: Node) -> Predicate:
        if isinstance(node, Clause):
            return self._compile_clause(node)
        if isinstance(node, And):
            parts = [self.compile(part) for part in node.parts]
            return lambda issue: all(part(issue) for part in parts)
        if isinstance(node, Or):
            parts = [self.compile(part) for part in node.parts]
            return lambda issue: any(part(issue) for part in parts)
        return self.compile(negate(node.part))

    def narrow(self, node: Node) -> set[int] | None:
        """Ids outside of which nothing can match; None where no index helps."""
        if isinstance(node, And):
            sets = [ids for part in node.parts if (ids := self.narrow(part)) is not None]
            return set.intersection(*sets) if sets else None
        if isinstance(node, Or):
            all_sets = [self.narrow(part) for part in node.parts]
            known = [ids for ids in all_sets if ids is not None]
            return set.union(*known) if len(known) == len(all_sets) else None
        if not isinstance(node, Clause) or node.operator not in ("=", "in"):
            return None
        if any(isinstance(operand, Function) or operand.is_empty for operand in node.operands):
            return None
        names = [operand.text for operand in node.operands if not isinstance(operand, Function)]
        return self._look_up(node.field.lower(), names)

    def _look_up(self, field: str, names: list[str]) -> set[int] | None:
        data, index = self.data, self.data.searched
        if field == "project":
            wanted = {name.lower() for name in names}
            return {
                issue_id
                for project in data.projects.values()
                if wanted & {str(project.id), project.key.lower(), project.name.lower()}
                for issue_id in index.issue_ids_by_project.get(project.id, ())
            }
        if field in ("key", "issuekey", "issue", "id"):
            return {get_issue(data, name, field).id for name in names}
        if field == "sprint":
            (sprint,) = get_fields(data, "sprint")
            ids = {int(term) for name in names for term in sprint.resolve(name)}
            return {i for sprint_id in ids for i in index.issue_ids_by_sprint.get(sprint_id, ())}
        return None

    def _compile_clause(self, clause: Clause) -> Predicate:
        parts = [self._compile_on(field, clause) for field in get_fields(self.data, clause.field)]
        if len(parts) == 1:
            return parts[0]
        if clause.operator in ("!=", "!~", "not in") or _asks_for_empty(clause):
            return lambda issue: all(part(issue) for part in parts)
        return lambda issue: any(part(issue) for part in parts)

    def _compile_on(self, field: JqlField, clause: Clause) -> Predicate:
        sign, operands = clause.operator, clause.operands
        if _asks_for_empty(clause):
            return lambda issue: _is_empty(field.read(issue))
        if sign == "is not" or (sign == "!=" and _is_empty_value(operands[0])):
            return lambda issue: not _is_empty(field.read(issue))
        if sign in ("~", "!~"):
            return self._compile_text(field, clause)
        if field.kind in ("text", "rank"):
            raise _unsupported(sign, clause.field)
        if field.kind in ("instant", "day", "number"):
            return self._compile_scalar(field, clause)
        if sign in ("=", "!=", "in", "not in"):
            return self._compile_terms(field, clause)
        return self._compile_order(field, clause)

    def _compile_terms(self, field: JqlField, clause: Clause) -> Predicate:
        wanted = frozenset[str]().union(
            *(self._resolve(field, operand) for operand in clause.operands)
        )
        accepts_empty = any(_is_empty_value(operand) for operand in clause.operands)
        read = field.read
        if clause.operator in ("=", "in"):
            if accepts_empty:
                return lambda issue: not (terms := read(issue)) or not wanted.isdisjoint(terms)
            return lambda issue: not wanted.isdisjoint(read(issue))
        return lambda issue: bool(terms := read(issue)) and wanted.isdisjoint(terms)

    def _resolve(self, field: JqlField, operand: Operand) -> frozenset[str]:
        if isinstance(operand, Function):
            return self._call(operand)
        return frozenset() if operand.is_empty else field.resolve(operand.text)

    def _call(self, function: Function) -> frozenset[str]:
        if function.name == "currentuser":
            return frozenset({PERSON_ACCOUNT_ID})
        state = _SPRINT_FUNCTIONS.get(function.name)
        if state is None:
            raise JqlError(f"Unable to find JQL function '{function.name}()'.")
        return frozenset(str(s.id) for s in self.data.sprints.values() if s.state == state)

    def _compile_order(self, field: JqlField, clause: Clause) -> Predicate:
        if field.kind == "key":
            issue = get_issue(self.data, _read_text(clause), clause.field)
            limit: Any = read_key_order(issue)
            read: Callable[[Issue], Any] = read_key_order
        elif field.name == "priority":
            read = field.sort
            limit = self._find_priority(field, _read_text(clause))
        else:
            raise _unsupported(clause.operator, clause.field)
        compare = _COMPARE[clause.operator]
        return lambda issue: (value := read(issue)) is not None and compare(value, limit)

    def _find_priority(self, field: JqlField, text: str) -> int:
        field.resolve(text)
        for place, entry in enumerate(self.data.priorities.values()):
            if text.lower() in (entry["id"], entry["name"].lower()):
                return -place
        raise JqlError(f"The value '{text}' does not exist for the field 'priority'.")

    def _compile_scalar(self, field: JqlField, clause: Clause) -> Predicate:
        read, sign = field.read, clause.operator
        values = [
            self._read_scalar(field, clause.field, operand)
            for operand in clause.operands
            if not _is_empty_value(operand)
        ]
        if sign in ("in", "not in", "!="):
            wanted = sign == "in"
            accepts_empty = wanted and len(values) < len(clause.operands)
            return lambda issue: (
                accepts_empty if (value := read(issue)) is None else (value in values) == wanted
            )
        compare, limit = _COMPARE[sign], values[0]
        return lambda issue: (value := read(issue)) is not None and compare(value, limit)

    def _read_scalar(self, field: JqlField, name: str, operand: Operand) -> float:
        if isinstance(operand, Function):
            raise JqlError(f"Unable to find JQL function '{operand.name}()'.")
        if field.kind == "number":
            try:
                return float(operand.text)
            except ValueError:
                raise JqlError(
                    f"Value '{operand.text}' for the '{name}' field is not a number."
                ) from None
        return self._read_date(operand.text, name, is_day=field.kind == "day")

    def _read_date(self, text: str, name: str, *, is_day: bool) -> int:
        if _MILLISECONDS.fullmatch(text):
            return int(text)
        relative = _RELATIVE.fullmatch(text)
        if relative is not None:
            distance = timedelta(**{_UNITS[relative[2].lower()]: int(relative[1])})
            with suppress(OverflowError):
                return round((self.now + distance).timestamp() * 1000)
        zone = UTC if is_day else self._find_zone()
        for form in _DATE_FORMS:
            try:
                at = datetime.strptime(text, form).replace(tzinfo=zone)
            except ValueError:
                continue
            return round(at.timestamp() * 1000)
        raise JqlError(
            f"Date value '{text}' for field '{name}' is invalid. Valid formats include: "
            "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period "
            "format e.g. '-5d', '4w 2d'."
        )

    def _find_zone(self) -> Any:
        # Jira reads bare dates in the zone of the token owner's profile.
        person = self.data.users.get(PERSON_ACCOUNT_ID)
        try:
            return ZoneInfo((person and person.time_zone) or "UTC")
        except ZoneInfoNotFoundError:
            return UTC

    def _compile_text(self, field: JqlField, clause: Clause) -> Predicate:
        if field.kind != "text":
            raise _unsupported(clause.operator, clause.field)
        matches = _read_matcher(_read_text(clause))
        read = field.read
        if clause.operator == "~":
            return lambda issue: matches(read(issue))
        return lambda issue: bool(text := read(issue)) and not matches(text)


def _read_matcher(text: str) -> Callable[[str], bool]:
    lowered = text.lower()
    is_phrase = len(lowered) > 1 and lowered.startswith('"') and lowered.endswith('"')
    words = _read_words(lowered, has_wildcards=not is_phrase)
    # Plain substrings rule most texts out without the slower pattern.
    plain = [part for word in words for part in _split_plain(word)]
    sources = [r"\W+".join(words)] if is_phrase else words
    patterns = [re.compile(_bound(source)) for source in sources]

    def matches(candidate: str) -> bool:
        is_likely = all(part in candidate for part in plain)
        return is_likely and all(pattern.search(candidate) for pattern in patterns)

    return matches


def _read_words(text: str, *, has_wildcards: bool) -> list[str]:
    words = [""]
    for match in _TEXT_PARTS.finditer(text):
        literal = match[1] or match[2]
        if literal is not None:
            words[-1] += re.escape(literal)
        elif match[3] is not None and has_wildcards:
            words[-1] += _WILDCARDS[match[3]]
        else:
            words.append("")
    return [word for word in words if word]


def _split_plain(word: str) -> list[str]:
    parts = re.split("|".join(map(re.escape, _WILDCARDS.values())), word)
    return [part.replace("\\", "") for part in parts]


def _bound(source: str) -> str:
    # Beside a literal sign there is no border of a word to look for.
    start = "" if source.startswith(_LITERAL_SIGNS) else r"\b"
    end = "" if source.endswith(_LITERAL_SIGNS) else r"\b"
    return start + source + end


def _read_text(clause: Clause) -> str:
    operand = clause.operands[0]
    if isinstance(operand, Function):
        raise JqlError(f"Unable to find JQL function '{operand.name}()'.")
    return operand.text


def _is_empty(value: Any) -> bool:
    return value is None or value in ((), "")


def _is_empty_value(operand: Operand) -> bool:
    return not isinstance(operand, Function) and operand.is_empty


def _asks_for_empty(clause: Clause) -> bool:
    is_plain = clause.operator in ("is", "=")
    return is_plain and _is_empty_value(clause.operands[0])


def _unsupported(sign: str, field: str) -> JqlError:
    return JqlError(f"The operator '{sign}' is not supported by the '{field}' field.")
