"""The world the sandbox shows when it is given no data: seeded, so that it is always the same.

Four sites: two Jira sites of one name, a third with other data, and one of Confluence alone. The
first two hold most of 2,000 issues between them, with the odd cases real sites have.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sandbox import catalogue
from sandbox.adf import build_document
from sandbox.builders import SiteBuilder, WorldBuilder
from sandbox.formats import format_instant
from sandbox.generated_attachments import attach_files
from sandbox.generated_histories import add_histories
from sandbox.generated_work import add_work
from sandbox.issue_fields import IssueOptions
from sandbox.world import STORY_POINTS_FIELD, Board, Issue, Project, Sprint, User, World

MAIN_CLOUD_ID: Final = "11111111-aaaa-4aaa-8aaa-111111111111"
TWIN_CLOUD_ID: Final = "22222222-bbbb-4bbb-8bbb-222222222222"
OTHER_CLOUD_ID: Final = "33333333-cccc-4ccc-8ccc-333333333333"
CONFLUENCE_CLOUD_ID: Final = "44444444-dddd-4ddd-8ddd-444444444444"

_SEED: Final = 20260105
_FIRST_INSTANT: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_VERBS: Final = ("Add", "Fix", "Remove", "Rename", "Speed up", "Explain", "Test", "Migrate")
_THINGS: Final = (
    "the login page",
    "invoice export",
    "search results",
    "the mobile menu",
    "password rules",
    "audit records",
    "webhook delivery",
    "the release notes",
)
_LABELS: Final = ("backend", "frontend", "urgent", 'said "soon"', "don't", "größe")
_NAMES: Final = (
    "Ada Lindqvist",
    "Bruno Okafor",
    "Chiara Novak",
    "Dmitri Álvarez",
    "Eun-ji Park",
    "فاطمة الزهراء",
    "李小龙",
)
_ODD_SUMMARIES: Final = (
    "Long summary " + "very " * 45 + "long",
    "مرحبا بالعالم: اختبار من اليمين إلى اليسار",
    "Rocket 🚀 family 👩‍👩‍👧 flag 🏴󠁧󠁢󠁳󠁣󠁴󠁿 and e\u0301 combining",
    'Quotes " and \\ backslashes <b>and markup</b> & entities',
    "日本語の要約",
)


def build_sites() -> tuple[WorldBuilder, SiteBuilder, SiteBuilder]:
    """The four sites, with builders for the main one and the third; nothing on any of them."""
    world = WorldBuilder()
    main = world.add_site("Acme", url="https://acme.atlassian.example", cloud_id=MAIN_CLOUD_ID)
    world.add_site("Acme", url="https://acme-archive.atlassian.example", cloud_id=TWIN_CLOUD_ID)
    other = world.add_site(
        "Globex", url="https://globex.atlassian.example", cloud_id=OTHER_CLOUD_ID
    )
    world.add_confluence_site(
        "Acme Docs", url="https://acme-docs.atlassian.example", cloud_id=CONFLUENCE_CLOUD_ID
    )
    return world, main, other


def generate_world() -> World:
    """The whole generated world: 2,000 issues in four projects on two sites."""
    world, main, other = build_sites()
    fill_main_site(main)
    fill_other_site(other)
    return world.world


def fill_main_site(site: SiteBuilder) -> None:
    """The three projects of the main site, 1,600 issues."""
    crowd = _Crowd(site)
    shop = site.add_project(
        "SHOP", name="Web shop", description="Where things are sold", category="Products"
    )
    board = site.add_board(shop, kind="scrum", name="Shop scrum")
    second = site.add_board(shop, kind="scrum", name="Shop mobile")
    site.add_board(shop, kind="kanban", name="Shop kanban")
    sprints = _add_sprints(site, board, shared_with=(second,))
    _add_sprints(site, second, shared_with=())
    crowd.fill(shop, 995, sprints)
    _add_odd_issues(crowd, shop, sprints)

    # DO is a reserved word of JQL.
    operations = site.add_project("DO", name="Operations", lead=None)
    limits = {"In Progress": (None, 5)}
    site.add_board(operations, kind="kanban", name="Operations", limits=limits)
    site.withhold(operations, "ADMINISTER_PROJECTS", "DELETE_ISSUES")
    crowd.fill(operations, 299, ())
    site.move_issue(site.add_issue(operations, summary="Moved to the shop"), shop)

    team = site.add_project("TEAM", name="Team-managed", is_team_managed=True)
    with_sprints = site.add_board(team, kind="simple", name="Team sprints", has_sprints=True)
    site.add_board(team, kind="simple", name="Team flow")
    crowd.fill(team, 300, _add_sprints(site, with_sprints, shared_with=()))
    add_work(site, shop, crowd.people)
    add_histories(site, shop, crowd.people)
    attach_files(site)


def fill_other_site(site: SiteBuilder) -> None:
    """The one project of the third site, 400 issues, a former employee in the lead."""
    crowd = _Crowd(site)
    project = site.add_project("GLX", name="Globex portal", lead=crowd.former)
    board = site.add_board(project, kind="scrum", name="Portal")
    crowd.fill(project, 400, _add_sprints(site, board, shared_with=()))


@dataclass(slots=True)
class _Crowd:
    """The people of a site and the dice that hand them work."""

    site: SiteBuilder
    dice: random.Random = field(default_factory=lambda: random.Random(_SEED))  # noqa: S311 - reproducible, guards nothing
    people: list[User] = field(init=False)
    former: User = field(init=False)

    def __post_init__(self) -> None:
        self.people = [self.site.add_user(name) for name in _NAMES] + [self.site.person]
        self.former = self.site.add_user("Former Employee", is_active=False)

    def fill(self, project: Project, count: int, sprints: Sequence[Sprint]) -> None:
        """Give a project its epics, then the work under them, some of it in sprints."""
        ranks = list(range(1, count + 1))
        self.dice.shuffle(ranks)
        epic_count = min(8, count)
        first = project.id * 10_000
        epics = [
            self.site.add_issue(
                project, summary=f"Epic {number}", issue_type="Epic", rank=first + ranks[number]
            )
            for number in range(epic_count)
        ]
        parent: Issue | None = None
        for rank in ranks[epic_count:]:
            options = self.draw(project, sprints)
            options["rank"] = first + rank
            if parent is not None and self.dice.random() < 0.1:
                sub_task = next(t["name"] for t in project.issue_types if t["subtask"])
                options |= {"parent": parent, "issue_type": sub_task, "sprints": ()}
                self.site.add_issue(project, **options)
                continue
            if self.dice.random() < 0.4:
                options["parent"] = self.dice.choice(epics)
            issue = self.site.add_issue(project, **options)
            self._talk(issue, parent)
            parent = issue

    def draw(self, project: Project, sprints: Sequence[Sprint]) -> IssueOptions:
        """The options of one ordinary issue."""
        dice = self.dice
        status = dice.choice(project.statuses)
        created_at = _FIRST_INSTANT + timedelta(minutes=dice.randrange(300 * 24 * 60))
        types = [t["name"] for t in project.issue_types if t["hierarchyLevel"] == 0]
        options: IssueOptions = {
            "summary": f"{dice.choice(_VERBS)} {dice.choice(_THINGS)}",
            "description": f"Somebody asked to {dice.choice(_VERBS).lower()} this.\n\nToday.",
            "issue_type": dice.choice(types),
            "status": status["name"],
            "priority": dice.choice(list(self.site.data.priorities.values()))["name"],
            "assignee": dice.choice([*self.people, None]),
            "reporter": dice.choice(self.people),
            "labels": dice.sample(_LABELS, dice.randrange(3)),
            "components": dice.sample(("API", "Web", "Docs"), dice.randrange(2)),
            "fix_versions": dice.sample(("1.0", "1.1", "2.0"), dice.randrange(2)),
            "created_at": created_at,
            "updated_at": created_at + timedelta(hours=dice.randrange(500)),
            "due_on": created_at.date() + timedelta(days=30) if dice.random() < 0.3 else None,
            "custom": {STORY_POINTS_FIELD: dice.choice((None, 1.0, 2.0, 3.0, 5.0, 8.0))},
        }
        if sprints and dice.random() < 0.6:
            first = dice.randrange(len(sprints))
            options["sprints"] = sprints[first : first + 1 + dice.randrange(2)]
        return options

    def _talk(self, issue: Issue, neighbour: Issue | None) -> None:
        for number in range(self.dice.randrange(3)):
            text = f"Remark {number + 1} on {issue.key}.\nIt has two lines."
            self.site.add_comment(issue, text, author=self.dice.choice(self.people))
        if neighbour is not None and self.dice.random() < 0.1:
            self.site.add_link(issue, neighbour, type_name=self.dice.choice(("Blocks", "Clones")))


def _add_sprints(site: SiteBuilder, board: Board, *, shared_with: Sequence[Board]) -> list[Sprint]:
    past = [
        site.add_sprint(board, state="closed", goal=f"Goal {number}", shared_with=shared_with)
        for number in range(4)
    ]
    active = site.add_sprint(board, state="active", shared_with=shared_with)
    future = site.add_sprint(board, state="future", name="Someday")
    return [*past, active, future]


def _add_odd_issues(crowd: _Crowd, project: Project, sprints: Sequence[Sprint]) -> None:
    site, former = crowd.site, crowd.former
    site.add_issue(
        project,
        summary=_ODD_SUMMARIES[0],
        priority=None,
        assignee=former,
        reporter=former,
        is_flagged=True,
        sprints=[sprints[-2]],
        custom=_build_custom_values(site, crowd.people[0]),
    )
    for summary in _ODD_SUMMARIES[1:]:
        issue = site.add_issue(project, summary=summary, description=None, labels=_LABELS)
        site.add_comment(issue, f"{summary}\n\nA second paragraph.", author=former)


def _build_custom_values(site: SiteBuilder, user: User) -> dict[str, Any]:
    region = site.build_option("10310", "Europe")
    return {
        STORY_POINTS_FIELD: 13.0,
        catalogue.TEAM_FIELD: {"id": "team-1", "name": "Checkout"},
        catalogue.RISK_FIELD: site.build_option("10300", "High"),
        catalogue.PLATFORMS_FIELD: [
            site.build_option("10301", "Web"),
            site.build_option("10302", "iOS"),
        ],
        catalogue.REGION_FIELD: region | {"child": site.build_option("10311", "Finland")},
        catalogue.REVIEWER_FIELD: site.build_user_value(user),
        catalogue.TARGET_DATE_FIELD: date(2026, 12, 31).isoformat(),
        catalogue.DEPLOYED_AT_FIELD: format_instant(_FIRST_INSTANT),
        catalogue.CRITERIA_FIELD: build_document("It works.\n\nIt is fast."),
        catalogue.DESIGN_LINK_FIELD: "https://example.com/design?id=1",
        catalogue.CUSTOMER_FIELD: "Initech",
        catalogue.SEVERITY_OPTION_FIELD: site.build_option("10320", "Major"),
        catalogue.SEVERITY_NUMBER_FIELD: 2.0,
        catalogue.KEYWORDS_FIELD: ["payment", "tax free"],
    }
