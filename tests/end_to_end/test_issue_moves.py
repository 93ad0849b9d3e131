"""Issues moved along their workflow by id or name, and given to people."""

from typing import Any

import httpx
import pytest

from sandbox import catalogue
from sandbox.builders import SiteBuilder
from sandbox.world import Issue, Project
from tests.support.gateway import Answer, Gateway, SendOn

PAYLOAD = """
  issue { key status { name } resolution { name } assignee { accountId } }
  errors { code message path ... on FieldError { fieldId fieldName } }
"""
MOVE = f"""
mutation Move($input: TransitionIssueInput!) {{ transitionIssue(input: $input) {{ {PAYLOAD} }} }}
"""
ASSIGN = f"""
mutation Assign($input: AssignIssueInput!) {{ assignIssue(input: $input) {{ {PAYLOAD} }} }}
"""
ACME = {"externalId": "acme"}
POST = "POST /rest/api/3/issue/TEST-1/transitions"


@pytest.fixture
def project(site: SiteBuilder) -> Project:
    project = site.add_project("TEST")
    site.find_or_add_named("versions", project, "2.0")
    return project


@pytest.fixture
def issue(site: SiteBuilder, project: Project) -> Issue:
    return site.add_issue(project)


async def send(gateway: Gateway, **given: Any) -> Answer:
    return await gateway.ask(MOVE, {"input": {"connection": ACME, "issue": "TEST-1", **given}})


async def move(gateway: Gateway, **given: Any) -> Any:
    payload = (await send(gateway, **given)).data["transitionIssue"]
    assert payload["errors"] == []
    return payload["issue"]


async def refuse(gateway: Gateway, **given: Any) -> Any:
    """The one error of a transition that is not made."""
    payload = (await send(gateway, **given)).data["transitionIssue"]
    assert payload["issue"] is None
    (error,) = payload["errors"]
    return error


async def assign(gateway: Gateway, **given: Any) -> Any:
    answer = await gateway.ask(ASSIGN, {"input": {"connection": ACME, "issue": "TEST-1", **given}})
    return answer.data["assignIssue"]


def status_of(site: SiteBuilder) -> str:
    return str(site.data.issues[10000].fields["status"]["name"])


@pytest.mark.parametrize("name", ["Done", "done", " DONE "])
@pytest.mark.usefixtures("issue")
async def test_an_issue_is_moved_by_a_transitions_name(built: Gateway, name: str) -> None:
    found = await move(built, transition={"name": name})

    assert (found["status"], found["resolution"]) == ({"name": "Done"}, {"name": "Done"})
    assert built.calls() == [
        "GET /rest/api/3/issue/TEST-1/transitions", POST, "GET /rest/api/3/issue/TEST-1",
    ]  # fmt: skip


async def test_an_issue_is_moved_by_number_global_id_and_status_name(
    built_once: Gateway, site: SiteBuilder, project: Project, issue: Issue
) -> None:
    site.add_transition(project, "Start work", to="In Progress")
    ways = "transitions { id transitionId name to { name } }"
    found = await built_once.ask_connection(f'issue(idOrKey: "TEST-1") {{ id {ways} }}')
    by_status = {each["to"]["name"]: each for each in found["issue"]["transitions"]}

    by_number = await move(built_once, transition={"id": by_status["In Review"]["transitionId"]})
    by_global_id = await move(built_once, transition={"id": by_status["Done"]["id"]})
    by_name = await move(built_once, transition={"name": "start WORK"}, issue=str(issue.id))
    # The connection is carried by the ids themselves.
    answer = await built_once.ask(
        MOVE,
        {"input": {"issue": found["issue"]["id"], "transition": {"id": by_status["Done"]["id"]}}},
    )

    assert [each["status"]["name"] for each in (by_number, by_global_id, by_name)] == [
        "In Review", "Done", "In Progress",
    ]  # fmt: skip
    assert answer.data["transitionIssue"]["issue"]["status"] == {"name": "Done"}


async def test_what_the_screen_takes_is_given_on_the_way(
    built_once: Gateway, site: SiteBuilder, project: Project, issue: Issue
) -> None:
    screen = ("resolution", catalogue.RISK_FIELD, catalogue.REGION_FIELD)
    site.add_transition(project, "Give up", to="Done", screen=screen)

    found = await move(
        built_once,
        transition={"name": "Give up"},
        resolution={"name": "Won't Do"},
        comment={"markdown": "Not **now**"},
        customFields=[
            {"field": "Risk", "value": "High"},
            {"field": catalogue.REGION_FIELD, "value": ["Europe", "Finland"]},
        ],
    )

    assert found["resolution"] == {"name": "Won't Do"}
    held = site.data.issues[issue.id].fields
    assert held[catalogue.RISK_FIELD]["value"] == "High"
    assert held[catalogue.REGION_FIELD]["child"]["value"] == "Finland"
    (comment,) = held["comment"]["comments"]
    assert comment["body"]["content"][0]["content"][1]["marks"] == [{"type": "strong"}]


@pytest.mark.usefixtures("issue")
async def test_a_field_that_is_not_on_the_screen_is_refused_before_the_call(
    built_once: Gateway, site: SiteBuilder
) -> None:
    points = await refuse(
        built_once,
        transition={"name": "Done"},
        customFields=[{"field": "Story Points", "value": 3}],
    )
    resolution = await refuse(
        built_once, transition={"name": "In Progress"}, resolution={"name": "Done"}
    )

    assert (points["code"], points["path"]) == ("BAD_USER_INPUT", ["input", "customFields", "0"])
    assert "takes Assignee, Fix versions, Resolution" in points["message"]
    assert resolution["path"] == ["input", "resolution"]
    assert "takes no field at all" in resolution["message"]
    assert POST not in built_once.calls()
    assert status_of(site) == "To Do"


@pytest.mark.usefixtures("issue")
async def test_jiras_refusal_of_a_field_bears_the_name_that_people_know(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    site.add_transition(project, "Rate", to="In Review", screen=(catalogue.RISK_FIELD,))

    error = await refuse(
        built_once,
        transition={"name": "Rate"},
        customFields=[{"field": "Risk", "value": "Immense"}],
    )

    assert (error["code"], error["fieldId"], error["fieldName"], error["path"]) == (
        "JIRA_VALIDATION", catalogue.RISK_FIELD, "Risk", ["input", "customFields", "0"],
    )  # fmt: skip
    assert "Immense" in error["message"]
    assert status_of(site) == "To Do"


@pytest.mark.usefixtures("issue")
async def test_a_transition_that_is_not_offered_is_told_with_those_that_are(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    site.add_transition(project, "Start work", to="In Progress")

    by_name = await refuse(built_once, transition={"name": "Deploy"})
    by_id = await refuse(built_once, transition={"id": "999"})
    there = await refuse(built_once, transition={"name": "To Do"})

    assert [each["code"] for each in (by_name, by_id, there)] == ["BAD_USER_INPUT"] * 3
    assert (by_name["path"], by_id["path"]) == (
        ["input", "transition", "name"], ["input", "transition", "id"],
    )  # fmt: skip
    offered = "In Progress (21), In Review (31), Done (41), Start work to In Progress (51)"
    assert all(offered in each["message"] for each in (by_name, by_id, there))
    assert POST not in built_once.calls()


@pytest.mark.usefixtures("issue")
async def test_several_transitions_of_a_name_are_an_error_that_lists_their_ids(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    site.add_transition(project, "Close", to="Done")
    site.add_transition(project, "close", to="In Review")
    site.add_transition(project, "Close", to="In Progress")

    error = await refuse(built_once, transition={"name": "CLOSE"})
    exact = await move(built_once, transition={"name": "close"})

    assert error["code"] == "BAD_USER_INPUT"
    assert all(number in error["message"] for number in ("(51)", "(61)", "(71)"))
    assert exact["status"] == {"name": "In Review"}


async def test_another_issues_transition_is_refused(
    built_once: Gateway, site: SiteBuilder, project: Project, issue: Issue
) -> None:
    other = site.add_issue(project)
    found = await built_once.ask_connection(
        f'issue(idOrKey: "{other.key}") {{ transitions {{ id }} }}'
    )
    foreign = found["issue"]["transitions"][0]["id"]

    errors = [
        await refuse(built_once, issue=name, transition={"id": foreign})
        for name in (issue.key, str(issue.id))
    ]

    assert [each["path"] for each in errors] == [["input", "transition", "id"]] * 2
    assert all("another issue" in each["message"] for each in errors)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"transition": {"id": "x"}}, ["transition", "id"]),
        ({"transition": {"name": " "}}, ["transition", "name"]),
        ({"transition": {"name": "a" * 256}}, ["transition", "name"]),
        ({"transition": {"name": "Done"}, "issue": "test-1"}, ["issue"]),
        ({"transition": {"name": "Done"}, "resolution": {"id": "x"}}, ["resolution", "id"]),
        ({"transition": {"name": "Done"}, "comment": {"adf": {"type": "x"}}}, ["comment"]),
        (
            {"transition": {"name": "Done"}, "customFields": [{"field": "Risk"}]},
            ["customFields", "0", "value"],
        ),
    ],
)
@pytest.mark.usefixtures("issue")
async def test_what_is_malformed_is_refused_before_any_call(
    built_once: Gateway, given: dict[str, Any], path: list[str]
) -> None:
    error = await refuse(built_once, **given)

    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", *path])
    assert built_once.calls() == []


async def test_an_issue_that_is_not_there_is_told(built_once: Gateway) -> None:
    error = await refuse(built_once, transition={"name": "Done"})
    assigned = await assign(built_once, accountId=None)

    for each in (error, *assigned["errors"]):
        assert (each["code"], each["path"]) == ("NOT_FOUND", ["input", "issue"])


def lose_answers(gateway: Gateway, *, after: bool) -> list[str]:
    """Cut the connection when a transition is sent: after Jira has carried it out, or before."""
    lost: list[str] = []

    async def cut(request: httpx.Request, send: SendOn) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/transitions"):
            lost.append(request.url.path)
            if after:
                await send(request)
            raise httpx.ReadError("cut", request=request)
        return await send(request)

    gateway.transport.detour = cut
    return lost


@pytest.mark.usefixtures("issue")
async def test_a_lost_answer_is_settled_by_the_issue_itself(built_once: Gateway) -> None:
    lost = lose_answers(built_once, after=True)

    found = await move(built_once, transition={"name": "Done"})

    assert found["status"] == {"name": "Done"}
    assert len(lost) == 1


@pytest.mark.parametrize(
    "given", [{"comment": {"text": "Once"}}, {"resolution": {"name": "Won't Do"}}]
)
@pytest.mark.usefixtures("issue")
async def test_the_status_does_not_tell_that_what_was_given_beside_it_has_arrived(
    built_once: Gateway, given: dict[str, Any]
) -> None:
    lost = lose_answers(built_once, after=True)

    error = await refuse(built_once, transition={"name": "Done"}, **given)

    assert (error["code"], len(lost)) == ("OUTCOME_UNKNOWN", 1)


@pytest.mark.usefixtures("issue")
async def test_an_issue_that_is_not_where_it_was_to_go_leaves_the_outcome_unknown(
    built_once: Gateway, site: SiteBuilder
) -> None:
    lost = lose_answers(built_once, after=False)

    error = await refuse(built_once, transition={"name": "Done"})

    assert error["code"] == "OUTCOME_UNKNOWN"
    assert (len(lost), status_of(site)) == (1, "To Do")


@pytest.mark.usefixtures("issue")
async def test_a_way_back_to_where_it_began_leaves_the_outcome_unknown(
    built_once: Gateway, site: SiteBuilder, project: Project
) -> None:
    site.add_transition(project, "Remind", to="To Do")
    lose_answers(built_once, after=True)

    error = await refuse(built_once, transition={"name": "Remind"})

    assert error["code"] == "OUTCOME_UNKNOWN"


@pytest.mark.usefixtures("issue")
async def test_an_issue_is_given_away_and_taken_back(built: Gateway, site: SiteBuilder) -> None:
    ada = site.add_user("Ada")

    given = await assign(built, accountId=ada.account_id)
    automatic = await assign(built, accountId="-1")
    nobody = await assign(built, accountId=None)

    people = [each["issue"]["assignee"] for each in (given, automatic, nobody)]
    assert people == [
        {"accountId": ada.account_id}, {"accountId": site.person.account_id}, None,
    ]  # fmt: skip
    calls = ["PUT /rest/api/3/issue/TEST-1/assignee", "GET /rest/api/3/issue/TEST-1"]
    assert built.calls() == calls * 3


@pytest.mark.usefixtures("issue")
async def test_somebody_who_is_not_there_is_told_in_jiras_words(
    built_once: Gateway, site: SiteBuilder
) -> None:
    former = site.add_user("Former", is_active=False)

    payloads = [
        await assign(built_once, accountId=each) for each in ("nobody-knows", former.account_id)
    ]

    for payload in payloads:
        (error,) = payload["errors"]
        assert (error["code"], error["fieldId"], error["fieldName"], error["path"]) == (
            "JIRA_VALIDATION", "assignee", "Assignee", ["input", "accountId"],
        )  # fmt: skip
        assert "cannot be assigned" in error["message"]


@pytest.mark.parametrize("given", [{}, {"accountId": ""}, {"accountId": "a b"}])
@pytest.mark.usefixtures("issue")
async def test_an_assignee_has_to_be_given_as_such(
    built_once: Gateway, given: dict[str, Any]
) -> None:
    payload = await assign(built_once, **given)

    assert [(e["code"], e["path"]) for e in payload["errors"]] == [
        ("BAD_USER_INPUT", ["input", "accountId"])
    ]
    assert built_once.calls() == []
