"""The generated world for tests that change it."""

import pickle
from functools import cache

from sandbox.generator import generate_world
from sandbox.world import World


def open_made_up_world() -> World:
    """A generated world of one's own; generating another takes several times as long."""
    world = pickle.loads(_made_once())
    assert isinstance(world, World)
    return world


@cache
def _made_once() -> bytes:
    return pickle.dumps(generate_world(), protocol=pickle.HIGHEST_PROTOCOL)
