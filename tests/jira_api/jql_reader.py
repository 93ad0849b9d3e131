"""JQL read back, without a line of the code that writes it or of the sandbox that answers it.

A condition is read as nested tuples: `("and", …)`, `("or", …)`, `("not", x)`, or
`(field, operator, values)`, where a quoted value is `("text", …)` and a bare one `("bare", …)`.
"""

from dataclasses import dataclass
from typing import Any

_SYMBOLS = ("!=", ">=", "<=", "(", ")", ",", "=", "<", ">", "~")


@dataclass(frozen=True)
class Token:
    """One token: `kind` is text, bare or symbol."""

    kind: str
    text: str

    def says(self, word: str) -> bool:
        return self.kind != "text" and self.text.upper() == word


def read_jql(jql: str) -> tuple[Any, list[tuple[str, str]]]:
    """The condition (None where there is none), and the columns of the order."""
    reader = _Reader(tokenize(jql))
    condition = None if reader.is_at("ORDER") else reader.read_either()
    return condition, reader.read_order()


def bare(*values: str) -> list[tuple[str, str]]:
    """Values as they are read without quotes."""
    return [("bare", value) for value in values]


def texts(*values: str) -> list[tuple[str, str]]:
    """Values as they are read from quotes."""
    return [("text", value) for value in values]


def tokenize(jql: str) -> list[Token]:
    """The tokens; the test fails on a character that stands outside of quotes by mistake."""
    tokens: list[Token] = []
    at = 0
    while at < len(jql):
        if jql[at] == " ":
            at += 1
        elif jql[at] == '"':
            text, at = _read_quoted(jql, at + 1)
            tokens.append(Token("text", text))
        else:
            symbol = next((s for s in _SYMBOLS if jql.startswith(s, at)), None)
            word = symbol or _read_word(jql, at)
            tokens.append(Token("symbol" if symbol else "bare", word))
            at += len(word)
    return tokens


def find_closing_bracket(jql: str, start: int) -> int:
    """Where the bracket closes that is opened at `start`, read letter by letter."""
    depth, quote, at = 0, "", start
    while True:
        character = jql[at]
        if quote:
            if character == "\\":
                at += 1
            elif character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        else:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth == 0:
                return at
        at += 1


def _read_quoted(jql: str, at: int) -> tuple[str, int]:
    read: list[str] = []
    while jql[at] != '"':
        if jql[at] == "\\":
            at += 1
            assert jql[at] in '\\"', f"an escape that nobody wrote: {jql[at]!r}"
        read.append(jql[at])
        at += 1
    return "".join(read), at + 1


def _read_word(jql: str, start: int) -> str:
    end = start
    while end < len(jql) and (jql[end].isascii() and (jql[end].isalnum() or jql[end] in "_-[]")):
        end += 1
    assert end > start, f"a stray {jql[start]!r} in {jql!r}"
    return jql[start:end]


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens

    def is_at(self, word: str) -> bool:
        return bool(self._tokens) and self._tokens[0].says(word)

    def read_either(self) -> Any:
        parts = [self._read_both()]
        while self._skip("OR"):
            parts.append(self._read_both())
        return parts[0] if len(parts) == 1 else ("or", *parts)

    def read_order(self) -> list[tuple[str, str]]:
        self._expect("ORDER")
        self._expect("BY")
        columns = [(self._take().text, self._take().text)]
        while self._skip(","):
            columns.append((self._take().text, self._take().text))
        assert not self._tokens, f"something after the order: {self._tokens}"
        return columns

    def _read_both(self) -> Any:
        parts = [self._read_one()]
        while self._skip("AND"):
            parts.append(self._read_one())
        return parts[0] if len(parts) == 1 else ("and", *parts)

    def _read_one(self) -> Any:
        if self._skip("NOT"):
            return ("not", self._read_one())
        if self._skip("("):
            inner = self.read_either()
            self._expect(")")
            return inner
        field, operator = self._take(), self._take().text
        assert field.kind == "bare"
        if operator in ("IS", "NOT"):
            second = self._skip("NOT") or self._skip("IN")
            operator = operator + (f" {second}" if second else "")
        return (field.text, operator, self._read_values())

    def _read_values(self) -> list[tuple[str, str]]:
        if not self._skip("("):
            return [self._read_value()]
        values = [self._read_value()]
        while self._skip(","):
            values.append(self._read_value())
        self._expect(")")
        return values

    def _read_value(self) -> tuple[str, str]:
        token = self._take()
        assert token.kind != "symbol", f"{token.text!r} where a value belongs"
        if token.kind == "bare" and self._skip("("):
            self._expect(")")
            return "call", token.text
        return token.kind, token.text

    def _take(self) -> Token:
        return self._tokens.pop(0)

    def _skip(self, word: str) -> str | None:
        return self._take().text if self.is_at(word) else None

    def _expect(self, word: str) -> None:
        assert self._skip(word), f"{word!r} was expected before {self._tokens}"
