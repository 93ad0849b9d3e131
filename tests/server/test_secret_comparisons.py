"""Secrets are compared in constant time: nothing of that name stands beside == or !=."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import REPOSITORY

_FOLDERS = ("server", "resolvers", "oauth", "storage")
_SECRET = re.compile(r"secret|token|hash|password", re.IGNORECASE)
_LENGTH = "len"
HARMLESS = {
    # The row was found in the database by this very hash.
    "row['code_hash'] == code_hash",
    # Both are Juncture's own access tokens, one of them just refused by Jira: nobody guesses here.
    "tokens.access_token == rejected",
    "rejected == stored.tokens.access_token",
}


def list_comparisons(source: str) -> list[str]:
    """The comparisons by == and != with a secret's name on either side, but for those with None."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare)
        and any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
        and not any(is_none(side) for side in sides(node))
        and any(_SECRET.search(name) for side in sides(node) for name in names(side))
    ]


def sides(comparison: ast.Compare) -> list[ast.expr]:
    return [comparison.left, *comparison.comparators]


def is_none(side: ast.expr) -> bool:
    return isinstance(side, ast.Constant) and side.value is None


def names(side: ast.AST) -> Iterator[str]:
    """What a side is called by, last; how long something is, is no secret."""
    match side:
        case ast.Name(id=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            yield name
        case ast.Attribute(attr=name):
            yield name
        case ast.Call(func=ast.Name(id=name)) if name == _LENGTH:
            return
        case ast.Call(func=ast.Attribute(attr=name, value=receiver)):
            yield name
            yield from names(receiver)
        case ast.Call(func=called):
            yield from names(called)
        case ast.Await(value=awaited):
            yield from names(awaited)


MODULES = sorted(path for folder in _FOLDERS for path in (REPOSITORY / folder).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_no_secret_is_compared_letter_by_letter(path: Path) -> None:
    found = list_comparisons(path.read_text(encoding="utf-8"))

    assert [each for each in found if each not in HARMLESS] == []


@pytest.mark.parametrize(
    "source",
    [
        "key.secret == shown",
        "shown != stored_hash",
        "row['code_hash'] == given",
        "a < b == self._access_token",
        "await self.token() == rejected",
        "password.get_secret_value() == other",
        "hash_of(text) == expected",
        "self.secret.encode() == other",
    ],
)
def test_a_comparison_of_a_secret_is_seen(source: str) -> None:
    assert list_comparisons(f"async def f(): return {source}") == [source]


@pytest.mark.parametrize(
    "source",
    [
        "secret is None",
        "token == None",
        "len(secret) != 32",
        "hash_ in known",
        "name == 'me'",
        "tokens.expires_at == NEVER",
    ],
)
def test_other_comparisons_are_not(source: str) -> None:
    assert list_comparisons(source) == []
