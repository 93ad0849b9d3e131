"""Where Jira's answers arrive: what is asked there, and what is lost where they are none."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from tests.support.gateway import Answer, Gateway

Respond = Callable[[], httpx.Response]
ITEM = {"id": "1", "key": "SHOP-1", "name": "One", "state": "active", "type": "scrum"}
"""Enough of anything that Jira lists."""


@dataclass(frozen=True)
class Place:
    """Something to ask for, the end of the path that it calls, and which fields that fails."""

    asked: str
    path_end: str
    failing: tuple[str, ...]
    is_look_up: bool = False


PLACES = {
    "issue": Place('issue(idOrKey: "SHOP-1") { summary }', "/issue/SHOP-1", ("issue",), True),
    "two issues": Place(
        'a: issue(idOrKey: "SHOP-1") { summary } b: issue(idOrKey: "SHOP-2") { summary }',
        "/issue/bulkfetch",
        ("a", "b"),
    ),
    "issues": Place("issues { nodes { summary } }", "/search/jql", ("issues",)),
    "count": Place(
        "issues { nodes { key } approximateCount }",
        "/search/approximate-count",
        ("issues.approximateCount",),
    ),
    "projects": Place("projects { nodes { key } }", "/project/search", ("projects",)),
    "project": Place('project(idOrKey: "SHOP") { name }', "/project/SHOP", ("project",), True),
    "boards": Place("boards { nodes { name } }", "/agile/1.0/board", ("boards",)),
    "board": Place('board(boardId: "1") { name }', "/agile/1.0/board/1", ("board",), True),
    "sprints": Place(
        'board(boardId: "1") { name sprints { nodes { name } } }',
        "/board/1/sprint",
        ("board.sprints",),
    ),
    "sprint's issues": Place(
        'sprint(sprintId: "1") { name issues { nodes { summary } } }',
        "/sprint/1/issue",
        ("sprint.issues",),
    ),
    "fields": Place("fields { fieldId }", "/rest/api/3/field", ("fields",)),
}


def respond_by(gateway: Gateway, path_end: str, respond: Respond) -> Counter[str]:
    """Answer the paths that end so; which addresses were asked, these and others."""
    asked: Counter[str] = Counter()

    def fault(request: httpx.Request) -> httpx.Response | None:
        path = request.url.path
        asked[path_end if path.endswith(path_end) else str(request.url)] += 1
        assert asked[path_end] < 50, "the calls do not end"
        return respond() if path.endswith(path_end) else None

    gateway.transport.faults.append(fault)
    return asked


async def ask_beside(gateway: Gateway, place: Place) -> Answer:
    """The place's fields beside two that have nothing to do with them."""
    return await gateway.ask(
        '{ connection(externalId: "acme") { site { name } '
        f"myself {{ displayName }} {place.asked} }} }}"
    )


def check_lost(answer: Answer, place: Place, code: str) -> None:
    """The failing fields are null with one error each, and everything beside them is there."""
    connection = answer.body["data"]["connection"]
    paths = {".".join(map(str, error["path"][1:])) for error in answer.body["errors"]}
    assert answer.status == 200
    assert set(answer.codes) == {code}
    assert len(answer.codes) == len(place.failing)
    assert paths == set(place.failing)
    assert connection["site"] == {"name": "Acme"}
    assert connection["myself"] == {"displayName": "Sandbox Person"}
    for path in place.failing:
        *above, field = path.split(".")
        parent = connection
        for name in above:
            parent = parent[name]
            assert all(parent[other] for other in parent if other != field)
        assert parent[field] is None


on_every_place = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
"""For rules that no engine could break."""
