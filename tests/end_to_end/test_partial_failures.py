"""Five fields that each need a call of their own, in every combination of failures.

The oracle below knows GraphQL and Jira's refusals, and nothing of Juncture's code: what each field
answers when well was written down beforehand, and what each failure comes to stands in a table.
"""

import json
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import httpx
import pytest

from sandbox.builders import SiteBuilder
from tests.support.gateway import Answer, Gateway

QUERY = """
{
  connection(externalId: "acme") {
    externalId
    project(idOrKey: "TEST") { key description }
    boards { nodes { name } }
    users(query: "ada") { nodes { displayName } }
    priorities { name }
    issues { nodes { key summary permissions { canEdit canDelete } } }
  }
}
"""


@dataclass(frozen=True)
class Field:
    """A field with a call of its own: where in the answer it lies, and its value when all is well.

    `finds` tells that it looks something up, so that nothing found is no error.
    """

    path: tuple[str | int, ...]
    call: str
    value: Any
    finds: bool = False


FIELDS = (
    Field(
        ("connection", "project"),
        "/rest/api/3/project/TEST",
        {"key": "TEST", "description": "About tests"},
        finds=True,
    ),
    Field(("connection", "boards"), "/rest/agile/1.0/board", {"nodes": [{"name": "Here"}]}),
    Field(
        ("connection", "users"),
        "/rest/api/3/user/search",
        {"nodes": [{"displayName": "Ada Lovelace"}]},
    ),
    Field(
        ("connection", "priorities"),
        "/rest/api/3/priority",
        [{"name": name} for name in ("Highest", "High", "Medium", "Low", "Lowest")],
    ),
    Field(
        ("connection", "issues", "nodes", 0, "permissions"),
        "/rest/api/3/permissions/check",
        {"canEdit": True, "canDelete": False},
    ),
)


@dataclass(frozen=True)
class Kind:
    """A way for a call to fail, and what an error tells of it; status 0 cuts the connection."""

    status: int
    code: str
    message: str
    told: tuple[tuple[str, Any], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.status == 0:
            raise httpx.ReadError("cut", request=request)
        body = {"errorMessages": ["In Jira's words."], "errors": {}}
        return httpx.Response(self.status, json=body, headers=dict(self.headers))


KINDS = (
    Kind(500, "JIRA_UNAVAILABLE", "Jira answered 500.", (("jiraStatus", 500),)),
    Kind(403, "FORBIDDEN", "In Jira's words.", (("jiraStatus", 403),)),
    Kind(404, "NOT_FOUND", "In Jira's words.", (("jiraStatus", 404),)),
    Kind(
        429,
        "RATE_LIMITED",
        "Jira's rate limit is reached; it asks to wait 900 s.",
        (("jiraStatus", 429), ("retryAfterSeconds", 900)),
        (("Retry-After", "900"),),
    ),
    Kind(0, "JIRA_UNAVAILABLE", "The connection to Atlassian broke before it had answered."),
)
NOT_FOUND = KINDS[2]


def list_cases() -> list[tuple[int, dict[int, Kind]]]:
    """Every combination, with the kinds spread so that each field meets each of them."""
    failing = [
        [number for number, fails in enumerate(each) if fails]
        for each in product([False, True], repeat=len(FIELDS))
    ]
    return [
        (case, {number: KINDS[(case + 2 * number) % len(KINDS)] for number in numbers})
        for case, numbers in enumerate(failing)
    ]


def expect(failures: dict[int, Kind]) -> tuple[Any, list[Any]]:
    """The data and the errors that an answer must have, by path."""
    data: dict[str, Any] = {
        "connection": {
            "externalId": "acme",
            "issues": {"nodes": [{"key": "TEST-1", "summary": "Here"}]},
        }
    }
    errors = []
    for number, field in enumerate(FIELDS):
        kind = failures.get(number)
        *above, name = field.path
        place: Any = data
        for step in above:
            place = place[step]
        place[name] = field.value if kind is None else None
        if kind is not None and not (field.finds and kind is NOT_FOUND):
            told = {"code": kind.code, **dict(kind.told)}
            errors.append({"path": list(field.path), "message": kind.message, "extensions": told})
    return data, errors


def read_errors(answer: Answer) -> list[Any]:
    """The errors without what differs from one run to the next."""
    read = []
    for error in answer.body.get("errors", []):
        extensions = dict(error["extensions"])
        assert extensions.pop("requestId") == answer.headers["X-Request-Id"]
        read.append({"path": error["path"], "message": error["message"], "extensions": extensions})
    return sorted(read, key=lambda each: json.dumps(each["path"]))


def by_path(errors: list[Any]) -> list[Any]:
    return sorted(errors, key=lambda each: json.dumps(each["path"]))


@pytest.fixture
def site(site: SiteBuilder) -> SiteBuilder:
    """One thing of each kind that is asked for."""
    project = site.add_project("TEST", description="About tests")
    site.add_board(project, name="Here")
    site.add_user("Ada Lovelace")
    site.withhold(site.add_issue(project, summary="Here"), "DELETE_ISSUES")
    return site


async def test_every_combination_of_failures_answers_as_the_oracle_says(
    built_once: Gateway, site: SiteBuilder
) -> None:
    seen = set()
    for case, failures in list_cases():
        built_once.transport.faults[:] = [partial(answer_for, failures)]

        answer = await built_once.ask(QUERY)

        data, errors = expect(failures)
        assert answer.status == 200, case
        assert answer.body["data"] == data, (case, failures)
        assert read_errors(answer) == by_path(errors), (case, failures)
        assert ("errors" in answer.body) == bool(errors), case
        seen |= {(number, kind.status) for number, kind in failures.items()}
    assert len(seen) == len(FIELDS) * len(KINDS)


def answer_for(failures: dict[int, Kind], request: httpx.Request) -> httpx.Response | None:
    for number, kind in failures.items():
        if request.url.path.endswith(FIELDS[number].call):
            return kind.answer(request)
    return None


async def test_every_field_makes_the_call_that_it_is_said_to(
    built_once: Gateway, site: SiteBuilder
) -> None:
    await built_once.ask(QUERY)

    made = {call.partition(" ")[2] for call in built_once.calls()}
    assert made == {field.call for field in FIELDS} | {"/rest/api/3/search/jql"}
