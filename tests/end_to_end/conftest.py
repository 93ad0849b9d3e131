"""Fixtures of the end-to-end tests."""

from collections.abc import AsyncIterator

import pytest

from sandbox.builders import SiteBuilder
from sandbox.world import World
from tests.end_to_end.worlds import a_site, load_archives
from tests.support.gateway import Backend, Gateway, open_gateway


@pytest.fixture
async def real(backend: Backend) -> AsyncIterator[Gateway]:
    """The projects TIMOB and ARROW, with the external id `acme` linked to their site."""
    async with open_gateway(load_archives(), **backend) as gateway:
        await gateway.connect()
        gateway.forget_calls()
        yield gateway


@pytest.fixture
async def real_once(sqlite_url: str) -> AsyncIterator[Gateway]:
    """As `real`, on SQLite alone: for tests in which storage plays no part."""
    async with open_gateway(load_archives(), database_url=sqlite_url) as gateway:
        await gateway.connect()
        gateway.forget_calls()
        yield gateway


@pytest.fixture
def world_and_site() -> tuple[World, SiteBuilder]:
    """A world with one empty site, to build in before a gateway is opened on it."""
    return a_site()


@pytest.fixture
def site(world_and_site: tuple[World, SiteBuilder]) -> SiteBuilder:
    """The site that `built` serves."""
    return world_and_site[1]


@pytest.fixture
async def built(
    backend: Backend, world_and_site: tuple[World, SiteBuilder]
) -> AsyncIterator[Gateway]:
    """The site of the fixture `site`, with the external id `acme` linked to it."""
    async with open_gateway(world_and_site[0], **backend) as gateway:
        await gateway.connect()
        gateway.forget_calls()
        yield gateway


@pytest.fixture
async def built_once(
    sqlite_url: str, world_and_site: tuple[World, SiteBuilder]
) -> AsyncIterator[Gateway]:
    """As `built`, on SQLite alone: for tests in which storage plays no part."""
    async with open_gateway(world_and_site[0], database_url=sqlite_url) as gateway:
        await gateway.connect()
        gateway.forget_calls()
        yield gateway
