"""What became of some issues of the generated world: a little of many, and much of one."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sandbox.builders import SiteBuilder
from sandbox.formats import parse_instant
from sandbox.world import Issue, Project, User

_SEED: Final = 20260106
_EACH: Final = 5
_LONG: Final = 120
_STEPS: Final = (("To Do", "In Progress"), ("In Progress", "In Review"), ("In Review", "Done"))


def add_histories(site: SiteBuilder, project: Project, people: Sequence[User]) -> None:
    """Give each fifth issue of a project up to four histories, and its first one many."""
    dice = random.Random(_SEED)  # noqa: S311 - reproducible, guards nothing
    first, *others = site.data.project_issues(project.id)
    for number in range(_LONG):
        change = ("summary", f"Epic, version {number}", f"Epic, version {number + 1}")
        _add(site, first, change, dice.choice(people), hours=number)
    for issue in others[::_EACH]:
        steps = dice.randrange(4)
        for number, (before, after) in enumerate(_STEPS[:steps]):
            _add(site, issue, ("status", before, after), dice.choice(people), hours=number + 1)
        _add(site, issue, ("priority", "Low", "Medium"), dice.choice(people), hours=steps + 1)


def _add(
    site: SiteBuilder,
    issue: Issue,
    change: tuple[str, str, str],
    author: User,
    *,
    hours: int,
) -> None:
    at = parse_instant(issue.fields["created"]) + timedelta(hours=hours)
    site.add_history(issue, change, author=author, at=at)
