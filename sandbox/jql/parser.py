"""JQL read into a tree: a recursive-descent parser over a small lexer.

Source: Atlassian's description of JQL (operators, quoting, reserved words), as far as the
project's notes on the Jira API retell it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, NoReturn

from sandbox.errors import JqlError

Operator = Literal["=", "!=", "~", "!~", ">", ">=", "<", "<=", "in", "not in", "is", "is not"]

_RESERVED_WORDS: Final = """
abort access add after alias all alter and any as asc audit avg before begin between boolean
break by byte catch cf change char character check checkpoint collate collation column commit
connect continue count create current date decimal declare decrement default defaults define
delete delimiter desc difference distinct divide do double drop else empty encoding end equals
escape exclusive exec execute exists explain false fetch file field first float for from
function go goto grant greater group having identified if immediate in increment index initial
inner inout input insert int integer intersect intersection into is isempty isnull join last
left less like limit lock long max min minus mode modify modulo more multiply next noaudit not
notin nowait null number object of on option or order outer output power previous prior
privileges public raise raw remainder rename resource return returns revoke right row rowid
rownum rows select session set share size sqrt start strict string subtract sum synonym table
then to trans transaction trigger true uid union unique update user validate values view when
whenever where while with
"""
_RESERVED: Final = frozenset(_RESERVED_WORDS.split())
_TOKENS: Final = re.compile(
    r"""\s*(?:
    (?P<quoted>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<field>cf\[\d+\])
    |(?P<symbol>!=|!~|>=|<=|[=<>~(),])
    |(?P<word>[^\s"'=!<>,~&|+;?*/%^$\#@\[\]{}()\\]+)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}
_COMPARISONS: Final[tuple[Operator, ...]] = ("=", "!=", "~", "!~", ">=", "<=", ">", "<")


@dataclass(frozen=True, slots=True)
class Value:
    """A literal; `is_empty` for EMPTY and NULL."""

    text: str
    is_quoted: bool = False
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A call such as openSprints()."""

    name: str
    arguments: tuple[str, ...] = ()


Operand = Value | Function


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison; lists have several operands, everything else one."""

    field: str
    operator: Operator
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class And:
    """Every part must hold."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One part must hold."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not hold."""

    part: "Node"


Node = Clause | And | Or | Not


_OPPOSITES: Final[Mapping[Operator, Operator]] = {
    "=": "!=",
    "~": "!~",
    ">": "<=",
    "<": ">=",
    "in": "not in",
    "is": "is not",
}
_NEGATIONS: Final = {**_OPPOSITES, **{opposite: sign for sign, opposite in _OPPOSITES.items()}}


def negate(node: Node) -> Node:
    """What NOT makes of a condition: every operator turned round.

    So an issue that lacks the field fulfils neither the condition nor its negation.
    """
    if isinstance(node, Not):
        return node.part
    if isinstance(node, And):
        return Or(tuple(map(negate, node.parts)))
    if isinstance(node, Or):
        return And(tuple(map(negate, node.parts)))
    return replace(node, operator=_NEGATIONS[node.operator])


@dataclass(frozen=True, slots=True)
class Ordering:
    """One field of ORDER BY."""

    field: str
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; `where` is None when nothing restricts it."""

    where: Node | None
    order: tuple[Ordering, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.lower() in words


def parse_query(jql: str) -> Query:
    """Read a query.

    Raises:
        JqlError: with Jira's kind of sentence and the place of the fault.
    """
    return _Parser(jql).parse()


def _read_tokens(jql: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    end = len(jql.rstrip())
    while position < end:
        match = _TOKENS.match(jql, position)
        if match is None:
            while jql[position].isspace():
                position += 1
            raise JqlError(_describe_fault(jql, position))
        kind = match.lastgroup
        assert kind is not None
        text = match[kind]
        start = match.start(kind)
        tokens.append(_Token(kind, _unquote(text) if kind == "quoted" else text, start + 1))
        position = match.end()
    return tokens


def _describe_fault(jql: str, position: int) -> str:
    place = f"(line 1, character {position + 1})"
    if jql[position] in "\"'":
        return f"Error in the JQL Query: The quoted string has not been completed. {place}"
    return (
        f"Error in the JQL Query: The character '{jql[position]}' is a reserved JQL character. "
        f"You must enclose it in a string or use the escape '\\u{ord(jql[position]):04x}' "
        f"instead. {place}"
    )


def _unquote(text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        if match[1] is not None:
            return chr(int(match[1], 16))
        return _ESCAPES.get(match[2], match[2])

    plain = re.sub(r"\\(?:u([0-9A-Fa-f]{4})|(.))", replace, text[1:-1], flags=re.DOTALL)
    # Two escapes make one character beyond the first plane; half of one none that can be shown.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Parser:
    def __init__(self, jql: str) -> None:
        self._tokens = _read_tokens(jql)
        self._index = 0

    def parse(self) -> Query:
        where = None
        if self._peek() is not None and not self._is_at("order"):
            where = self._parse_or()
        order = self._parse_order() if self._is_at("order") else ()
        if self._peek() is not None:
            self._fail("Expecting either 'OR' or 'AND' but got {got}.")
        return Query(where, order)

    def _parse_or(self) -> Node:
        parts = [self._parse_and()]
        while self._skip("or"):
            parts.append(self._parse_and())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _parse_and(self) -> Node:
        parts = [self._parse_not()]
        while self._skip("and"):
            parts.append(self._parse_not())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _parse_not(self) -> Node:
        if self._skip("not"):
            return Not(self._parse_not())
        if self._skip_symbol("("):
            inner = self._parse_or()
            self._expect_symbol(")")
            return inner
        return self._parse_clause()

    def _parse_clause(self) -> Clause:
        field = self._parse_field()
        operator = self._parse_operator()
        if operator in ("in", "not in"):
            return Clause(field, operator, self._parse_list())
        operand = self._parse_operand()
        if operator in ("is", "is not") and not (isinstance(operand, Value) and operand.is_empty):
            raise JqlError(
                f"The operator '{operator}' is not supported by the '{field}' field for a value "
                "other than EMPTY or NULL."
            )
        return Clause(field, operator, (operand,))

    def _parse_field(self) -> str:
        token = self._take("a field name")
        if token.kind == "word":
            self._refuse_reserved(token)
        elif token.kind not in ("quoted", "field"):
            self._index -= 1
            self._fail("Expecting a field name but got {got}.")
        return token.text

    def _parse_operator(self) -> Operator:
        for symbol in _COMPARISONS:
            if self._skip_symbol(symbol):
                return symbol
        if self._skip("in"):
            return "in"
        if self._skip("is"):
            return "is not" if self._skip("not") else "is"
        if self._skip("not"):
            if self._skip("in"):
                return "not in"
            self._fail("Expecting 'IN' after 'NOT' but got {got}.")
        return self._fail(
            "Expecting operator but got {got}. The valid operators are '=', '!=', '<', '>', "
            "'<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'."
        )

    def _parse_list(self) -> tuple[Operand, ...]:
        if not self._skip_symbol("("):
            return (self._parse_operand(),)
        operands = [self._parse_operand()]
        while self._skip_symbol(","):
            operands.append(self._parse_operand())
        self._expect_symbol(")")
        return tuple(operands)

    def _parse_operand(self) -> Operand:
        token = self._take("either a value, list or function")
        if token.kind == "quoted":
            return Value(token.text, is_quoted=True)
        if token.kind == "symbol":
            self._index -= 1
            self._fail("Expecting either a value, list or function but got {got}.")
        if token.is_word("empty", "null"):
            return Value("", is_empty=True)
        if token.kind == "word" and self._skip_symbol("("):
            return Function(token.text.lower(), self._parse_arguments())
        self._refuse_reserved(token)
        return Value(token.text)

    def _parse_arguments(self) -> tuple[str, ...]:
        arguments: list[str] = []
        while not self._skip_symbol(")"):
            if arguments:
                self._expect_symbol(",")
            arguments.append(self._take("an argument").text)
        return tuple(arguments)

    def _parse_order(self) -> tuple[Ordering, ...]:
        self._skip("order")
        if not self._skip("by"):
            self._fail("Expecting 'BY' after 'ORDER' but got {got}.")
        order = [self._parse_ordering()]
        while self._skip_symbol(","):
            order.append(self._parse_ordering())
        if len(order) > 7:
            raise JqlError("JQL can be ordered by at most 7 fields.")
        return tuple(order)

    def _parse_ordering(self) -> Ordering:
        field = self._parse_field()
        is_descending = self._skip("desc")
        if not is_descending:
            self._skip("asc")
        return Ordering(field, is_descending)

    def _peek(self) -> _Token | None:
        return self._tokens[self._index] if self._index < len(self._tokens) else None

    def _take(self, expected: str) -> _Token:
        token = self._peek()
        if token is None:
            raise JqlError(
                f"Error in the JQL Query: Expecting {expected} before the end of the query."
            )
        self._index += 1
        return token

    def _is_at(self, word: str) -> bool:
        token = self._peek()
        return token is not None and token.is_word(word)

    def _skip(self, word: str) -> bool:
        if not self._is_at(word):
            return False
        self._index += 1
        return True

    def _skip_symbol(self, symbol: str) -> bool:
        token = self._peek()
        if token is None or token.kind != "symbol" or token.text != symbol:
            return False
        self._index += 1
        return True

    def _expect_symbol(self, symbol: str) -> None:
        if not self._skip_symbol(symbol):
            self._fail(f"Expecting '{symbol}' but got {{got}}.")

    def _refuse_reserved(self, token: _Token) -> None:
        if token.text.lower() in _RESERVED:
            raise JqlError(
                f"Error in the JQL Query: '{token.text}' is a reserved JQL word. You must "
                "surround it in quotation marks to use it in a query. "
                f"(line 1, character {token.position})"
            )

    def _fail(self, sentence: str) -> NoReturn:
        token = self._peek()
        if token is None:
            got, place = "the end of the query", ""
        else:
            got, place = f"'{token.text}'", f" (line 1, character {token.position})"
        raise JqlError(f"Error in the JQL Query: {sentence.format(got=got)}{place}")
