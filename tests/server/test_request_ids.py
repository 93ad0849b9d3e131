"""A request's id: one a request, in the answer, and beside its line in the log."""

import logging
from collections.abc import AsyncIterator

import pytest

from tests.support.gateway import JUNCTURE, Backend, Gateway, open_gateway

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"])


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    async with open_gateway(**backend) as gateway:
        yield gateway


async def test_each_answer_has_an_id_of_its_own_whatever_the_caller_sends(
    gateway: Gateway,
) -> None:
    paths = ["/healthz", "/healthz", "/graphql", "/nowhere", "/oauth/jira/start"]
    headers = {"X-Request-Id": "mine\x1b[2J"}

    answers = [await gateway.http.get(JUNCTURE + path, headers=headers) for path in paths]

    ids = {answer.headers["X-Request-Id"] for answer in answers}
    assert len(ids) == len(paths)
    assert all(len(each) == 32 and each.isalnum() for each in ids)


async def test_an_error_names_the_id_of_its_answer(gateway: Gateway) -> None:
    answer = await gateway.ask("{ nothing }")

    named = answer.body["errors"][0]["extensions"]["requestId"]
    assert named == answer.headers["X-Request-Id"]


async def test_a_page_names_the_id_of_its_answer(gateway: Gateway) -> None:
    page = await gateway.http.get(f"{JUNCTURE}/oauth/jira/start?link=x.y")

    assert page.headers["X-Request-Id"] in page.text


async def test_the_log_has_a_line_a_request_without_query_and_code(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "juncture.access")

    for path in ("/healthz?key=canary", "/oauth/jira/finalize/abc.canary", "/a%0Acanary%1B"):
        await gateway.http.get(JUNCTURE + path)

    lines = [r.getMessage() for r in caplog.records if r.name == "juncture.access"]
    assert [line.split()[:3] for line in lines] == [
        ["GET", "/healthz", "200"],
        ["GET", "/oauth/jira/finalize/...", "400"],
        ["GET", r"/a\ncanary\x1b", "404"],
    ]


async def test_the_line_of_a_request_carries_its_id(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "juncture.access")

    answer = await gateway.http.get(f"{JUNCTURE}/healthz")

    (record,) = [r for r in caplog.records if r.name == "juncture.access"]
    assert record.__dict__["request_id"] == answer.headers["X-Request-Id"]
