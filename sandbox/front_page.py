"""The page that says what this sandbox holds, what it was asked, and what goes wrong in it."""

import json
from itertools import islice
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.faults.board import Fault
from sandbox.limits.ledger import LimitOrder
from sandbox.pages import render_page
from sandbox.site_addresses import build_site_path
from sandbox.state import SandboxState, get_sandbox
from sandbox.world import Site

_CALLS_SHOWN: Final = 20
_WHERE: Final = ("id", "method", "path", "cloudId", "grant", "skip", "count", "met", "struck")
_CONTROL_CALLS: Final = (
    ("GET", "/__sandbox__/health", "whether it answers, its clock, its sites"),
    ("GET, DELETE", "/__sandbox__/calls", "every recorded call"),
    ("GET, POST, DELETE", "/__sandbox__/faults", "what goes wrong"),
    ("GET, POST, DELETE", "/__sandbox__/limits", "rate limits that count"),
    ("POST", "/__sandbox__/attachments", "whether files are taken, and how large"),
    ("GET", "/__sandbox__/grants", "who was let in, with which scopes"),
    ("GET", "/__sandbox__/token-history", "what was given and refused for each token"),
    ("POST", "/__sandbox__/revoke", "end one grant, or all"),
    ("POST", "/__sandbox__/clock", "move the clock forward"),
    ("POST", "/__sandbox__/latency", "delay every call"),
    ("POST", "/__sandbox__/search-lag", "let searches see writes later"),
)


async def show_front_page(request: Request) -> Response:
    """Answer GET /."""
    sandbox = get_sandbox(request)
    return render_page(
        "front.html",
        now=sandbox.clock.now(),
        sites=[_describe_site(sandbox, site) for site in sandbox.world.sites.values()],
        calls=list(islice(reversed(sandbox.calls.calls), _CALLS_SHOWN)),
        call_count=len(sandbox.calls.calls),
        faults=[_describe_fault(fault) for fault in sandbox.faults.faults.values()],
        limits=_list_limits(sandbox.limits.order),
        points=sandbox.limits.count_points(sandbox.clock.now()),
        lags=(("answers", sandbox.latency), ("searches", sandbox.search_lag)),
        control_calls=_CONTROL_CALLS,
    )


def _describe_site(sandbox: SandboxState, site: Site) -> dict[str, Any]:
    data = sandbox.world.data.get(site.cloud_id)
    projects = [] if data is None else list(data.projects.values())
    return {
        "name": site.name,
        "cloud_id": site.cloud_id,
        "path": build_site_path(site),
        "has_jira": data is not None,
        "issue_count": 0 if data is None else len(data.issues),
        "projects": [
            (project.key, project.name, len(data.issue_ids_by_project.get(project.id, ())))
            for project in projects
            if data is not None
        ],
    }


def _describe_fault(fault: Fault) -> dict[str, Any]:
    shown = fault.to_json()
    effects = {
        name: json.dumps(value, ensure_ascii=False)
        for name, value in shown.items()
        if name not in _WHERE
    }
    return {"order": fault.order, "effects": effects, "id": fault.id, "struck": fault.struck}


def _list_limits(order: LimitOrder) -> list[str]:
    limits = []
    if order.points_per_hour is not None:
        limits.append(f"{order.points_per_hour:,} points an hour for each app")
    for method, rate in order.burst_per_second.items():
        limits.append(f"{rate:,} {method} calls a second at each endpoint of a site")
    if order.per_issue_writes:
        limits.append("20 writes in 2 seconds and 100 in 30 seconds to each issue")
    return limits


ROUTES: Final = (Route("/", show_front_page, methods=["GET"]),)
