"""Jira's three rate limits, counted by the sandbox's clock; none holds until it is set.

Source: the project's notes on the Jira API, section 7. Inferred: a burst bucket holds what one
second brings.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import Field

from sandbox.control_orders import Order
from sandbox.limits.refusals import Refusal, build_quota_headers, find_full_hour

_WRITE_WINDOWS: Final = ((20, timedelta(seconds=2)), (100, timedelta(seconds=30)))
_LARGEST: Final = 10**9

BurstMethod = Annotated[str, Field(pattern="^(GET|POST|PUT|DELETE)$")]
Limit = Annotated[int, Field(ge=1, le=_LARGEST)]


class LimitOrder(Order):
    """Which limits hold from now on; what is left out does not."""

    points_per_hour: Limit | None = None
    burst_per_second: dict[BurstMethod, Limit] = Field(default_factory=dict)
    per_issue_writes: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """What a call counts against.

    `app` is the client id whose points it uses, None for API tokens, which use none. `issue_id` is
    that of the issue it writes to.
    """

    app: str | None
    cloud_id: str
    method: str
    endpoint: str
    issue_id: int | None = None


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: datetime


@dataclass(slots=True)
class Limits:
    """The limits that hold, and what was used of them."""

    order: LimitOrder = field(default_factory=LimitOrder)
    _points: dict[str, int] = field(default_factory=dict)
    _points_until: datetime | None = None
    _buckets: dict[tuple[str, str, str], _Bucket] = field(default_factory=dict)
    _writes: dict[tuple[str, int], deque[datetime]] = field(default_factory=dict)

    def set(self, order: LimitOrder) -> None:
        """Let other limits hold, and begin to count anew."""
        self.order = order
        self._points.clear()
        self._buckets.clear()
        self._writes.clear()

    def find_refusal(self, claim: Claim, now: datetime) -> Refusal | None:
        """The limit that stops a call; where there is none, the call is counted."""
        refusal = self._check_points(claim, now) or self._take_token(claim, now)
        return refusal or self._note_write(claim, now)

    def charge(self, app: str, points: int, now: datetime) -> dict[str, str]:
        """Take points from an app's quota: the headers that tell what is left of it."""
        limit = self.order.points_per_hour
        if limit is None:
            return {}
        self._points[app] = self.count_points(now).get(app, 0) + points
        return build_quota_headers(limit, max(0, limit - self._points[app]), now)

    def count_points(self, now: datetime) -> dict[str, int]:
        """The points that each app used since the last full hour."""
        if self._points_until is None or now >= self._points_until:
            self._points.clear()
            self._points_until = find_full_hour(now)
        return dict(self._points)

    def _check_points(self, claim: Claim, now: datetime) -> Refusal | None:
        limit = self.order.points_per_hour
        if limit is None or claim.app is None:
            return None
        if self.count_points(now).get(claim.app, 0) < limit:
            return None
        return Refusal("quota-global", limit, find_full_hour(now))

    def _take_token(self, claim: Claim, now: datetime) -> Refusal | None:
        rate = self.order.burst_per_second.get(claim.method)
        if rate is None:
            return None
        place = (claim.cloud_id, claim.method, claim.endpoint)
        bucket = self._buckets.setdefault(place, _Bucket(rate, now))
        since_s = (now - bucket.filled_at).total_seconds()
        bucket.tokens = min(rate, bucket.tokens + since_s * rate)
        bucket.filled_at = now
        if bucket.tokens < 1:
            missing_s = (1 - bucket.tokens) / rate
            return Refusal("burst", rate, now + timedelta(seconds=missing_s))
        bucket.tokens -= 1
        return None

    def _note_write(self, claim: Claim, now: datetime) -> Refusal | None:
        if not self.order.per_issue_writes or claim.issue_id is None:
            return None
        writes = self._writes.setdefault((claim.cloud_id, claim.issue_id), deque(maxlen=100))
        for limit, window in _WRITE_WINDOWS:
            inside = [at for at in writes if now - at < window]
            if len(inside) >= limit:
                return Refusal("per-issue-on-write", limit, inside[-limit] + window)
        writes.append(now)
        return None
