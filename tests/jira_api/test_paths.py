import re
from collections.abc import Awaitable, Callable
from typing import Any, cast

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jira_api.boards import get_board, get_sprint
from jira_api.client import JiraSession
from jira_api.errors import InvalidArgumentError
from jira_api.issue_writes import delete_issue
from jira_api.issues import get_issue
from jira_api.paths import (
    CloudId,
    NumericId,
    is_field_id,
    is_issue_key,
    is_numeric_id,
    is_project_key,
    join_path,
    parse_account_id,
    parse_cloud_id,
    parse_issue_key,
    parse_numeric_id,
    parse_project_key,
    shorten,
)
from jira_api.projects import get_component, get_project
from jira_api.records import Origin
from tests.jira_api.builders import API, CLOUD_ID, THOROUGH, a_jira

FORGED_KEYS = (
    "../myself",
    "A-1/../../",
    "%2e%2e%2f",
    "A-1?expand=",
    "A-1#",
    "A-0",
    "a-1",
    "\N{CYRILLIC CAPITAL LETTER A}-1",
    "A" * 300 + "-1",
    "A-99999999999999999999",
    "AB-1\n",
    "AB-1 ",
    "AB-\N{ARABIC-INDIC DIGIT ONE}",
    "",
)
PARSERS: dict[str, Callable[[str], str]] = {
    "cloud id": parse_cloud_id,
    "issue key": parse_issue_key,
    "project key": parse_project_key,
    "number": parse_numeric_id,
    "account id": parse_account_id,
}
HOSTILE = st.text(st.sampled_from("./\\%?#&;:@ A-1z\n\r\t\0\u2024\uff0f")) | st.text()


@pytest.mark.parametrize("text", FORGED_KEYS)
def test_a_forged_issue_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgumentError):
        parse_issue_key(text)

    assert not is_issue_key(text)


@pytest.mark.parametrize("text", ["AB-1", "A_1-9", "PROJ-1234567890123456789"])
def test_an_issue_key_passes_unchanged(text: str) -> None:
    assert parse_issue_key(text) == text
    assert is_issue_key(text)


@pytest.mark.parametrize("text", ["0", "01", "-1", "1.0", "1e3", "12345678901234567890", "\u0661"])
def test_what_is_no_positive_number_of_at_most_19_digits_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgumentError):
        parse_numeric_id(text)

    assert not is_numeric_id(text)


@pytest.mark.parametrize("text", [CLOUD_ID.upper(), CLOUD_ID[:-1], f"{CLOUD_ID}/", "acme"])
def test_a_cloud_id_is_a_lower_case_uuid(text: str) -> None:
    with pytest.raises(InvalidArgumentError):
        parse_cloud_id(text)

    assert parse_cloud_id(CLOUD_ID) == CLOUD_ID


def test_each_form_knows_its_own_and_no_other() -> None:
    assert is_project_key("SHOP")
    assert not is_project_key("SHOP-1")
    assert is_field_id("customfield_10016")
    assert not is_field_id("summary")
    assert parse_project_key("DO") == "DO"
    assert parse_account_id("712020:1b-2c_3") == "712020:1b-2c_3"


def test_a_refusal_shows_the_start_of_the_value_and_what_was_expected() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_project_key("x" * 5_000)

    assert "project's key such as PROJ" in caught.value.message
    assert len(caught.value.message) < 150


def test_a_short_text_is_not_shortened() -> None:
    assert shorten("short") == "short"
    assert shorten("long text", length=4) == "long…"


TRAVERSALS = ("../../../", "..", "%2e%2e", "%2E%2E%2F", "A-1?x=", "A-1/../..", "A-1#", "A-1;x", "")


@pytest.mark.parametrize("text", TRAVERSALS)
@pytest.mark.parametrize(
    "ask",
    [
        lambda session, text: get_issue(session, text, ["summary"]),
        lambda session, text: delete_issue(session, text, with_subtasks=False),
        get_project,
        get_board,
        get_sprint,
        get_component,
    ],
    ids=["issue", "deletion", "project", "board", "sprint", "component"],
)
async def test_no_call_leaves_with_a_reference_that_would_leave_its_place(
    ask: Callable[[JiraSession, Any], Awaitable[object]], text: str
) -> None:
    jira = a_jira()

    with pytest.raises(InvalidArgumentError):
        await ask(jira.session, text)

    assert jira.requests == []


@pytest.mark.parametrize("text", TRAVERSALS)
async def test_no_call_leaves_for_a_forged_site(text: str) -> None:
    jira = a_jira()
    session = jira.session.client.session(Origin(CloudId(text), "", "acme"), jira.tokens)

    with pytest.raises(InvalidArgumentError):
        await session.get("/rest/api/3/myself")

    assert jira.requests == []


@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
@THOROUGH
@given(text=HOSTILE)
@example(text="..")
def test_any_text_is_refused_or_is_one_unreserved_segment(
    parse: Callable[[str], str], text: str
) -> None:
    try:
        parsed = parse(text)
    except InvalidArgumentError:
        return

    assert parsed == text
    assert re.fullmatch(r"[A-Za-z0-9:_-]+", parsed)


@THOROUGH
@given(text=HOSTILE)
@example(text="..")
@example(text=".")
@example(text="")
@example(text="%2e%2e")
def test_a_joined_path_has_the_shape_of_its_template_whatever_is_put_in(text: str) -> None:
    # Ids of Jira's own answers are not parsed on their way back into a path.
    segment = cast("NumericId", text)

    try:
        path = join_path("/rest/agile/1.0/board/{}/sprint", segment)
    except InvalidArgumentError:
        return

    assert httpx.URL(API + path).raw_path.decode() == f"/rest/agile/1.0/board/{text}/sprint"
    assert re.fullmatch(r"[A-Za-z0-9_-]+", text)
