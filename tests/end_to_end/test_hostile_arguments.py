"""Whatever stands in an argument: never a 500, never a call for what is malformed, never JQL."""

import json
import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type
from graphql import build_schema as parse_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolvers.errors import ErrorCode
from schema.build import build_schema
from tests.end_to_end.worlds import a_site
from tests.jira_api.jql_reader import find_closing_bracket, read_jql
from tests.support.gateway import JUNCTURE, Answer, Backend, Gateway, open_gateway
from tests.support.hostile import (
    FORMS,
    JQL_VALUES,
    ONE_MEBIBYTE,
    Place,
    find_form,
    generate_values,
    list_places,
    list_required,
    list_values,
    write_literal,
)

# Ways that other tests cover are gone once for each of many values: tracing would double the time.
pytestmark = [pytest.mark.parametrize("dialect", ["sqlite"]), pytest.mark.untraced]
# Read from its text, for strawberry does not tell the library which inputs are @oneOf.
_SCHEMA: GraphQLSchema = parse_schema(build_schema(has_introspection=True).as_str())
PLACES = list_places(_SCHEMA)
FIELDS = {
    name: [place for place in PLACES if (place.type_name, place.field) == name]
    for name in dict.fromkeys((place.type_name, place.field) for place in PLACES)
}
# An argument that several types have alike gets all values on one of them, a sample on the others.
THOROUGH = {
    (each.names, str(each.argument.type)): each
    for each in sorted(PLACES, key=lambda place: place.type_name == "Connection")
}.values()
# What no argument can bring about while Jira, the database and the grant are well.
_UNEXPECTED = {
    ErrorCode.INTERNAL,
    ErrorCode.JIRA_UNAVAILABLE,
    ErrorCode.JIRA_INVALID_RESPONSE,
    ErrorCode.STORAGE_UNAVAILABLE,
    ErrorCode.CREDENTIAL_UNREADABLE,
    ErrorCode.DEADLINE_EXCEEDED,
    ErrorCode.NEEDS_REAUTHORIZATION,
    ErrorCode.OUTCOME_UNKNOWN,
    ErrorCode.OVERLOADED,
    ErrorCode.UNAUTHENTICATED,
}
_REFUSALS = {"BAD_USER_INPUT", "BAD_REQUEST", "GRAPHQL_PARSE_FAILED", "QUERY_TOO_COMPLEX"}
_EXPECTED = {code.value for code in set(ErrorCode) - _UNEXPECTED}
_PATHS = re.compile(
    r"(GET|POST|PUT|DELETE) /rest/(api/3|agile/1\.0|software/1\.0)"
    r"(/[a-z]+([A-Z][a-z]+)*|/approximate-count|/[1-9][0-9]{0,18}"
    r"|/[A-Z][A-Z0-9_]{1,254}(-[1-9][0-9]{0,18})?)+"
)
# A custom field's name is known for good or bad once the site's fields are; its issue stays well.
_FIELDS = "GET /rest/api/3/field"
_WAYS = "GET /rest/api/3/issue/SHOP-1/transitions"
READ_ALL_THE_SAME = {
    "idOrName": {_FIELDS, "GET /rest/api/3/issue/10000"},
    "field": {_FIELDS},
    "value": {_FIELDS, _WAYS},
    "type.name": {"GET /rest/api/3/issueLinkType"},
    # Which transitions there are is known once the issue was asked.
    "transition.id": {_WAYS},
    "transition.name": {_WAYS},
    "resolution.id": {_WAYS},
    "resolution.name": {_WAYS},
}
# What lies above a place is read first, where what is wrong with its value shows in Jira alone.
_PARENTS = {
    "Project": {"GET /rest/api/3/project/10000"},
    "Board": {"GET /rest/agile/1.0/board/1"},
    "Sprint": {"GET /rest/agile/1.0/sprint/1"},
}
VALID: dict[str, Any] = {
    # What may be null and may not be left out.
    "always": ("connection", "project", "metadata", "accountId"),
    "externalId": "acme",
    "connection": {"externalId": "acme"},
    "project": {"key": "SHOP"},
    "issue": "SHOP-1",
    "issueType": {"name": "Task"},
    "from": "SHOP-1",
    "to": "SHOP-1",
    "type": {"name": "Blocks"},
    "linkId": "10000",
    "boardId": "1",
    "sprintId": "1",
    "siteUrl": "https://127.0.0.1",
    "idOrName": "Story Points",
    "issueTypeId": "10002",
    "transition": {"name": "Again"},
    "accountId": "5b10a2844c20165700ede21f",
    "commentId": "10000",
    "worklogId": "10000",
    "timeSpentSeconds": 60,
}


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    """A site with one thing of each kind, with the external id `acme` linked to it."""
    world, site = a_site()
    project = site.add_project("SHOP")
    sprint = site.add_sprint(site.add_board(project, kind="scrum"), state="active")
    issue = site.add_issue(project, summary="Here", sprints=[sprint])
    site.add_comment(issue, "Here")
    site.add_worklog(issue, 60)
    site.add_transition(project, "Again", to="To Do")
    async with open_gateway(world, **backend) as gateway:
        await gateway.connect()
        gateway.forget_calls()
        yield gateway


@pytest.fixture
async def ids(gateway: Gateway) -> Mapping[str, str]:
    """The global id of something of each type that has fields with arguments."""
    found = await gateway.ask_connection(
        "id projects(first: 1) { nodes { id } } issues(first: 1) { nodes { id } } "
        "boards(first: 1) { nodes { id sprints { nodes { id } } } }"
    )
    board = found["boards"]["nodes"][0]
    return {
        "Connection": found["id"],
        "Project": found["projects"]["nodes"][0]["id"],
        "Issue": found["issues"]["nodes"][0]["id"],
        "Board": board["id"],
        "Sprint": board["sprints"]["nodes"][0]["id"],
    }


def write_query(place: Place, ids: Mapping[str, str], argument: str) -> str:
    """A selection that leads to a place, with an argument that is written already."""
    required = list_required(_SCHEMA, place, VALID)
    others = "".join(f"{name}: {json.dumps(value)}, " for name, value in required.items())
    field = f"{place.field}({others}{place.names[0]}: {argument})"
    if place.type_name == "Mutation":
        told = "errors { code message }"
        each = f" results {{ {told} }}" if place.field == "createIssues" else ""
        return f"{{ {field} {{ __typename {told}{each} }} }}"
    above = _SCHEMA.type_map[place.type_name]
    assert isinstance(above, GraphQLObjectType)
    is_leaf = is_leaf_type(get_named_type(above.fields[place.field].type))
    field += "" if is_leaf else " { __typename }"
    if place.type_name == "Query":
        return f"{{ {field} }}"
    node = json.dumps(ids[place.type_name])
    inner = f"id ... on {place.type_name} {{ {field} }}"
    return f"{{ node(id: {node}) {{ {inner} }} }}"


async def attack(
    gateway: Gateway, ids: Mapping[str, str], place: Place, value: Any, *, is_literal: bool = False
) -> Answer:
    """What comes of a value in a place, which is never worse than an error of its own."""
    kind = "mutation" if place.type_name == "Mutation" else "query"
    whole = place.wrap(value, VALID)
    body: dict[str, Any]
    if is_literal:
        literal = write_literal(place.argument.type, whole)
        body = {"query": f"{kind} {write_query(place, ids, literal)}"}
    else:
        query = write_query(place, ids, "$hostile")
        head = f"{kind}($hostile: {place.argument.type})"
        body = {"query": f"{head} {query}", "variables": {"hostile": whole}}
    gateway.forget_calls()
    response = await gateway.http.post(
        f"{JUNCTURE}/graphql",
        content=json.dumps(body),
        headers={"Authorization": f"Bearer {gateway.key}", "Content-Type": "application/json"},
    )
    answer = Answer(response.status_code, response.json(), response.headers)
    check_answer(gateway, place, value, answer)
    return answer


def check_answer(gateway: Gateway, place: Place, value: Any, answer: Answer) -> None:
    """The rules for every value, whatever it is."""
    told = (str(place), str(value)[:80], answer.body)
    codes, calls = list_codes(answer), gateway.calls()
    assert answer.status in {200, 400, 413}, told
    assert codes <= _EXPECTED, told
    assert answer.status == 200 or calls == [], told
    if "BAD_USER_INPUT" in codes:
        assert set(calls) <= find_reads(place), told
    for call in gateway.sandbox.calls.calls:
        assert _PATHS.fullmatch(f"{call.method} {call.path}"), told
        is_raw = place.name == "jql" and isinstance(value, str)
        check = check_raw_jql if is_raw else check_jql
        check(call.query.get("jql", [None])[0])
        check(call.body.get("jql") if isinstance(call.body, dict) else None)


def list_codes(answer: Answer) -> set[str]:
    """The codes at the top level, in payloads and in the results of single elements."""
    codes = set(answer.codes)
    for payload in (answer.body.get("data") or {}).values():
        if isinstance(payload, dict):
            for part in (payload, *payload.get("results", ())):
                codes |= {each["code"] for each in part.get("errors", [])}
    return codes


def check_jql(jql: str | None) -> None:
    if jql is not None:
        has_order = re.search(r'ORDER BY [^"]*$', jql) is not None
        read_jql(jql if has_order else f"{jql} ORDER BY key ASC")


def check_raw_jql(jql: str | None) -> None:
    """A caller's own words stay within their brackets; what they say is the caller's affair."""
    if jql is None:
        return
    first = find_closing_bracket(jql, 0)
    assert jql[first:].startswith(") AND ("), jql
    second = find_closing_bracket(jql, first + len(") AND "))
    assert jql[second + 1 :].startswith(" ORDER BY ") or jql[second + 1 :] == "", jql


def find_reads(place: Place) -> set[str]:
    """The calls that a place's value may cost although it is refused."""
    named = ".".join(place.names[-2:])
    reads = READ_ALL_THE_SAME.get(named) or READ_ALL_THE_SAME.get(place.name, set())
    if place.names[:2] == ("filter", "customFields"):
        reads = reads | {_FIELDS}
    return reads | _PARENTS.get(place.type_name, set()) if reads else reads


def is_malformed(place: Place, value: Any) -> bool:
    """Whether a text, or one of a list of texts, has another form than its place asks for."""
    has_form = find_form(place)
    values = value if place.is_list and isinstance(value, list) else [value]
    if has_form is None or not all(isinstance(each, str) for each in values):
        return False
    return not all(has_form(each) for each in values)


def check_form(gateway: Gateway, place: Place, value: Any, answer: Answer) -> None:
    """What is malformed is told as such, before any call; what has the form asked for is not."""
    told = (str(place), str(value)[:80], answer.body)
    codes = list_codes(answer)
    if is_malformed(place, value):
        assert codes & _REFUSALS, told
        assert _FIELDS not in gateway.calls(), told
    elif find_form(place) and isinstance(value, str) and not find_reads(place):
        assert not codes & _REFUSALS, told


def check_log(caplog: pytest.LogCaptureFixture) -> None:
    """One line an event, and nothing that nobody foresaw."""
    for record in caplog.records:
        assert record.levelno < logging.ERROR, record.getMessage()
        assert record.getMessage().isprintable()
    caplog.clear()


def find_stride(place: Place) -> int:
    """Every how many values are tried: a filter is read by one reader, wherever it stands."""
    if place in THOROUGH:
        return 1
    return 24 if place.names[0] == "filter" else 8


@pytest.mark.parametrize("places", FIELDS.values(), ids=map(".".join, FIELDS))
async def test_hostile_values_are_refused_or_data(
    gateway: Gateway,
    ids: Mapping[str, str],
    places: Sequence[Place],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for place in places:
        for value in list_values(place)[:: find_stride(place)]:
            answer = await attack(gateway, ids, place, value)
            check_form(gateway, place, value, answer)
            check_log(caplog)


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    # By their numbers: Hypothesis writes out what it chooses from, which is long here.
    place_and_value=st.integers(0, len(PLACES) - 1).flatmap(
        lambda number: st.tuples(st.just(PLACES[number]), generate_values(PLACES[number]))
    ),
    is_literal=st.booleans(),
)
async def test_made_up_values_are_refused_or_data(
    gateway: Gateway,
    ids: Mapping[str, str],
    caplog: pytest.LogCaptureFixture,
    place_and_value: tuple[Place, Any],
    *,
    is_literal: bool,
) -> None:
    place, value = place_and_value

    answer = await attack(gateway, ids, place, value, is_literal=is_literal)

    check_form(gateway, place, value, answer)
    check_log(caplog)


@pytest.mark.parametrize("value", [*JQL_VALUES, "a" * 1_000, "\u202ertl", "e\u0301"])
async def test_a_value_of_a_filter_is_one_value_of_its_clause(gateway: Gateway, value: str) -> None:
    for place in PLACES:
        has_form = find_form(place)
        is_in_filter = place.type_name == "Connection" and place.names[0] == "filter"
        is_plain = has_form is not None and has_form("harm less")
        if is_in_filter and is_plain and place.name != "text":
            conditions = [
                await find_condition(gateway, place.name, [each]) for each in ("harm less", value)
            ]
            assert conditions[1] == swap(conditions[0], "harm less", value)


async def find_condition(gateway: Gateway, part: str, values: list[str]) -> Any:
    """What Jira was asked for, read back by a reader that shares no code with the writer."""
    gateway.forget_calls()
    await gateway.ask(
        'query($filter: IssueFilter!) { connection(externalId: "acme") '
        "{ issues(filter: $filter) { nodes { key } } } }",
        {"filter": {part: values}},
    )
    (call,) = gateway.sandbox.calls.calls
    condition, _ = read_jql(call.body["jql"])
    return condition


def swap(condition: Any, old: str, new: str) -> Any:
    """The same condition with another quoted value."""
    if condition == ("text", old):
        return ("text", new)
    if isinstance(condition, tuple | list):
        return type(condition)(swap(each, old, new) for each in condition)
    return condition


@pytest.mark.parametrize("type_name", sorted({place.type_name for place in PLACES}))
async def test_a_mebibyte_of_text_is_too_large_for_a_request(
    gateway: Gateway, ids: Mapping[str, str], type_name: str
) -> None:
    place = next(each for each in PLACES if each.type_name == type_name)

    answer = await attack(gateway, ids, place, ONE_MEBIBYTE)

    assert answer.status == 413
    assert answer.codes == ["PAYLOAD_TOO_LARGE"]


def test_every_form_is_that_of_an_argument_which_exists(dialect: str) -> None:
    met = {id(form) for place in PLACES if (form := find_form(place)) is not None}

    assert met == {id(form) for form in FORMS.values()}


def test_every_type_with_arguments_is_reached(dialect: str) -> None:
    reached = {"Query", "Mutation", "Connection", "Project", "Board", "Sprint", "Issue"}

    assert {place.type_name for place in PLACES} == reached


@pytest.mark.parametrize(
    ("depth", "status"), [(190, 200), (300, 200), (450, 200), (470, 200), (490, 200), (5_000, 400)]
)
async def test_json_that_nests_too_deep_is_refused_without_a_call(
    gateway: Gateway, depth: int, status: int
) -> None:
    query = (
        'mutation($adf: JSON!) { updateIssue(input: { connection: { externalId: "acme" }, '
        'issue: "SHOP-1", description: { adf: $adf } }) { errors { code message } } }'
    )
    nested = '{"type": "doc", "version": 1, "content": ' + "[" * depth + "]" * depth + "}"

    response = await gateway.http.post(
        f"{JUNCTURE}/graphql",
        content=f'{{"query": {json.dumps(query)}, "variables": {{"adf": {nested}}}}}',
        headers={"Authorization": f"Bearer {gateway.key}", "Content-Type": "application/json"},
    )

    answer = Answer(response.status_code, response.json(), response.headers)
    assert answer.status == status
    assert list_codes(answer) in ({"BAD_USER_INPUT"}, {"BAD_REQUEST"})
    assert gateway.calls() == []
