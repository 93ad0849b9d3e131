"""What Jira answers oddly costs a bounded number of calls, and no more than what is odd."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support.gateway import Answer, Gateway

SPRINTS = """
{ connection(externalId: "acme") { site { name }
    project(idOrKey: "DO") { key %s { %s } } } }
"""
ALL = SPRINTS % ("sprints", "nodes { sprintId }")
ACTIVE = SPRINTS % ("activeSprints", "sprintId")
Say = Callable[[dict[str, str]], httpx.Response]


def answer_by(gateway: Gateway, path_end: str, say: Say) -> list[dict[str, str]]:
    """Answer the paths that end so by their query parameters, which are told as they come."""
    asked: list[dict[str, str]] = []

    def fault(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(path_end):
            return None
        asked.append(dict(request.url.params))
        assert len(asked) < 50, "the calls do not end"
        return say(asked[-1])

    gateway.transport.faults.append(fault)
    return asked


def a_board(number: int = 1, kind: str = "scrum") -> dict[str, Any]:
    return {"id": number, "name": f"Board {number}", "type": kind}


def a_sprint(number: int = 1) -> dict[str, Any]:
    return {"id": number, "name": f"Sprint {number}", "state": "active", "originBoardId": 1}


def always(*values: dict[str, Any], **envelope: Any) -> Say:
    return lambda _: httpx.Response(200, json={"values": list(values), **envelope})


def refused(_: dict[str, str]) -> httpx.Response:
    return httpx.Response(400, json={"errorMessages": ["Not this one."], "errors": {}})


def check_lost(answer: Answer, field: str, code: str) -> None:
    connection = answer.body["data"]["connection"]
    assert answer.codes == [code]
    assert answer.body["errors"][0]["path"] == ["connection", "project", field]
    assert connection["site"]["name"]


@pytest.mark.parametrize("count", [3, 50, 60], ids=lambda count: f"{count} a page")
@pytest.mark.parametrize("envelope", [{}, {"isLast": False}], ids=["unsaid", "not the last"])
@pytest.mark.parametrize(("field", "query"), [("sprints", ALL), ("activeSprints", ACTIVE)])
async def test_boards_without_end_are_an_error_after_two_calls(
    gateway: Gateway, count: int, envelope: dict[str, Any], field: str, query: str
) -> None:
    same = always(*(a_board(number) for number in range(1, count + 1)), **envelope)
    asked = answer_by(gateway, "/agile/1.0/board", same)

    answer = await gateway.ask(query)

    check_lost(answer, field, "JIRA_INVALID_RESPONSE")
    assert len(asked) == 2


@pytest.mark.parametrize("count", [3, 50], ids=lambda count: f"{count} a page")
async def test_sprints_without_end_are_an_error_after_two_calls(
    gateway: Gateway, count: int
) -> None:
    answer_by(gateway, "/agile/1.0/board", always(a_board(), isLast=True))
    same = always(*(a_sprint(number) for number in range(1, count + 1)))
    asked = answer_by(gateway, "/board/1/sprint", same)

    answer = await gateway.ask(ALL)

    check_lost(answer, "sprints", "JIRA_INVALID_RESPONSE")
    assert len(asked) == 2


async def test_a_refused_scrum_board_is_an_error_and_not_a_board_without_sprints(
    gateway: Gateway,
) -> None:
    answer_by(gateway, "/agile/1.0/board", always(a_board(), isLast=True))
    answer_by(gateway, "/board/1/sprint", refused)

    check_lost(await gateway.ask(ALL), "sprints", "JIRA_VALIDATION")


@pytest.mark.parametrize("kind", ["simple", "circular"])
async def test_a_refused_board_of_another_kind_has_no_sprints(gateway: Gateway, kind: str) -> None:
    answer_by(gateway, "/agile/1.0/board", always(a_board(kind=kind), isLast=True))
    answer_by(gateway, "/board/1/sprint", refused)

    answer = await gateway.ask(ALL)

    assert answer.data["connection"]["project"]["sprints"] == {"nodes": []}


@pytest.mark.parametrize("kind", ["scrum", "simple"])
async def test_a_refusal_of_later_sprints_does_not_hide_that_some_are_missing(
    gateway: Gateway, kind: str
) -> None:
    def refuse_later(asked: dict[str, str]) -> httpx.Response:
        full = always(*(a_sprint(number) for number in range(1, 51)), isLast=False)
        return full(asked) if asked["startAt"] == "0" else refused(asked)

    answer_by(gateway, "/agile/1.0/board", always(a_board(kind=kind), isLast=True))
    answer_by(gateway, "/board/1/sprint", refuse_later)

    check_lost(await gateway.ask(ALL), "sprints", "JIRA_VALIDATION")


async def test_an_odd_date_costs_itself_and_not_the_page(gateway: Gateway) -> None:
    issues = [
        {"id": "1", "key": "TEST-1", "fields": {"duedate": "2026-02-30", "watches": []}},
        {"id": "2", "key": "TEST-2", "fields": {"duedate": "2026-02-28"}},
    ]
    gateway.answer_instead("/search/jql", 200, json={"issues": issues, "isLast": True})

    answer = await gateway.ask_connection("issues { nodes { key dueDate watchCount } }")

    assert answer["issues"]["nodes"] == [
        {"key": "TEST-1", "dueDate": None, "watchCount": None},
        {"key": "TEST-2", "dueDate": "2026-02-28", "watchCount": None},
    ]


async def test_an_odd_instant_that_must_be_there_is_an_error(gateway: Gateway) -> None:
    issue = {"id": "1", "key": "TEST-1", "fields": {"created": "lately"}}
    gateway.answer_instead("/search/jql", 200, json={"issues": [issue], "isLast": True})

    answer = await gateway.ask(
        '{ connection(externalId: "acme") { issues { nodes { created } } } }'
    )

    assert answer.codes == ["JIRA_INVALID_RESPONSE"]
