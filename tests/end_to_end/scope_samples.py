"""Operations, with the calls to Jira that each field of them makes.

Each sample leads through fields of the table of calls, in the order in which they are resolved.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from jira_api.scopes import missing_scopes

GET_PROJECT = "GET /rest/api/3/project/{}"
GET_ISSUE = "GET /rest/api/3/issue/{}"
GET_FIELDS = "GET /rest/api/3/field"
LIST_WAYS = "GET /rest/api/3/issue/{}/transitions"
TAKE_WAY = "POST /rest/api/3/issue/{}/transitions"
LIST_NEW_TYPES = "GET /rest/api/3/issue/createmeta/{}/issuetypes"
GET_SPRINT = "GET /rest/agile/1.0/sprint/{}"
LIST_BOARDS = "GET /rest/agile/1.0/board"
LIST_SPRINTS = "GET /rest/agile/1.0/board/{}/sprint"
LIST_SPRINT_ISSUES = "GET /rest/software/1.0/sprint/{}/issue"
BULK = "POST /rest/api/3/issue/bulk"
FETCH_ISSUES = "POST /rest/api/3/issue/bulkfetch"
SEARCH = "POST /rest/api/3/search/jql"
CHECK = "POST /rest/api/3/permissions/check"
LIST_LINK_TYPES = "GET /rest/api/3/issueLinkType"
LIST_COMMENTS = "GET /rest/api/3/issue/{}/comment"
LIST_WORKLOGS = "GET /rest/api/3/issue/{}/worklog"
FETCH_COMMENTS = "POST /rest/api/3/comment/list"
FETCH_WORKLOGS = "POST /rest/api/3/worklog/list"
SETUP = "GET /rest/agile/1.0/board/{}/configuration"
LIST_BOARD_ISSUES = "GET /rest/software/1.0/board/{}/issue"
LIST_BACKLOG = "GET /rest/software/1.0/board/{}/backlog"
Calls = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Sample:
    """An operation, and the calls that it makes by the field of the table that makes them.

    Words in angle brackets stand for global ids; aliases are a field's name with a digit behind.
    """

    operation: str
    calls: Calls

    def predict(self, granted: Collection[str]) -> set[tuple[str, str, str]]:
        """The failure of the first field that lacks scopes, as `list_failures` tells it."""
        for field, calls in self.calls.items():
            for call in calls:
                lacking = _lacking(call, granted)
                if lacking:
                    return {(field.partition(".")[2], "MISSING_SCOPE", ", ".join(lacking))}
        return set()

    def list_needed(self) -> set[str]:
        return {
            scope for calls in self.calls.values() for call in calls for scope in _lacking(call, ())
        }


def _lacking(call: str, granted: Collection[str]) -> tuple[str, ...]:
    method, _, path = call.partition(" ")
    return missing_scopes(method, path, granted)


def below(selection: str, **calls: str | tuple[str, ...]) -> Sample:
    """Fields below the connection."""
    named = {name.replace("__", "."): each for name, each in calls.items()}
    return Sample(
        f'{{ connection(externalId: "acme") {{ {selection} }} }}',
        {name: (each,) if isinstance(each, str) else each for name, each in named.items()},
    )


def in_project(selection: str, **calls: str | tuple[str, ...]) -> Sample:
    """Fields of a project that a board brought, so that none of the platform's scopes is used."""
    found = f"boards(first: 1) {{ nodes {{ project {{ {selection} }} }} }}"
    return below(found, Connection__boards=LIST_BOARDS, **calls)


def in_board(selection: str, **calls: str | tuple[str, ...]) -> Sample:
    found = f"boards(first: 1) {{ nodes {{ {selection} }} }}"
    return below(found, Connection__boards=LIST_BOARDS, **calls)


def in_sprint(selection: str, **calls: str | tuple[str, ...]) -> Sample:
    return below(f"sprint(sprintId: 1) {{ {selection} }}", Connection__sprint=GET_SPRINT, **calls)


def in_issue(selection: str, **calls: str | tuple[str, ...]) -> Sample:
    """Fields of an issue that a sprint brought."""
    found = f"issues(first: 1) {{ nodes {{ {selection} }} }}"
    return in_sprint(found, Sprint__issues=LIST_SPRINT_ISSUES, **calls)


def in_named(keys: str, selection: str, **calls: str | tuple[str, ...]) -> Sample:
    """Fields of the sprint's issues of these keys."""
    named = ", ".join(f'"{key}"' for key in keys.split())
    found = f"issues(filter: {{ idsOrKeys: [{named}] }}) {{ nodes {{ {selection} }} }}"
    return in_sprint(found, Sprint__issues=LIST_SPRINT_ISSUES, **calls)


def of_node(name: str, call: str) -> dict[str, Sample]:
    selection = "{ __typename id }"
    return {
        f"node of {name}": Sample(
            f'{{ node(id: "<{name}>") {selection} }}', {"Query.node": (call,)}
        ),
        f"nodes of {name}": Sample(
            f'{{ nodes(ids: ["<{name}>"]) {selection} }}', {"Query.nodes": (call,)}
        ),
    }


def changing(field: str, change: str, *calls: str, **more: str) -> Sample:
    """A change of the connection, with what is asked of its payload."""
    given, _, payload = change.partition(" -> ")
    operation = (
        f'mutation {{ {field}(input: {{ connection: {{ externalId: "acme" }} {given} }}) '
        f"{{ {payload} errors {{ code ... on MissingScopeError {{ scopes }} }} }} }}"
    )
    named = {name.replace("__", "."): (each,) for name, each in more.items()}
    return Sample(operation, {f"Mutation.{field}": calls, **named})


def repeating(field: str, change: str, *calls: str) -> Sample:
    """A change that is made once, and asked for again under its key."""
    given = f'connection: {{ externalId: "acme" }} {change} idempotencyKey: "{field}"'
    errors = "{ errors { code ... on MissingScopeError { scopes } } }"
    operation = f"{field}(input: {{ {given} }}) {errors}"
    return Sample(f"mutation {{ {operation} {field}2: {operation} }}", {f"Mutation.{field}": calls})
