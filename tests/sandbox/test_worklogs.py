from typing import Any

import pytest

from sandbox.builders import SiteBuilder
from sandbox.durations import read_duration, write_duration
from sandbox.world import PERSON_ACCOUNT_ID
from tests.sandbox.visitors import Guest, a_guest
from tests.sandbox.writing import ISSUE, a_document, a_writer, list_errors, read_fields

PATH = f"{ISSUE}/TEST-1/worklog"
STARTED = "2026-05-31T09:30:00.000+0200"
HOUR = 3_600
A_WORKLOG: dict[str, Any] = {"timeSpentSeconds": HOUR, "started": STARTED}


@pytest.fixture
async def guest() -> Guest:
    """A guest who may write, on a site with the issue TEST-1."""
    guest, project = await a_writer()
    guest.site.add_issue(project)
    return guest


async def log(guest: Guest, **parts: Any) -> Any:
    response = await guest.post(PATH, {**A_WORKLOG, **parts})
    assert response.status_code == 201, response.text
    return response.json()


async def read_time(guest: Guest) -> tuple[int, int]:
    """The seconds spent on the issue, and those that remain."""
    tracked = (await read_fields(guest, "TEST-1"))["timetracking"]
    return tracked["timeSpentSeconds"], tracked["remainingEstimateSeconds"]


def estimate(site: SiteBuilder, seconds: int) -> None:
    issue = site.data.find_issue("TEST-1")
    assert issue is not None
    tracked = {"remainingEstimateSeconds": seconds, "remainingEstimate": write_duration(seconds)}
    issue.fields["timetracking"] = tracked  # type: ignore[index]  # a dict, as builders make it


async def test_new_work_is_the_persons_and_stands_in_the_issue(guest: Guest) -> None:
    worklog = await log(guest, comment=a_document("Did it"), timeSpentSeconds=90 * 60 + 59)

    assert worklog["author"]["accountId"] == PERSON_ACCOUNT_ID
    assert (worklog["timeSpent"], worklog["timeSpentSeconds"]) == ("1h 30m", 90 * 60)
    assert worklog["started"] == "2026-05-31T07:30:00.000+0000"
    assert worklog["created"] == worklog["updated"] == "2026-06-01T12:00:00.000+0000"
    assert worklog["comment"] == a_document("Did it")
    assert worklog["issueId"] == "10000"
    assert await guest.read(f"{PATH}/{worklog['id']}") == worklog
    assert (await guest.read(PATH))["worklogs"] == [worklog]
    fields = await read_fields(guest, "TEST-1")
    assert fields["worklog"]["worklogs"] == [worklog]
    assert fields["updated"] == worklog["created"]
    assert fields["timespent"] == 90 * 60


async def test_worklogs_come_in_pages(guest: Guest) -> None:
    issue = guest.site.data.issues[10000]
    ids = [guest.site.add_worklog(issue, 60)["id"] for _ in range(25)]

    first = await guest.read(PATH, maxResults=2)
    last = await guest.read(PATH, startAt=24, maxResults=2)

    assert [worklog["id"] for worklog in first["worklogs"]] == ids[:2]
    assert (first["startAt"], first["maxResults"], first["total"]) == (0, 2, 25)
    assert [worklog["id"] for worklog in last["worklogs"]] == ids[24:]
    assert len((await guest.read(PATH))["worklogs"]) == 25
    embedded = (await read_fields(guest, "TEST-1"))["worklog"]
    assert [worklog["id"] for worklog in embedded["worklogs"]] == ids[:20]
    assert (embedded["maxResults"], embedded["total"]) == (20, 25)


async def test_searches_and_batches_carry_the_first_twenty_comments(guest: Guest) -> None:
    issue = guest.site.data.issues[10000]
    ids = [guest.site.add_comment(issue, "Hello")["id"] for _ in range(21)]

    found = await guest.send("/rest/api/3/search/jql", {"jql": "id=10000", "fields": ["comment"]})
    fetched = await guest.send(
        f"{ISSUE}/bulkfetch", {"issueIdsOrKeys": ["10000"], "fields": ["comment"]}
    )

    for answer in (found, fetched):
        page = answer["issues"][0]["fields"]["comment"]
        assert [comment["id"] for comment in page["comments"]] == ids[:20]
        assert (page["startAt"], page["maxResults"], page["total"]) == (0, 20, 21)
    assert len((await read_fields(guest, "TEST-1"))["comment"]["comments"]) == 21


async def test_worklogs_are_chosen_by_when_the_work_began(guest: Guest) -> None:
    early = await log(guest, started="2026-05-01T00:00:00.000+0000")
    late = await log(guest, started="2026-05-02T00:00:00.000+0000")
    midnight = 1_777_680_000_000

    after = await guest.read(PATH, startedAfter=midnight)
    before = await guest.read(PATH, startedBefore=midnight)

    assert [worklog["id"] for worklog in after["worklogs"]] == [late["id"]]
    assert [worklog["id"] for worklog in before["worklogs"]] == [early["id"]]


async def test_what_an_edit_leaves_out_stays(guest: Guest) -> None:
    worklog = await log(guest, comment=a_document("Did it"))

    longer = (await guest.put(f"{PATH}/{worklog['id']}", {"timeSpent": "1d 2h"})).json()
    moved = (
        await guest.put(
            f"{PATH}/{worklog['id']}",
            {"started": "2026-05-01T00:00:00.000+0000", "comment": a_document("Again")},
        )
    ).json()

    assert longer == {**worklog, "timeSpent": "1d 2h", "timeSpentSeconds": 10 * HOUR}
    assert moved["started"] == "2026-05-01T00:00:00.000+0000"
    assert moved["comment"] == a_document("Again")
    assert (await read_time(guest))[0] == 10 * HOUR


async def test_time_spent_is_the_sum_and_the_estimate_moves_the_other_way(guest: Guest) -> None:
    estimate(guest.site, 8 * HOUR)

    one = await log(guest)
    two = await log(guest, timeSpentSeconds=2 * HOUR)
    assert await read_time(guest) == (3 * HOUR, 5 * HOUR)
    await guest.put(f"{PATH}/{two['id']}", {"timeSpentSeconds": 4 * HOUR})
    assert await read_time(guest) == (5 * HOUR, 3 * HOUR)
    await guest.delete(f"{PATH}/{one['id']}")
    assert await read_time(guest) == (4 * HOUR, 4 * HOUR)
    await log(guest, timeSpentSeconds=9 * HOUR)
    assert await read_time(guest) == (13 * HOUR, 0)


@pytest.mark.parametrize(
    ("query", "remaining"),
    [
        ("adjustEstimate=leave", 8),
        ("adjustEstimate=new&newEstimate=2h", 2),
        ("adjustEstimate=manual&reduceBy=5h", 3),
        ("adjustEstimate=auto", 7),
    ],
)
async def test_the_estimate_is_adjusted_as_asked(guest: Guest, query: str, remaining: int) -> None:
    estimate(guest.site, 8 * HOUR)

    response = await guest.post(f"{PATH}?{query}", A_WORKLOG)

    assert response.status_code == 201
    assert await read_time(guest) == (HOUR, remaining * HOUR)


@pytest.mark.parametrize("query", ["no", "new", "new&newEstimate=x", "manual"])
async def test_an_unknown_adjustment_is_refused(guest: Guest, query: str) -> None:
    response = await guest.post(f"{PATH}?adjustEstimate={query}", A_WORKLOG)

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"timeSpentSeconds": None}, "timeLogged"),
        ({"timeSpentSeconds": 59}, "timeLogged"),
        ({"timeSpentSeconds": True}, "timeLogged"),
        ({"timeSpent": "1h"}, "timeLogged"),
        ({"timeSpentSeconds": None, "timeSpent": "soon"}, "timeLogged"),
        ({"started": None}, "started"),
        ({"started": "2026-05-31"}, "started"),
        ({"started": "2026-05-31T09:30:00Z"}, "started"),
        ({"started": "2026-13-31T09:30:00.000+0000"}, "started"),
        ({"comment": "text"}, "comment"),
        ({"visibility": {"type": "all"}}, "visibility"),
    ],
    ids=str,
)
async def test_what_cannot_be_logged_is_refused(
    guest: Guest, parts: dict[str, Any], name: str
) -> None:
    assert list_errors(await guest.post(PATH, {**A_WORKLOG, **parts})).keys() == {name}


async def test_a_worklog_that_is_gone_is_a_404(guest: Guest) -> None:
    worklog = await log(guest)
    path = f"{PATH}/{worklog['id']}"

    assert (await guest.delete(path)).status_code == 204
    for answer in (await guest.get(path), await guest.put(path, {}), await guest.delete(path)):
        message = f"Cannot find worklog with id: '{worklog['id']}'."
        assert (answer.status_code, answer.json()["errorMessages"]) == (404, [message])


async def test_worklogs_and_comments_are_listed_by_id(guest: Guest) -> None:
    issue = guest.site.data.issues[10000]
    other = guest.site.add_issue(guest.site.data.projects[issue.project_id])
    for each in (issue, other):
        guest.site.add_worklog(each, 60)
        guest.site.add_comment(each, "Hello")

    by_id = await guest.send("/rest/api/3/worklog/list", {"ids": [10001, 7, 10000]})
    page = await guest.send("/rest/api/3/comment/list", {"ids": [10001, 7, 10000]})

    assert [(each["id"], each["issueId"]) for each in by_id] == [
        ("10000", str(issue.id)),
        ("10001", str(other.id)),
    ]
    assert [each["id"] for each in page["values"]] == ["10000", "10001"]
    assert (page["total"], page["isLast"]) == (2, True)


@pytest.mark.parametrize("ids", [None, [], ["1"], [True], list(range(1001))], ids=repr)
async def test_a_thousand_ids_at_most_are_listed(guest: Guest, ids: Any) -> None:
    for kind in ("comment", "worklog"):
        assert (await guest.post(f"/rest/api/3/{kind}/list", {"ids": ids})).status_code == 400


async def test_reading_scopes_log_no_work() -> None:
    guest = await a_guest(scopes="read:jira-work")
    guest.site.add_issue(guest.site.add_project("TEST"))

    assert (await guest.get(PATH)).status_code == 200
    assert (await guest.post(PATH, A_WORKLOG)).status_code == 401


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1w 2d 3h 4m", 212_640), ("90m", 5_400), ("15", 900), ("0m", 0), ("8h", 28_800)],
)
def test_a_duration_is_read_as_it_is_written(text: str, seconds: int) -> None:
    assert read_duration(text) == seconds
    assert read_duration(write_duration(seconds)) == seconds


@pytest.mark.parametrize("text", ["", " ", "h", "1y", "-1h", "1 h", "1.5h"])
def test_a_duration_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^.*$"):
        read_duration(text)
