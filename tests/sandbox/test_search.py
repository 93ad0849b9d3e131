from typing import Any

import pytest

from tests.sandbox.visitors import Guest, a_guest

SEARCH = "/rest/api/3/search/jql"
COUNT = "/rest/api/3/search/approximate-count"


async def a_guest_with_issues(count: int) -> Guest:
    guest = await a_guest()
    guest.site.add_issues(guest.site.add_project("TEST"), count)
    return guest


async def read_pages(guest: Guest, **parameters: Any) -> list[list[str]]:
    pages: list[list[str]] = []
    token: dict[str, str] = {}
    while True:
        page = await guest.read(SEARCH, **parameters, **token)
        pages.append([issue["id"] for issue in page["issues"]])
        if page["isLast"]:
            assert "nextPageToken" not in page
            return pages
        token = {"nextPageToken": page["nextPageToken"]}


async def test_without_fields_there_are_ids_alone() -> None:
    guest = await a_guest_with_issues(1)

    page = await guest.read(SEARCH, jql="project = TEST")

    assert page == {"issues": [{"id": "10000"}], "isLast": True}


async def test_the_key_alone_brings_no_fields() -> None:
    guest = await a_guest_with_issues(1)

    (issue,) = (await guest.read(SEARCH, jql="project = TEST", fields="key"))["issues"]

    assert issue["key"] == "TEST-1"
    assert "fields" not in issue


async def test_tokens_lead_through_every_issue_once() -> None:
    guest = await a_guest_with_issues(120)

    pages = await read_pages(guest, jql="project = TEST")

    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({issue for page in pages for issue in page}) == 120


@pytest.mark.parametrize(
    ("fields", "sizes"),
    [("summary", [100, 50]), ("id,key", [150]), ("*all", [100, 50])],
    ids=["a real field", "ids and keys", "all"],
)
async def test_real_fields_cap_a_page_at_a_hundred(fields: str, sizes: list[int]) -> None:
    guest = await a_guest_with_issues(150)

    pages = await read_pages(guest, jql="project = TEST", fields=fields, maxResults=5000)

    assert [len(page) for page in pages] == sizes


async def test_ids_alone_are_capped_at_five_thousand() -> None:
    guest = await a_guest_with_issues(5001)

    page = await guest.read(SEARCH, jql="project = TEST", maxResults=9999)

    assert len(page["issues"]) == 5000


async def test_a_posted_search_answers_like_the_other() -> None:
    guest = await a_guest_with_issues(3)
    body = {"jql": "project = TEST order by key desc", "fields": ["summary"], "maxResults": 2}

    posted = await guest.send(SEARCH, body)
    following = await guest.send(SEARCH, body | {"nextPageToken": posted["nextPageToken"]})

    assert [issue["key"] for issue in posted["issues"]] == ["TEST-3", "TEST-2"]
    assert [issue["key"] for issue in following["issues"]] == ["TEST-1"]
    asked = {"jql": body["jql"], "fields": "summary", "maxResults": 2}
    assert (await guest.read(SEARCH, **asked))["issues"] == posted["issues"]


@pytest.mark.parametrize(
    "body",
    [
        {"jql": "project = TEST", "startAt": 0},
        {"jql": "project = TEST", "validateQuery": "strict"},
        {"jql": 7},
        {"jql": "project = TEST", "fields": "summary"},
        {"jql": "project = TEST", "maxResults": "many"},
    ],
    ids=["startAt", "validateQuery", "jql", "fields", "maxResults"],
)
async def test_a_posted_search_outside_the_contract_is_a_400(body: dict[str, Any]) -> None:
    guest = await a_guest_with_issues(1)

    assert (await guest.post(SEARCH, body)).status_code == 400


@pytest.mark.parametrize("jql", ["", "order by created"])
async def test_an_unbounded_query_is_refused_everywhere(jql: str) -> None:
    guest = await a_guest_with_issues(1)

    answers = [
        await guest.get(SEARCH, jql=jql),
        await guest.post(SEARCH, {"jql": jql}),
        await guest.post(COUNT, {"jql": jql}),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert all("Unbounded" in answer.json()["errorMessages"][0] for answer in answers)


async def test_a_token_of_another_query_is_refused() -> None:
    guest = await a_guest_with_issues(60)
    token = (await guest.read(SEARCH, jql="project = TEST"))["nextPageToken"]

    response = await guest.get(SEARCH, jql="project = TEST and key is empty", nextPageToken=token)

    assert response.status_code == 400


async def test_a_count_counts_what_a_search_finds() -> None:
    guest = await a_guest_with_issues(7)

    assert await guest.send(COUNT, {"jql": "project = TEST and key != TEST-1"}) == {"count": 6}


@pytest.mark.parametrize("body", [{}, {"jql": "project = TEST", "maxResults": 1}, {"jql": 1}])
async def test_a_count_takes_a_query_alone(body: dict[str, Any]) -> None:
    guest = await a_guest_with_issues(1)

    assert (await guest.post(COUNT, body)).status_code == 400


async def test_a_search_sees_a_new_issue_at_once() -> None:
    guest = await a_guest_with_issues(1)
    before = await guest.send(COUNT, {"jql": 'text ~ "fresh"'})

    guest.site.add_issue(guest.site.data.projects[10000], summary="Fresh")

    assert before == {"count": 0}
    assert await guest.send(COUNT, {"jql": 'text ~ "fresh"'}) == {"count": 1}


async def test_the_old_search_is_gone() -> None:
    guest = await a_guest_with_issues(1)

    answers = [
        await guest.get("/rest/api/3/search", jql="project = TEST"),
        await guest.post("/rest/api/3/search", {"jql": "project = TEST"}),
    ]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert "/rest/api/3/search/jql" in answers[0].json()["errorMessages"][0]
