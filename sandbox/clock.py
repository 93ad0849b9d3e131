"""The sandbox's own clock: the one it is given, moved forward on request."""

from collections.abc import Callable
from datetime import datetime, timedelta

Clock = Callable[[], datetime]


class MovableClock:
    """A clock that can be advanced, so that tokens age without anybody waiting."""

    def __init__(self, base: Clock) -> None:
        """Follow the base clock until told to run ahead of it."""
        self._base = base
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The sandbox's present instant, aware."""
        return self._base() + self._ahead

    def advance(self, by: timedelta) -> None:
        """Run further ahead of the base clock."""
        self._ahead += by
