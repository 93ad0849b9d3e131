"""docs/scopes.md says what the tables say."""

import re

import pytest

from jira_api.scopes import NEEDED_SCOPES, OFFLINE_ACCESS
from schema.needed_calls import group_lacking, name_fields
from server.settings import DEFAULT_SCOPES
from tests.support.servers import REPOSITORY

ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (REPOSITORY / "docs" / "scopes.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| `")
]
BY_SCOPE = {cells[0].strip("`"): cells[1] for cells in ROWS if len(cells) == 2}
BY_CALL = {cells[0].strip("`"): cells[1:] for cells in ROWS if len(cells) == 3}


def test_the_scopes_are_the_default_ones_in_their_order() -> None:
    assert tuple(BY_SCOPE) == DEFAULT_SCOPES


@pytest.mark.parametrize("scope", [scope for scope in DEFAULT_SCOPES if scope != OFFLINE_ACCESS])
def test_a_scope_stands_with_the_fields_that_fail_without_it(scope: str) -> None:
    rest = [other for other in DEFAULT_SCOPES if other != scope]

    assert BY_SCOPE[scope] == (name_fields(group_lacking(rest).get(scope, ())) or "none yet")


def test_a_call_stands_with_its_classic_and_granular_scopes() -> None:
    written = {
        call: tuple(tuple(re.findall(r"`(\S+)`", cell)) for cell in cells)
        for call, cells in BY_CALL.items()
    }

    assert written == {
        f"{method} {template}": (needed.classic, needed.granular)
        for (method, template), needed in NEEDED_SCOPES.items()
    }
