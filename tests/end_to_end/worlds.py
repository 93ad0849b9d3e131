"""Worlds that several end-to-end tests look at, and what was loaded into them."""

import gc
import gzip
import json
from functools import cache
from typing import Any

from sandbox.archive import build_archive_world
from sandbox.builders import SiteBuilder, WorldBuilder
from sandbox.world import World
from tests.support.missing import require
from tests.support.servers import shared_path

ARCHIVES = ("tidev-TIMOB.jsonl.gz", "apache-ARROW.jsonl.gz")


def a_site() -> tuple[World, SiteBuilder]:
    """A world with one site and nothing in it."""
    world = WorldBuilder()
    return world.world, world.add_site("Acme")


@cache
def load_archives() -> World:
    """The real projects TIMOB and ARROW on one site; loaded once, only read."""
    folder = require(shared_path()) / "jira-data" / "issues"
    world = build_archive_world([folder / name for name in ARCHIVES])
    gc.freeze()  # else each full collection walks millions of objects that never go
    return world


@cache
def read_archive(name: str) -> list[dict[str, Any]]:
    """The raw issues of a data file."""
    path = require(shared_path()) / "jira-data" / "issues" / name
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
