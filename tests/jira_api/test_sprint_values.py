import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from jira_api.decoding import Decoder
from jira_api.records import Sprint, SprintState
from jira_api.sprint_values import read_sprints
from tests.jira_api.builders import ORIGIN

DECODE = Decoder(ORIGIN)
JAVA = "com.atlassian.greenhopper.service.sprint.Sprint@57910277"


def test_an_object_of_jira_cloud_is_read_whole() -> None:
    raw = {
        "id": 37,
        "name": "Sprint 5",
        "state": "closed",
        "boardId": 1,
        "goal": "Ship",
        "startDate": "2026-01-05T09:00:00.000Z",
        "endDate": "2026-01-19T09:00:00.000Z",
        "completeDate": "2026-01-19T10:00:00.000Z",
    }

    assert read_sprints(DECODE, [raw]) == [
        Sprint(
            ORIGIN,
            "37",
            "Sprint 5",
            SprintState.CLOSED,
            "Ship",
            datetime(2026, 1, 5, 9, tzinfo=UTC),
            datetime(2026, 1, 19, 9, tzinfo=UTC),
            datetime(2026, 1, 19, 10, tzinfo=UTC),
            "1",
        )
    ]


@pytest.mark.parametrize(
    ("text", "name", "state", "goal"),
    [
        ("id=7,rapidViewId=3,state=ACTIVE,name=One,goal=", "One", SprintState.ACTIVE, None),
        ("rapidViewId=3,state=FUTURE,name=A, b=c [d],id=7", "A, b=c [d]", SprintState.FUTURE, None),
        ("completeDate=<null>,goal=x, y=z,id=7,name=Two,state=CLOSED",
         "Two", SprintState.CLOSED, "x, y=z"),
        ("id=7,name=Odd,state=PAUSED,synced=false", "Odd", SprintState.UNKNOWN, None),
        ("id=7,state=ACTIVE,name=Two\nlines,goal=<null>", "Two\nlines", SprintState.ACTIVE, None),
    ],
)  # fmt: skip
def test_what_java_makes_of_a_sprint_is_read_by_its_parts(
    text: str, name: str, state: SprintState, goal: str | None
) -> None:
    (found,) = read_sprints(DECODE, [f"{JAVA}[{text}]"])

    assert isinstance(found, Sprint)
    assert (found.sprint_id, found.name, found.state, found.goal) == ("7", name, state, goal)


@pytest.mark.parametrize(
    "raw",
    ["", "rubbish", f"{JAVA}[]", f"{JAVA}[name=x]", f"{JAVA}[id=7]", {}, {"id": True}, {"id": 7},
     {"id": 0, "name": "x"}, {"id": "../1", "name": "x"}, {"id": 7, "name": []}, {"id": {}},
     {"id": 7, "name": "x", "state": []}, True, 7, 1.5, -1, [7]],
)  # fmt: skip
def test_what_tells_of_no_sprint_is_left_out_and_logged(
    raw: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        (found,) = read_sprints(DECODE, [raw, {"id": 8, "name": "Eight", "state": "active"}])

    assert found.sprint_id == "8"
    assert len(caplog.records) == 1


@pytest.mark.parametrize("raw", [None, [], [None]])
def test_no_sprint_is_none_and_nothing_to_log(raw: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert read_sprints(DECODE, raw) == []
    assert caplog.records == []
