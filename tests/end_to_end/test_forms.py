"""What can be set when an issue is made, edited or moved, as Jira tells it."""

from typing import Any

import pytest

from sandbox import catalogue
from sandbox.builders import SiteBuilder
from sandbox.field_builder import KINDS
from sandbox.world import Issue, Project
from tests.support.gateway import Gateway, count_calls

FIELD = "fieldId name isRequired type allowedValues hasDefault"
WAY = "id transitionId name isAvailable to { statusId name category }"


@pytest.fixture
def project(site: SiteBuilder) -> Project:
    return site.add_project("TEST")


@pytest.fixture
def issue(site: SiteBuilder, project: Project) -> Issue:
    return site.add_issue(project)


async def read(gateway: Gateway, selection: str) -> Any:
    return (await gateway.ask_connection(f'issue(idOrKey: "TEST-1") {{ {selection} }}'))["issue"]


@pytest.mark.usefixtures("issue")
async def test_an_issue_tells_what_may_be_edited(built_once: Gateway) -> None:
    found = await read(built_once, f"editFields {{ {FIELD} }}")

    by_id = {each["fieldId"]: each for each in found["editFields"]}
    assert by_id["summary"] == {
        "fieldId": "summary", "name": "Summary", "isRequired": True, "type": "string",
        "allowedValues": None, "hasDefault": False,
    }  # fmt: skip
    platforms = by_id[catalogue.PLATFORMS_FIELD]
    assert platforms["type"] == "array of option"
    assert [each["value"] for each in platforms["allowedValues"]] == ["Web", "iOS", "Android"]
    region = by_id[catalogue.REGION_FIELD]
    assert region["allowedValues"][0]["children"][0]["value"] == "Finland"
    assert built_once.calls() == [
        "GET /rest/api/3/issue/TEST-1", "GET /rest/api/3/issue/10000/editmeta",
    ]  # fmt: skip


async def test_a_project_tells_what_a_new_issue_asks_for(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    types = {entry["name"]: entry["id"] for entry in project.issue_types}
    forms = " ".join(
        f'{alias}: createFields(issueTypeId: "{types[name]}") {{ {FIELD} }}'
        for alias, name in (("task", "Task"), ("subtask", "Sub-task"), ("again", "Task"))
    )

    answer = await built_once.ask_connection(f'project(idOrKey: "TEST") {{ {forms} }}')

    found = answer["project"]
    task, subtask = (
        {each["fieldId"]: each for each in found[alias]} for alias in ("task", "subtask")
    )
    assert task["project"]["isRequired"]
    assert (task["priority"]["hasDefault"], task["summary"]["hasDefault"]) == (True, False)
    assert (task["parent"]["isRequired"], subtask["parent"]["isRequired"]) == (False, True)
    assert found["again"] == found["task"]
    assert sum("createmeta" in call for call in built_once.calls()) == 2


async def test_a_form_of_many_pages_is_whole(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    for number in range(230):
        site.add_field(f"Extra {number}", "string", f"{KINDS}textfield")
    type_id = project.issue_types[1]["id"]

    answer = await built_once.ask_connection(
        f'project(idOrKey: "TEST") {{ createFields(issueTypeId: "{type_id}") {{ fieldId name }} }}'
    )

    found = answer["project"]["createFields"]
    names = {each["name"] for each in found}
    assert {f"Extra {number}" for number in range(230)} <= names
    assert len({each["fieldId"] for each in found}) == len(found)
    assert sum("createmeta" in call for call in built_once.calls()) == 2


@pytest.mark.usefixtures("project")
async def test_a_type_by_its_global_id_will_do_and_another_projects_is_told_in_jiras_words(
    built_once: Gateway,
) -> None:
    answer = await built_once.ask_connection('project(idOrKey: "TEST") { issueTypes { id name } }')
    type_id = answer["project"]["issueTypes"][0]["id"]
    query = (
        'query($id: ID!) { connection(externalId: "acme") { project(idOrKey: "TEST") '
        "{ key createFields(issueTypeId: $id) { fieldId } } } }"
    )

    found = await built_once.ask(query, {"id": type_id})
    unknown = await built_once.ask(query, {"id": "99999"})

    assert found.data["connection"]["project"]["createFields"]
    assert unknown.codes == ["JIRA_VALIDATION"]
    assert unknown.body["data"]["connection"]["project"] == {"key": "TEST", "createFields": None}


@pytest.mark.parametrize("type_id", ["", "Task", "0", "../1", "1/2"])
async def test_what_is_no_issue_type_is_refused_before_any_call(
    built_once: Gateway, type_id: str
) -> None:
    answer = await built_once.ask(
        'query($id: ID!) { connection(externalId: "acme") { project(idOrKey: "TEST") '
        "{ createFields(issueTypeId: $id) { fieldId } } } }",
        {"id": type_id},
    )

    assert answer.codes == ["BAD_USER_INPUT"]
    assert built_once.calls() == []


@pytest.mark.usefixtures("issue")
async def test_an_issue_tells_the_ways_that_are_open(built_once: Gateway) -> None:
    found = await read(built_once, f"transitions {{ {WAY} }}")

    names = [each["name"] for each in found["transitions"]]
    done = found["transitions"][-1]
    assert names == ["In Progress", "In Review", "Done"]
    assert (done["to"]["name"], done["to"]["category"]) == ("Done", "DONE")
    assert all(each["isAvailable"] for each in found["transitions"])
    (call,) = [c for c in built_once.sandbox.calls.calls if c.path.endswith("/transitions")]
    assert "expand" not in call.query


@pytest.mark.usefixtures("issue")
async def test_the_fields_of_the_screens_come_in_the_same_call(built_once: Gateway) -> None:
    found = await read(built_once, f"transitions {{ name fields {{ {FIELD} }} }}")

    screens = {each["name"]: each["fields"] for each in found["transitions"]}
    assert screens["In Progress"] == []
    by_id = {each["fieldId"]: each for each in screens["Done"]}
    assert by_id.keys() == {"resolution", "assignee", "fixVersions"}
    names = [each["name"] for each in by_id["resolution"]["allowedValues"]]
    assert (by_id["resolution"]["type"], names[0]) == ("resolution", "Done")
    assert sum(call.endswith("/transitions") for call in built_once.calls()) == 1


async def test_forms_and_transitions_of_siblings_are_asked_together(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    team = site.add_project("TEAM", is_team_managed=True)
    site.add_issues(project, 10)
    site.add_issues(team, 10)

    page = await built_once.ask_connection(
        "issues { nodes { key transitions { transitionId to { name } } editFields { fieldId } "
        "again: transitions { name } } }"
    )

    # Numbers mean something else in each workflow.
    ids = {
        issue["key"][:4]: {
            each["to"]["name"]: each["transitionId"] for each in issue["transitions"]
        }
        for issue in page["issues"]["nodes"]
    }
    assert ids["TEST"]["Done"] != ids["TEAM"]["Done"]
    assert count_calls(built_once) == {
        "POST /rest/api/3/search/jql": 1, "POST /rest/api/3/issue/bulkfetch": 2,
    }  # fmt: skip


async def test_batches_are_cut_and_screens_are_asked_issue_by_issue(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    site.add_issues(project, 30)

    page = await built_once.ask_connection(
        "issues(first: 30) { nodes { key editFields { fieldId } transitions { name } "
        "screens: transitions { name fields { fieldId } } } }"
    )

    for node in page["issues"]["nodes"]:
        assert [each["name"] for each in node["transitions"]] == [
            each["name"] for each in node["screens"]
        ]
        assert "summary" in {each["fieldId"] for each in node["editFields"]}
    calls = count_calls(built_once)
    assert calls.pop("POST /rest/api/3/search/jql") == 1
    assert calls.pop("POST /rest/api/3/issue/bulkfetch") == 3
    assert calls == {
        f"GET /rest/api/3/issue/{number}/transitions": 1 for number in range(10000, 10030)
    }


@pytest.mark.parametrize("fault", ["refused", "cut"])
async def test_what_a_batch_does_not_tell_each_issue_is_asked_for(
    built_once: Gateway, site: SiteBuilder, project: Project, fault: str
) -> None:
    first, second = site.add_issues(project, 2)
    if fault == "refused":
        built_once.answer_instead("/issue/bulkfetch", 403, json={"errorMessages": ["No."]})
    else:
        cut = {
            "id": str(first.id),
            "key": first.key,
            "transitions": [{}],
            "editmeta": {"fields": 5},
        }
        built_once.answer_instead("/issue/bulkfetch", 200, json={"issues": [cut]})

    page = await built_once.ask_connection(
        "issues { nodes { transitions { name } editFields { fieldId } } }"
    )

    assert all(
        len(node["transitions"]) == 3 and node["editFields"] for node in page["issues"]["nodes"]
    )
    calls = built_once.calls()
    assert {f"GET /rest/api/3/issue/{each.id}/editmeta" for each in (first, second)} <= {*calls}


async def test_where_the_batch_fails_no_issues_form_is_asked_by_itself(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    site.add_issues(project, 3)
    built_once.answer_instead("/issue/bulkfetch", 500)

    answer = await built_once.ask(
        '{ connection(externalId: "acme") { issues { nodes { key transitions { name } } } } }'
    )

    assert answer.codes == ["JIRA_UNAVAILABLE"] * 3
    assert built_once.calls() == ["POST /rest/api/3/search/jql"]


@pytest.mark.usefixtures("issue")
async def test_a_transition_is_found_again_by_its_global_id_while_it_is_open(
    built_once: Gateway, site: SiteBuilder
) -> None:
    found = await read(built_once, f"transitions {{ {WAY} fields {{ fieldId }} }}")
    done = found["transitions"][-1]
    whole = f"... on Transition {{ {WAY} fields {{ fieldId }} }}"
    query = f"query($id: ID!) {{ node(id: $id) {{ {whole} }} }}"

    again = (await built_once.ask(query, {"id": done["id"]})).data["node"]
    await built_once.ask(
        "mutation($input: TransitionIssueInput!) { transitionIssue(input: $input) "
        "{ errors { message } } }",
        {"input": {"issue": "TEST-1", "transition": {"id": done["id"]}}},
    )
    closed = (await built_once.ask(query, {"id": done["id"]})).data["node"]
    site.data.drop(10000)
    gone = (await built_once.ask(query, {"id": done["id"]})).data["node"]

    assert again == done
    assert (closed, gone) == (None, None)


@pytest.mark.usefixtures("issue")
async def test_a_form_that_cannot_be_read_leaves_the_issue_well(built_once: Gateway) -> None:
    built_once.answer_instead("/editmeta", 403, json={"errorMessages": ["No."]})
    built_once.answer_instead("/transitions", 500)

    answer = await built_once.ask(
        '{ connection(externalId: "acme") { issue(idOrKey: "TEST-1") '
        "{ key editFields { name } transitions { name } } } }"
    )

    assert sorted(answer.codes) == ["FORBIDDEN", "JIRA_UNAVAILABLE"]
    assert answer.body["data"]["connection"]["issue"] == {
        "key": "TEST-1", "editFields": None, "transitions": None,
    }  # fmt: skip


@pytest.mark.usefixtures("issue")
async def test_little_is_enough_for_a_field_or_a_transition(built_once: Gateway) -> None:
    odd = {
        "customfield_1": {},
        "customfield_2": {"name": 5, "required": "yes", "schema": [], "allowedValues": {}},
        "customfield_3": {"name": "Words", "schema": {"type": "array", "items": "string"}},
    }
    way = {"id": 5, "name": "Go", "to": {"id": "3", "name": "There"}, "fields": odd}
    built_once.answer_instead("/editmeta", 200, json={"fields": odd})
    built_once.answer_instead("/transitions", 200, json={"transitions": [way]})

    found = await read(
        built_once, f"editFields {{ {FIELD} }} transitions {{ {WAY} fields {{ {FIELD} }} }}"
    )

    told = [(each["name"], each["type"], each["isRequired"]) for each in found["editFields"]]
    assert told == [
        ("customfield_1", "any", False), ("5", "any", False), ("Words", "array of string", False),
    ]  # fmt: skip
    assert all(each["allowedValues"] is None for each in found["editFields"])
    (told_way,) = found["transitions"]
    assert told_way["fields"] == found["editFields"]
    assert (told_way["isAvailable"], told_way["to"]["category"]) == (True, "UNKNOWN")
