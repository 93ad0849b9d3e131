"""The site whose answers are replaced."""

from collections.abc import AsyncIterator

import pytest

from tests.end_to_end.worlds import a_site
from tests.support.gateway import Backend, Gateway, open_gateway


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    """A site with two issues in a sprint of one board, linked to `acme`."""
    world, site = a_site()
    project = site.add_project("SHOP")
    sprint = site.add_sprint(site.add_board(project, kind="scrum"), state="active")
    for summary in ("Here", "There"):
        site.add_issue(project, summary=summary, sprints=[sprint])
    async with open_gateway(world, **backend) as gateway:
        await gateway.connect()
        gateway.forget_calls()
        yield gateway
