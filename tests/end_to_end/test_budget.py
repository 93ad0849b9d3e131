"""How many calls a query costs, and that those of one level travel side by side."""

import asyncio

import httpx

from tests.support.gateway import Gateway, SendOn, count_calls

NESTED = """
{ connection(externalId: "acme") { site { name url }
    project(idOrKey: "TIMOB") { name lead { displayName }
      boards(first: 2) { nodes { name type
        sprints(states: [ACTIVE, CLOSED], first: 5) { nodes { name state
          issues(first: 20) { nodes { key summary status { name category }
            assignee { displayName } } } } } } } } } }
"""


async def test_a_nested_query_costs_one_call_a_node_of_each_level(real: Gateway) -> None:
    answer = await real.ask(NESTED)

    boards = answer.data["connection"]["project"]["boards"]["nodes"]
    sprints = [sprint for board in boards for sprint in board["sprints"]["nodes"]]
    calls = count_calls(real)
    assert len(boards) == 2
    assert calls.pop("GET /rest/api/3/project/TIMOB") == 1
    assert calls.pop("GET /rest/agile/1.0/board") == 1
    board_calls = {path: n for path, n in calls.items() if path.startswith("GET /rest/agile")}
    assert list(board_calls.values()) == [1, 1]
    rest = {path: n for path, n in calls.items() if path not in board_calls}
    assert len(rest) == len(sprints)
    assert set(rest.values()) == {1}
    assert all(path.endswith("/issue") for path in rest)


async def test_the_calls_of_one_level_are_in_flight_together(
    real: Gateway,
) -> None:
    levels = {"sprint": asyncio.Barrier(2), "issue": asyncio.Barrier(3)}

    async def wait_for_the_others(request: httpx.Request, send: SendOn) -> httpx.Response:
        level = levels.get(request.url.path.rpartition("/")[2])
        if level is not None:
            await level.wait()
        return await send(request)

    real.transport.detour = wait_for_the_others

    async with asyncio.timeout(20):
        answer = await real.ask(NESTED)

    assert answer.data["connection"]["project"]["boards"]["nodes"]


async def test_a_slow_connection_has_a_bounded_number_of_calls_in_flight(
    real: Gateway,
) -> None:
    fields = " ".join(f"p{n}: projects(first: {n}) {{ totalCount }}" for n in range(1, 31))
    eight_arrived, released = asyncio.Event(), asyncio.Event()
    in_flight, most_in_flight = 0, 0

    async def hold(request: httpx.Request, send: SendOn) -> httpx.Response:
        nonlocal in_flight, most_in_flight
        in_flight += 1
        most_in_flight = max(most_in_flight, in_flight)
        if in_flight == 8:
            eight_arrived.set()
        await released.wait()
        answer = await send(request)
        in_flight -= 1
        return answer

    real.transport.detour = hold

    async with asyncio.timeout(20):
        asking = asyncio.create_task(real.ask_connection(fields))
        await eight_arrived.wait()
        for _ in range(50):
            await asyncio.sleep(0)
        released.set()
        await asking

    assert most_in_flight == 8
    assert len(real.calls()) == 30


async def test_a_field_asked_twice_is_one_call(real: Gateway) -> None:
    await real.ask_connection(
        'a: project(idOrKey: "TIMOB") { name lead { displayName } } '
        'b: project(idOrKey: "TIMOB") { key components { name } } '
    )

    assert real.calls() == ["GET /rest/api/3/project/TIMOB"]


async def test_people_and_statuses_of_issues_cost_no_call_of_their_own(real: Gateway) -> None:
    await real.ask_connection(
        "issues(first: 100) { nodes { assignee { displayName } reporter { accountId } "
        "status { name } priority { name } fixVersions { name } } }"
    )

    assert real.calls() == ["POST /rest/api/3/search/jql"]
