"""People far apart find the same issues, whatever their clocks do."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.builders import SiteBuilder
from tests.support.gateway import Gateway

ZONES = ("America/Los_Angeles", "Asia/Tokyo", "Europe/Berlin")
CHANGES = {
    "Los Angeles springs forward": datetime(2026, 3, 8, 10, tzinfo=UTC),
    "Los Angeles falls back": datetime(2026, 11, 1, 9, tzinfo=UTC),
    "Berlin falls back": datetime(2026, 10, 25, 1, tzinfo=UTC),
}
HALF_HOURS = range(-60, 61)
FIND = """query($f: IssueFilter!, $jql: String) { connection(externalId: "acme") {
  issues(filter: $f, jql: $jql, first: 200) { nodes { summary } } } }"""


def fill(site: SiteBuilder, change: datetime) -> None:
    """Issues made and changed every half hour around a change of clocks."""
    project = site.add_project("TEST")
    for step in HALF_HOURS:
        at = change + timedelta(minutes=30 * step)
        site.add_issue(project, summary=f"{step}", created_at=at, updated_at=at)


async def find(gateway: Gateway, condition: dict[str, str], jql: str | None = None) -> set[int]:
    answer = await gateway.ask(FIND, {"f": condition, "jql": jql})
    return {int(node["summary"]) for node in answer.data["connection"]["issues"]["nodes"]}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_people_far_apart_find_the_same_issues_around_a_change_of_clocks(
    built_once: Gateway, site: SiteBuilder, change: datetime
) -> None:
    fill(site, change)
    begin, end = change - timedelta(hours=2), change + timedelta(hours=3)
    within = set(range(-4, 6))

    for zone in ZONES:
        site.set_time_zone(zone)
        for name in ("created", "updated"):
            bounds = {f"{name}After": write(begin), f"{name}Before": write(end, hours=9)}
            assert await find(built_once, bounds) == within, (zone, name)
            before = await find(built_once, {f"{name}Before": write(change, hours=-8)})
            after = await find(built_once, {f"{name}After": write(change)})
            assert (before, after) == (set(range(-60, 0)), set(range(61))), (zone, name)


async def test_dates_in_text_form_would_tell_them_apart(
    built_once: Gateway, site: SiteBuilder
) -> None:
    """Such as a caller's own JQL may hold: the reason why filters send none."""
    fill(site, CHANGES["Los Angeles springs forward"])
    found = []

    for zone in ZONES[:2]:
        site.set_time_zone(zone)
        found.append(await find(built_once, {}, 'created >= "2026-03-08"'))

    assert len(found[0]) != len(found[1])
    assert found[0] < found[1]


def write(at: datetime, *, hours: int = 0) -> str:
    """An instant as somebody so many hours east of Greenwich writes it."""
    local = (at + timedelta(hours=hours)).replace(tzinfo=None)
    return f"{local.isoformat()}{'-' if hours < 0 else '+'}{abs(hours):02}:00"
