import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from jira_api.entity_properties import MARKER
from jira_api.errors import InvalidResponseError, NotFoundError, OutcomeUnknownError
from jira_api.issue_parts import PartId
from jira_api.paths import IssueKey, NumericId
from jira_api.worklogs import (
    Work,
    Worklog,
    create_worklog,
    delete_worklog,
    edit_worklog,
    fetch_worklogs,
    find_marked_worklog,
    get_worklog,
    list_worklogs,
    read_worklog,
)
from tests.jira_api.builders import DECODE, a_jira, says
from tests.sandbox.visitors import find_shared

ISSUE = NumericId("10010")
KEY = IssueKey("TEST-1")
DOCUMENT = {"version": 1, "type": "doc", "content": []}
MARK = {"id": "7f3a"}


def a_worklog(number: int = 10_000, **parts: Any) -> dict[str, Any]:
    """A worklog as Jira sends it; a part given as None is left out."""
    usual = {
        "id": str(number),
        "issueId": ISSUE,
        "author": {"accountId": "ada", "displayName": "Ada"},
        "comment": DOCUMENT,
        "created": "2026-05-01T10:00:00.000+0200",
        "started": "2026-04-30T10:00:00.000+0200",
        "timeSpent": "1h",
        "timeSpentSeconds": 3_600,
    }
    return {name: part for name, part in {**usual, **parts}.items() if part is not None}


def read(**parts: Any) -> Worklog:
    return read_worklog(DECODE, a_worklog(**parts))


def test_a_worklog_is_read_with_its_issue() -> None:
    worklog = read()

    assert worklog.node_id == "10010.10000"
    assert worklog.started_at == datetime(2026, 4, 30, 8, tzinfo=UTC)
    assert (worklog.time_spent, worklog.time_spent_seconds) == ("1h", 3_600)


def test_real_worklogs_are_read() -> None:
    raw = json.loads(find_shared("jira-data", "fixtures", "devlake-worklogs.json").read_text())

    read_all = [read_worklog(DECODE, each) for each in raw]

    assert len(read_all) > 3
    assert all(each.time_spent_seconds >= 60 and each.author for each in read_all)


@pytest.mark.parametrize(
    ("seconds", "written"), [(0, "0m"), (60, "1m"), (3_600, "1h"), (93_900, "26h 5m")]
)
def test_a_time_that_jira_does_not_write_is_written(seconds: int, written: str) -> None:
    assert read(timeSpent=None, timeSpentSeconds=seconds).time_spent == written


def test_a_comment_that_is_no_document_is_an_error_in_its_place() -> None:
    assert isinstance(read(comment="text").comment, InvalidResponseError)
    assert read(comment=None).comment is None


def test_a_worklog_without_its_making_was_made_when_the_work_began() -> None:
    assert read(created=None).created_at == read().started_at


@pytest.mark.parametrize(
    "parts",
    [
        {"id": None},
        {"issueId": None},
        {"started": None},
        {"timeSpentSeconds": None},
        {"timeSpentSeconds": 2**31},
        {"timeSpentSeconds": "60"},
    ],
    ids=str,
)
def test_a_worklog_that_lacks_what_all_have_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(InvalidResponseError):
        read(**parts)


async def test_worklogs_are_asked_for_from_an_offset() -> None:
    jira = a_jira(says(200, {"total": 9, "worklogs": [a_worklog(issueId=None)]}))

    page = await list_worklogs(jira.session, ISSUE, start=4, size=1)

    assert [worklog.issue_id for worklog in page.items] == [ISSUE]
    assert (page.is_last, page.total) == (False, 9)
    assert jira.paths == [f"/rest/api/3/issue/{ISSUE}/worklog"]
    assert jira.questions == [{"startAt": "4", "maxResults": "1"}]


async def test_several_worklogs_come_by_their_numbers() -> None:
    wanted = [PartId(ISSUE, NumericId(str(number))) for number in (1, 2, 3, 4)]
    foreign = PartId(NumericId("5"), NumericId("1"))
    listed = [a_worklog(4), a_worklog(1), a_worklog(2, issueId="77"), a_worklog(3, started=None)]
    jira = a_jira(says(200, listed))

    found = await fetch_worklogs(jira.session, [*wanted, foreign])

    assert [type(found.get(part)) for part in wanted] == [
        Worklog,
        type(None),
        InvalidResponseError,
        Worklog,
    ]
    assert foreign not in found
    assert jira.bodies == [{"ids": [1, 2, 3, 4]}]


async def test_new_work_is_sent_once_in_the_form_that_jira_takes() -> None:
    jira = a_jira(says(201, a_worklog()))
    started = datetime(2026, 1, 31, 12, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=2)))

    await create_worklog(jira.session, KEY, Work(60, started, DOCUMENT), marker=MARK)

    assert jira.paths == ["/rest/api/3/issue/TEST-1/worklog"]
    assert jira.bodies == [
        {
            "timeSpentSeconds": 60,
            "started": "2026-01-31T10:00:00.123+0000",
            "comment": DOCUMENT,
            "properties": [{"key": MARKER, "value": MARK}],
        }
    ]


async def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown() -> None:
    with pytest.raises(OutcomeUnknownError):
        await create_worklog(a_jira(says(201, a_worklog(id=None))).session, KEY, Work(60))


async def test_only_what_is_given_is_changed() -> None:
    jira = a_jira(says(200, a_worklog()), says(200, a_worklog()))

    await edit_worklog(jira.session, KEY, NumericId("1"), Work(seconds=120))
    await edit_worklog(jira.session, KEY, NumericId("1"), Work(comment=DOCUMENT))

    assert jira.bodies == [{"timeSpentSeconds": 120}, {"comment": DOCUMENT}]


async def test_one_worklog_is_read_and_taken_away() -> None:
    jira = a_jira(says(200, a_worklog()), says(204), says(404))

    assert (await get_worklog(jira.session, KEY, NumericId("1"))).worklog_id == "10000"
    await delete_worklog(jira.session, KEY, NumericId("1"))
    with pytest.raises(NotFoundError):
        await get_worklog(jira.session, KEY, NumericId("1"))

    assert jira.paths == ["/rest/api/3/issue/TEST-1/worklog/1"] * 3


async def test_a_marked_worklog_is_found_on_whichever_page_it_stands() -> None:
    mark = {"properties": [{"key": MARKER, "value": MARK}]}
    jira = a_jira(
        says(200, {"total": 3, "worklogs": [a_worklog(1), a_worklog(2)]}),
        says(200, {"total": 3, "worklogs": [a_worklog(3, **mark)]}),
        says(200, {"total": 1, "worklogs": [a_worklog(1)]}),
    )

    found = await find_marked_worklog(jira.session, KEY, marker=MARK)
    missing = await find_marked_worklog(jira.session, KEY, marker=MARK)

    assert found is not None
    assert (found.worklog_id, missing) == ("3", None)
    assert {q["expand"] for q in jira.questions} == {"properties"}
