"""Line 17: an issue is changed, absent stays, null clears, and Jira's refusals are told."""

from typing import Any

import pytest

from sandbox import catalogue
from sandbox.builders import SiteBuilder
from sandbox.world import STORY_POINTS_FIELD
from tests.support.gateway import Answer, Gateway

ERRORS = """
  errors {
    __typename code message path
    ... on FieldError { fieldId fieldName }
    ... on RateLimitedError { retryAfterSeconds }
    ... on MissingScopeError { scopes }
  }
"""
ISSUE = """
  key summary description { text adf } issueType { name } priority { name } labels dueDate
  assignee { accountId } components { name } fixVersions { name }
  points: customField(idOrName: "Story Points") { ... on NumberFieldValue { number } }
  risk: customField(idOrName: "Risk") { ... on OptionFieldValue { options { value } } }
"""
UPDATE = f"""
mutation Update($input: UpdateIssueInput!) {{
  updateIssue(input: $input) {{ issue {{ {ISSUE} }} {ERRORS} }}
}}
"""
ACME = {"externalId": "acme"}


async def update(gateway: Gateway, key: str, **changes: Any) -> Answer:
    given = {"connection": ACME, "issue": key, **changes}
    return await gateway.ask(UPDATE, {"input": given})


async def change(gateway: Gateway, key: str, **changes: Any) -> Any:
    payload = (await update(gateway, key, **changes)).data["updateIssue"]
    assert payload["errors"] == []
    return payload["issue"]


async def refuse(gateway: Gateway, key: str, **changes: Any) -> list[dict[str, Any]]:
    payload = (await update(gateway, key, **changes)).data["updateIssue"]
    assert payload["issue"] is None
    errors: list[dict[str, Any]] = payload["errors"]
    return errors


@pytest.fixture
def key(site: SiteBuilder) -> str:
    """An issue that has everything that can be changed."""
    project = site.add_project("TEST")
    site.find_or_add_named("components", project, "Docs")
    site.find_or_add_named("versions", project, "2.0")
    return site.add_issue(
        project,
        summary="Before",
        description="As it was",
        priority="Low",
        assignee=site.person,
        labels=["old"],
        components=["Core"],
        fix_versions=["1.0"],
        custom={
            STORY_POINTS_FIELD: 3.0,
            catalogue.RISK_FIELD: site.build_option("1", "High"),
        },
    ).key


async def test_every_field_is_changed_at_once(built: Gateway, site: SiteBuilder, key: str) -> None:
    ada = site.add_user("Ada")

    issue = await change(
        built,
        key,
        summary="After",
        description={"markdown": "Now **bold**"},
        priority={"name": "High"},
        issueType={"name": "Bug"},
        assigneeAccountId=ada.account_id,
        labels=["new", "newer"],
        componentNames=["Docs"],
        fixVersionNames=["2.0"],
        dueDate="2026-07-01",
        customFields=[{"field": "Story Points", "value": 8}],
    )

    assert issue["summary"] == "After"
    assert issue["description"]["adf"]["content"][0]["content"] == [
        {"type": "text", "text": "Now "},
        {"type": "text", "text": "bold", "marks": [{"type": "strong"}]},
    ]
    assert issue["priority"] == {"name": "High"}
    assert issue["issueType"] == {"name": "Bug"}
    assert issue["assignee"] == {"accountId": ada.account_id}
    assert issue["labels"] == ["new", "newer"]
    assert issue["components"] == [{"name": "Docs"}]
    assert issue["fixVersions"] == [{"name": "2.0"}]
    assert issue["dueDate"] == "2026-07-01"
    assert issue["points"] == {"number": 8.0}
    assert issue["risk"] == {"options": [{"value": "High"}]}


async def test_what_is_absent_stays(built: Gateway, key: str) -> None:
    before = await change(built, key)

    after = await change(built, key, summary="After")

    assert after == {**before, "summary": "After"}
    assert built.calls().count(f"PUT /rest/api/3/issue/{key}") == 1


async def test_null_clears(built: Gateway, key: str) -> None:
    issue = await change(
        built,
        key,
        description=None,
        assigneeAccountId=None,
        labels=None,
        componentNames=None,
        fixVersionNames=None,
        dueDate=None,
        customFields=[{"field": STORY_POINTS_FIELD, "value": None}],
    )

    assert (issue["description"], issue["assignee"], issue["points"]) == (None, None, None)
    assert (issue["labels"], issue["components"], issue["fixVersions"]) == ([], [], [])
    assert issue["risk"] == {"options": [{"value": "High"}]}


@pytest.mark.parametrize("name", ["summary", "issueType"])
async def test_what_every_issue_has_cannot_be_cleared(built: Gateway, key: str, name: str) -> None:
    errors = await refuse(built, key, **{name: None})

    assert [(e["code"], e["path"]) for e in errors] == [("BAD_USER_INPUT", ["input", name])]
    assert built.calls() == []


async def test_an_issue_is_named_by_key_number_or_global_id(
    built: Gateway, site: SiteBuilder, key: str
) -> None:
    found = site.data.find_issue(key)
    assert found is not None
    read = await built.ask_connection(f'issue(idOrKey: "{key}") {{ id }}')

    for number, name in enumerate((key, str(found.id), read["issue"]["id"])):
        assert (await change(built, name, summary=f"Round {number}"))[
            "summary"
        ] == f"Round {number}"


async def test_a_global_id_carries_its_connection(built: Gateway, key: str) -> None:
    read = await built.ask_connection(f'issue(idOrKey: "{key}") {{ id }}')

    answer = await built.ask(
        UPDATE, {"input": {"issue": read["issue"]["id"], "summary": "Carried"}}
    )

    assert answer.data["updateIssue"]["issue"]["summary"] == "Carried"


async def test_a_key_alone_names_no_connection(built: Gateway, key: str) -> None:
    answer = await built.ask(UPDATE, {"input": {"issue": key, "summary": "Whose?"}})

    errors = answer.data["updateIssue"]["errors"]
    assert [(e["code"], e["path"]) for e in errors] == [("BAD_USER_INPUT", ["input", "connection"])]


async def test_type_and_priority_are_named_by_id_too(
    built: Gateway, site: SiteBuilder, key: str
) -> None:
    bug = next(t["id"] for t in site.data.issue_types.values() if t["name"] == "Bug")
    high = next(p["id"] for p in site.data.priorities.values() if p["name"] == "High")

    issue = await change(built, key, issueType={"id": bug}, priority={"id": high})

    assert (issue["issueType"]["name"], issue["priority"]["name"]) == ("Bug", "High")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ({"text": "One\n\nTwo **not bold**"}, "One\nTwo **not bold**"),
        ({"markdown": "# Title\n\n- one\n- two\n\n> said\n\n`x`"}, "Title\none\ntwo\nsaid\nx"),
        (
            {
                "adf": {
                    "version": 1,
                    "type": "doc",
                    "content": [
                        {"type": "paragraph", "content": [{"type": "text", "text": "As it is"}]}
                    ],
                }
            },
            "As it is",
        ),
    ],
    ids=["text", "markdown", "adf"],
)
async def test_a_description_is_text_markdown_or_adf(
    built: Gateway, key: str, written: Any, text: str
) -> None:
    issue = await change(built, key, description=written)

    assert issue["description"]["text"] == text
    assert issue["description"]["adf"]["type"] == "doc"


async def test_a_text_becomes_a_document_in_a_custom_field_too(
    built: Gateway, site: SiteBuilder, key: str
) -> None:
    given = [{"field": catalogue.CRITERIA_FIELD, "value": "It lands"}]

    await change(built, key, customFields=given)

    found = site.data.find_issue(key)
    assert found is not None
    assert found.fields[catalogue.CRITERIA_FIELD]["type"] == "doc"


async def test_jiras_refusals_stand_by_the_name_that_people_know(built: Gateway, key: str) -> None:
    errors = await refuse(
        built,
        key,
        priority={"name": "Nonsense"},
        customFields=[{"field": "Story Points", "value": "many"}],
    )

    told = {e["fieldId"]: (e["__typename"], e["code"], e["fieldName"], e["path"]) for e in errors}
    assert told == {
        "priority": ("FieldError", "JIRA_VALIDATION", "Priority", ["input", "priority"]),
        STORY_POINTS_FIELD: (
            "FieldError",
            "JIRA_VALIDATION",
            "Story Points",
            ["input", "customFields", "0"],
        ),
    }
    assert all(e["message"] for e in errors)


async def test_a_refusal_is_told_though_the_fields_names_cannot_be_read(
    built: Gateway, key: str
) -> None:
    built.answer_instead("/rest/api/3/field", 500)

    errors = await refuse(built, key, priority={"name": "Nonsense"})

    assert [(e["fieldId"], e["fieldName"]) for e in errors] == [("priority", None)]


async def test_a_change_at_the_same_time_is_a_conflict(built: Gateway, key: str) -> None:
    built.answer_instead(
        f"/issue/{key}", 409, json={"errorMessages": ["Somebody was quicker."], "errors": {}}
    )

    errors = await refuse(built, key, summary="After")

    assert [(e["code"], e["message"]) for e in errors] == [("CONFLICT", "Somebody was quicker.")]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"summary": ""}, ["summary"]),
        ({"summary": "x" * 256}, ["summary"]),
        ({"summary": "two\nlines"}, ["summary"]),
        ({"labels": ["a b"]}, ["labels"]),
        ({"labels": ["x"] * 101}, ["labels"]),
        ({"priority": {"id": "../1"}}, ["priority", "id"]),
        ({"priority": {"name": " "}}, ["priority", "name"]),
        ({"assigneeAccountId": "../../myself"}, ["assigneeAccountId"]),
        ({"parent": "A-1/../.."}, ["parent"]),
        ({"description": {"adf": {"type": "paragraph"}}}, ["description"]),
        ({"description": {"text": "\x00"}}, ["description"]),
        ({"customFields": [{"field": ""}]}, ["customFields", "0", "field"]),
        ({"issue": "../myself"}, ["issue"]),
    ],
    ids=str,
)
async def test_the_malformed_never_reaches_jira(
    built: Gateway, key: str, changes: dict[str, Any], path: list[str]
) -> None:
    answer = await built.ask(
        UPDATE, {"input": {"connection": ACME, "issue": key, "summary": "x", **changes}}
    )

    payload = answer.data["updateIssue"]
    assert [(e["code"], e["path"]) for e in payload["errors"]] == [
        ("BAD_USER_INPUT", ["input", *path])
    ]
    assert built.calls() == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([{"field": "No such field", "value": 1}], "has no custom field 'No such field'"),
        (
            [{"field": "Story Points", "value": 1}, {"field": STORY_POINTS_FIELD, "value": 2}],
            "given twice",
        ),
    ],
)
async def test_custom_fields_are_each_known_and_given_once(
    built: Gateway, key: str, changes: Any, said: str
) -> None:
    errors = await refuse(built, key, customFields=changes)

    assert [e["code"] for e in errors] == ["BAD_USER_INPUT"]
    assert said in errors[0]["message"]
    assert built.calls() == ["GET /rest/api/3/field"]


async def test_a_malformed_argument_below_the_payload_stops_the_change(
    built: Gateway, key: str
) -> None:
    query = """
    mutation($input: UpdateIssueInput!) {
      updateIssue(input: $input) {
        issue { project { boards(first: -1) { nodes { name } } } } errors { code message }
      }
    }
    """

    answer = await built.ask(
        query, {"input": {"connection": ACME, "issue": key, "summary": "After"}}
    )

    assert [e["code"] for e in answer.data["updateIssue"]["errors"]] == ["BAD_USER_INPUT"]
    assert built.calls() == []


@pytest.mark.parametrize("missing", ["TEST-999", "99999"])
async def test_an_unknown_issue_is_told(built: Gateway, key: str, missing: str) -> None:
    errors = await refuse(built, missing, summary="After")

    assert [(e["code"], e["path"]) for e in errors] == [("NOT_FOUND", ["input", "issue"])]


async def test_an_unknown_connection_is_told(built: Gateway, key: str) -> None:
    answer = await built.ask(
        UPDATE, {"input": {"connection": {"externalId": "nobody"}, "issue": key, "summary": "x"}}
    )

    errors = answer.data["updateIssue"]["errors"]
    assert [(e["code"], e["path"]) for e in errors] == [
        ("CONNECTION_NOT_FOUND", ["input", "connection"])
    ]


async def test_changes_of_one_document_see_each_other(built: Gateway, key: str) -> None:
    query = """
    mutation($one: UpdateIssueInput!, $two: UpdateIssueInput!) {
      one: updateIssue(input: $one) { issue { summary labels } errors { code } }
      two: updateIssue(input: $two) { issue { summary labels } errors { code } }
    }
    """
    given = {"connection": ACME, "issue": key}

    answer = await built.ask(
        query, {"one": {**given, "summary": "After"}, "two": {**given, "labels": ["new"]}}
    )

    assert answer.data["one"]["issue"] == {"summary": "After", "labels": ["old"]}
    assert answer.data["two"]["issue"] == {"summary": "After", "labels": ["new"]}


async def test_the_mails_are_kept_back_where_asked(built: Gateway, key: str) -> None:
    await change(built, key, summary="Quietly", notifyUsers=False)

    edits = [call for call in built.sandbox.calls.calls if call.method == "PUT"]
    assert [call.query for call in edits] == [{"notifyUsers": ["false"]}]


async def test_jiras_pause_is_told_in_seconds(built: Gateway, key: str) -> None:
    built.answer_instead(f"/issue/{key}", 429, headers={"Retry-After": "120"})

    errors = await refuse(built, key, summary="After")

    assert [(e["__typename"], e["code"], e["retryAfterSeconds"]) for e in errors] == [
        ("RateLimitedError", "RATE_LIMITED", 120)
    ]


async def test_a_missing_scope_is_named(built: Gateway, key: str) -> None:
    built.answer_instead(
        f"/issue/{key}", 401, json={"code": 401, "message": "Unauthorized; scope does not match"}
    )

    errors = await refuse(built, key, summary="After")

    assert [(e["__typename"], e["code"]) for e in errors] == [
        ("MissingScopeError", "MISSING_SCOPE")
    ]
