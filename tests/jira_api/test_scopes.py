import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import jira_api
from jira_api.scopes import NEEDED_SCOPES, missing_scopes
from tests.sandbox.visitors import find_shared

METHODS = {
    "get": "GET",
    "open": "GET",
    "upload": "POST",
    "read_page": "GET",
    "find_page": "GET",
    "read_named_page": "GET",
    "put_and_read": "PUT",
    "post": "POST",
    "post_query": "POST",
    "post_again": "POST",
    "post_change": "POST",
    "put": "PUT",
    "delete": "DELETE",
}
WITH_A_PATH = {"list_issues_below": "GET", "_count": "GET"}
"""Functions that ask for a path which their caller names."""
DOCUMENTS = ("jira-platform-v3.json", "jira-software.json")


def iter_calls() -> Iterator[tuple[str, str]]:
    """Method and path template of each function of an endpoint, as they stand in the source."""
    for path in Path(jira_api.__path__[0]).glob("*.py"):
        if path.stem in {"scopes", "data_center"}:  # Data Center knows no scopes
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = dict(iter_constants(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
                templates = set(iter_templates(node, constants))
                methods = set(iter_methods(node)) if templates else set()
                assert len(templates) == len(methods), f"{path.name}: {node.name}"
                yield from zip(methods, templates, strict=True)


def iter_constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            yield from ((ast.unparse(target), str(node.value.value)) for target in node.targets)


def iter_templates(function: ast.AST, constants: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(function):
        text = None
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.Name):
            text = constants.get(node.id)
        if text is not None and text.startswith("/rest/"):
            yield text


def iter_methods(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in WITH_A_PATH:
                yield WITH_A_PATH[name]
            owner, _, verb = name.rpartition(".")
            is_call = owner in {"session", "file_session"} or verb.endswith("_page")
            if verb in METHODS and is_call:
                yield METHODS[verb]


def test_every_call_has_a_row_and_no_row_is_dead() -> None:
    assert set(iter_calls()) == set(NEEDED_SCOPES)


@cache
def read_operations() -> dict[tuple[str, str], Any]:
    """The operations of Atlassian's documents, by method and template."""
    return {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path)): operation
        for name in DOCUMENTS
        for path, operations in json.loads(
            find_shared("jira-openapi", name).read_text(encoding="utf-8")
        )["paths"].items()
        for method, operation in operations.items()
    }


def read_notice(operation: dict[str, Any]) -> set[str]:
    """The classic scope that a notice of 2024 names, where the operation's list names none."""
    notice = r"updated on June 15, 2024.*?\*\*Classic\*\*: `([^`]+)`"
    named = re.search(notice, operation["description"], re.DOTALL)
    return {named[1]} if named else set()


@pytest.mark.parametrize("row", NEEDED_SCOPES, ids=" ".join)
def test_a_row_names_the_scopes_of_the_documents(row: tuple[str, str]) -> None:
    operation, needed = read_operations()[row], NEEDED_SCOPES[row]

    by_state = {
        each["state"]: set(each["scopes"])
        for each in operation.get("x-atlassian-oauth2-scopes") or ()
    }
    of_security = [set(each["OAuth2"]) for each in operation["security"] if "OAuth2" in each]

    if by_state:
        classic = by_state["Current"] or read_notice(operation)
        assert (set(needed.classic), set(needed.granular)) == (classic, by_state["Beta"])
    else:
        assert (needed.classic, of_security) == ((), [set(needed.granular)])


@pytest.mark.parametrize("row", NEEDED_SCOPES, ids=" ".join)
def test_either_kind_of_scopes_opens_a_call(row: tuple[str, str]) -> None:
    method, template = row
    path, needed = template.replace("{}", "12"), NEEDED_SCOPES[row]

    assert needed.granular
    assert missing_scopes(method, path, needed.granular) == ()
    if needed.classic:
        assert missing_scopes(method, path, needed.classic) == ()


CASES = {
    "classic first": ("GET", "/rest/api/3/myself", (), ("read:jira-user",)),
    "another classic one": (
        "PUT",
        "/rest/api/3/issue/A-1",
        ("read:jira-work",),
        ("write:jira-work",),
    ),
    "a part of the granular ones": (
        "GET",
        "/rest/api/3/myself",
        ("read:user:jira", "read:group:jira", "read:avatar:jira"),
        ("read:jira-user",),
    ),
    "granular ones alone": (
        "GET",
        "/rest/agile/1.0/board",
        ("read:jira-work",),
        ("read:board-scope:jira-software", "read:project:jira"),
    ),
    "the rest of the granular ones": (
        "GET",
        "/rest/software/1.0/sprint/7/issue",
        ("read:sprint:jira-software", "read:jql:jira"),
        ("read:issue-details:jira",),
    ),
    "words beside gaps": ("GET", "/rest/api/3/project/search", (), ("read:jira-work",)),
    "an unknown method": ("PATCH", "/rest/api/3/issue/A-1", (), ()),
    "an unknown path": ("GET", "/rest/api/3/issue/A-1/nothing", (), ()),
    "a path with a slash too many": ("GET", "/rest/api/3/issue/", (), ()),
}


@pytest.mark.parametrize(("method", "path", "granted", "missing"), CASES.values(), ids=CASES)
def test_what_a_call_lacks_is_named(
    method: str, path: str, granted: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    assert missing_scopes(method, path, granted) == missing
