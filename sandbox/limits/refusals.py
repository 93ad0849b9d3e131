"""The headers that go with Jira's rate limits, on a 429 and before it.

Source: the project's notes on the Jira API, section 7. Inferred: the name of a tenant's policy, and
the body, for which no sample was found.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sandbox.world import JsonObject

RateLimitKind = Literal["quota-global", "quota-tenant", "burst", "per-issue-on-write"]

BODY: Final[JsonObject] = {"code": 429, "message": "Rate limit exceeded"}

_REASONS: Final[dict[RateLimitKind, str]] = {
    "quota-global": "jira-quota-global-based",
    "quota-tenant": "jira-quota-tenant-based",
    "burst": "jira-burst-based",
    "per-issue-on-write": "jira-per-issue-on-write",
}
_POLICIES: Final[dict[RateLimitKind, str]] = {
    "quota-global": "global-app-quota",
    "quota-tenant": "tenant-app-quota",
}
_USUAL_LIMITS: Final[dict[RateLimitKind, int]] = {
    "quota-global": 65_000,
    "quota-tenant": 100_000,
    "burst": 100,
    "per-issue-on-write": 20,
}
_USUAL_WAITS: Final[dict[RateLimitKind, timedelta]] = {
    "burst": timedelta(seconds=1),
    "per-issue-on-write": timedelta(seconds=2),
}
_HOUR: Final = timedelta(hours=1)
_NEAR: Final = 0.2


@dataclass(frozen=True, slots=True)
class Refusal:
    """A limit that was reached: which, how high it is, and when it lets through again."""

    kind: RateLimitKind
    limit: int
    opens_at: datetime

    def build_headers(self, now: datetime) -> dict[str, str]:
        """The headers of the 429; Retry-After is whole seconds, at least one."""
        wait_s = max(1, math.ceil((self.opens_at - now).total_seconds()))
        headers = {
            "Retry-After": str(wait_s),
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": self.opens_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "X-RateLimit-NearLimit": "true",
            "RateLimit-Reason": _REASONS[self.kind],
        }
        return headers | _describe_policy(self.kind, self.limit, 0, wait_s)


def build_usual_refusal(kind: RateLimitKind, now: datetime) -> Refusal:
    """A refusal with the limits that Atlassian names, for a fault without a limit behind it."""
    opens_at = now + _USUAL_WAITS[kind] if kind in _USUAL_WAITS else find_full_hour(now)
    return Refusal(kind, _USUAL_LIMITS[kind], opens_at)


def build_quota_headers(limit: int, remaining: int, now: datetime) -> dict[str, str]:
    """The headers of an answer that the points quota let through."""
    headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(remaining)}
    until_reset_s = math.ceil((find_full_hour(now) - now).total_seconds())
    policy = _describe_policy("quota-global", limit, remaining, until_reset_s)
    if remaining < _NEAR * limit:
        return headers | {"X-RateLimit-NearLimit": "true"} | policy
    return headers | {name: policy[name] for name in policy if name.endswith("Policy")}


def find_full_hour(now: datetime) -> datetime:
    """The next full hour, at which points are counted anew."""
    return now.replace(minute=0, second=0, microsecond=0) + _HOUR


def _describe_policy(
    kind: RateLimitKind, limit: int, remaining: int, wait_s: int
) -> dict[str, str]:
    if kind not in _POLICIES:
        return {}
    name = _POLICIES[kind]
    return {
        "Beta-RateLimit-Policy": f'"{name}";q={limit};w={int(_HOUR.total_seconds())}',
        "Beta-RateLimit": f'"{name}";r={remaining};t={wait_s}',
    }
