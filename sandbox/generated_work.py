"""Logged work and a long talk for the made-up world, by dice of their own."""

import random
from collections.abc import Sequence
from typing import Final

from sandbox.builders import SiteBuilder
from sandbox.world import Issue, Project, User

_SEED: Final = 20260106
_MANY_COMMENTS: Final = 120
_MANY_WORKLOGS: Final = 30
_QUARTER: Final = 900
_DEEDS: Final = ("Looked into it.", "Wrote a first version.", "Talked it over.", "Cleaned up.")


def add_work(site: SiteBuilder, project: Project, people: Sequence[User]) -> None:
    """Log work on every tenth of a project's first issues; one has many comments, one much work."""
    dice = random.Random(_SEED)  # noqa: S311 - reproducible, guards nothing
    worked_on = site.data.project_issues(project.id)[9:100:10]
    for issue in worked_on:
        for _ in range(1 + dice.randrange(3)):
            _log(site, issue, dice, people)
    for _ in range(_MANY_WORKLOGS):
        _log(site, worked_on[-1], dice, people)
    for number in range(_MANY_COMMENTS):
        site.add_comment(worked_on[0], f"Thought {number + 1}.", author=dice.choice(people))


def _log(site: SiteBuilder, issue: Issue, dice: random.Random, people: Sequence[User]) -> None:
    seconds = _QUARTER * (1 + dice.randrange(16))
    text = dice.choice((*_DEEDS, None))
    site.add_worklog(issue, seconds, text=text, author=dice.choice(people))
