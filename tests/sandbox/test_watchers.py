import pytest

from sandbox.world import PERSON_ACCOUNT_ID
from tests.sandbox.writing import ISSUE, a_writer, read_fields

PATH = f"{ISSUE}/TEST-1/watchers"


@pytest.mark.parametrize("body", [None, "", PERSON_ACCOUNT_ID], ids=["none", "empty", "by id"])
async def test_the_person_watches_an_issue(body: str | None) -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)
    before = await read_fields(guest, "TEST-1")

    response = await guest.post(PATH, body)

    after = await read_fields(guest, "TEST-1")
    assert response.status_code == 204
    assert after["watches"] == {"watchCount": 1, "isWatching": True}
    assert after["updated"] == before["updated"]


async def test_who_watches_is_listed_and_counted_once() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)
    ada = guest.site.add_user("Ada").account_id

    for account_id in (ada, ada, PERSON_ACCOUNT_ID):
        await guest.post(PATH, account_id)

    told = await guest.read(PATH)
    assert (told["watchCount"], told["isWatching"]) == (2, True)
    assert [each["accountId"] for each in told["watchers"]] == [ada, PERSON_ACCOUNT_ID]


async def test_who_goes_is_counted_no_more_and_may_go_twice() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)
    await guest.post(PATH, PERSON_ACCOUNT_ID)

    answers = [await guest.delete(PATH, accountId=PERSON_ACCOUNT_ID) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert (await read_fields(guest, "TEST-1"))["watches"]["watchCount"] == 0


async def test_watchers_whom_nobody_knows_are_counted_on_from() -> None:
    guest, project = await a_writer()
    issue = guest.site.add_issue(project)
    issue.fields["watches"]["watchCount"] = 7

    await guest.post(PATH, PERSON_ACCOUNT_ID)

    assert (await guest.read(PATH))["watchCount"] == 8


async def test_strangers_and_odd_bodies_are_refused() -> None:
    guest, project = await a_writer()
    guest.site.add_issue(project)

    answers = (
        await guest.post(PATH, "nobody"),
        await guest.post(PATH, {"accountId": PERSON_ACCOUNT_ID}),
        await guest.delete(PATH, accountId="nobody"),
        await guest.delete(PATH),
        await guest.post(f"{ISSUE}/TEST-9/watchers", PERSON_ACCOUNT_ID),
    )

    assert [answer.status_code for answer in answers] == [404, 400, 404, 400, 404]
