"""What the tests of filters share: issues that differ in everything, and how they are found."""

from datetime import UTC, date, datetime
from typing import Any

from sandbox import catalogue
from sandbox.builders import SiteBuilder
from sandbox.world import STORY_POINTS_FIELD, Issue, Project, User
from tests.support.gateway import Gateway

PAGE = 'query($f: IssueFilter) { connection(externalId: "acme") { issues(filter: $f, first: 100) {'
KEYS = f"{PAGE} nodes {{ key }} }} }} }}"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def find(gateway: Gateway, condition: Any) -> set[str]:
    """The keys of the issues that a filter finds."""
    answer = await gateway.ask(KEYS, {"f": condition})
    return {node["key"] for node in answer.data["connection"]["issues"]["nodes"]}


async def refuse(gateway: Gateway, condition: Any) -> tuple[str, str]:
    """The code and the message that a filter is refused with, alone."""
    answer = await gateway.ask(KEYS, {"f": condition})
    assert answer.body["data"]["connection"]["issues"] is None
    (error,) = answer.body["errors"]
    return error["extensions"]["code"], error["message"]


def build(site: SiteBuilder) -> tuple[Project, Issue, Issue]:
    """Two issues that differ in everything that a filter can ask, and one with nothing set."""
    home, away = site.add_project("HOME"), site.add_project("AWAY")
    ada = site.add_user("Ada")
    board = site.add_board(home)
    active = site.add_sprint(board, state="active")
    epic = site.add_issue(home, summary="The epic", issue_type="Epic", created_at=NOON)
    full = site.add_issue(
        home,
        summary="Login fails on Mondays",
        issue_type="Bug",
        status="In Progress",
        priority="High",
        labels=["red", 'said "soon"'],
        components=["API"],
        fix_versions=["1.0"],
        assignee=site.person,
        reporter=ada,
        parent=epic,
        sprints=[active],
        due_on=date(2026, 4, 1),
        created_at=datetime(2026, 4, 1, tzinfo=UTC),
        updated_at=datetime(2026, 4, 2, tzinfo=UTC),
        resolution="Done",
        custom=_custom_values(site, ada),
    )
    bare = site.add_issue(
        away,
        summary="Nothing set",
        priority=None,
        assignee=None,
        due_on=None,
        created_at=NOON,
        updated_at=NOON,
    )
    return home, full, bare


def _custom_values(site: SiteBuilder, reviewer: User) -> dict[str, Any]:
    return {
        STORY_POINTS_FIELD: 2.5,
        catalogue.RISK_FIELD: site.build_option("10300", "High"),
        catalogue.REVIEWER_FIELD: site.build_user_value(reviewer),
        catalogue.TARGET_DATE_FIELD: "2026-04-01",
        catalogue.DEPLOYED_AT_FIELD: "2026-04-01T10:00:00.000+0200",
        catalogue.CUSTOMER_FIELD: "Acme and Sons",
        catalogue.DESIGN_LINK_FIELD: "https://design.example/a",
        catalogue.KEYWORDS_FIELD: ["fast", "cheap"],
    }
