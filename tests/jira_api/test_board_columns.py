from typing import Any

import pytest

from jira_api.board_columns import ColumnSetup, list_board_columns
from jira_api.errors import InvalidResponseError, NotFoundError
from jira_api.paths import NumericId
from tests.jira_api.builders import a_jira, enter_new_site, says

BOARD = NumericId("4")


def configured(*columns: Any) -> dict[str, Any]:
    return {"id": 4, "columnConfig": {"columns": list(columns), "constraintType": "none"}}


async def test_columns_come_in_order_with_statuses_and_limits() -> None:
    doing = {"name": "Doing", "statuses": [{"id": "3"}, {"id": 4}], "min": 1, "max": 5}
    jira = a_jira(says(200, configured({"name": "To do", "statuses": []}, doing)))

    assert await list_board_columns(jira.session, BOARD) == (
        ColumnSetup("To do", (), None, None),
        ColumnSetup("Doing", ("3", "4"), 1, 5),
    )
    assert jira.paths == ["/rest/agile/1.0/board/4/configuration"]


@pytest.mark.parametrize("limit", ["5", 2**31, 1.5, {}])
async def test_a_limit_that_cannot_be_read_is_none(limit: Any) -> None:
    jira = a_jira(says(200, configured({"name": "Doing", "max": limit})))

    assert await list_board_columns(jira.session, BOARD) == (ColumnSetup("Doing", (), None, None),)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"columnConfig": {}},
        configured(1),
        configured({"statuses": []}),
        configured({"name": "x", "statuses": [{}]}),
    ],
    ids=range(6),
)
async def test_a_configuration_of_another_form_is_refused(body: Any) -> None:
    jira = a_jira(says(200, body))

    with pytest.raises(InvalidResponseError):
        await list_board_columns(jira.session, BOARD)


async def test_the_sandbox_has_columns() -> None:
    session, site = await enter_new_site()
    site.add_board(site.add_project("TEST"), limits={"Done": (None, 3)})

    columns = await list_board_columns(session, NumericId("1"))

    assert [(column.name, column.most) for column in columns] == [
        ("To Do", None),
        ("In Progress", None),
        ("Done", 3),
    ]
    with pytest.raises(NotFoundError):
        await list_board_columns(session, BOARD)
