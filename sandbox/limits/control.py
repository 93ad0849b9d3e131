"""The control API's calls that set rate limits and show what was used."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control_orders import read_order
from sandbox.limits.ledger import LimitOrder
from sandbox.state import SandboxState, get_sandbox
from sandbox.world import JsonObject


async def set_limits(request: Request) -> Response:
    """Let these limits hold in place of those before, and begin to count anew."""
    order = await read_order(request, LimitOrder)
    sandbox = get_sandbox(request)
    sandbox.limits.set(order)
    return JSONResponse(_describe(sandbox))


async def show_limits(request: Request) -> Response:
    """The limits that hold, and the points each app used in this hour."""
    return JSONResponse(_describe(get_sandbox(request)))


async def clear_limits(request: Request) -> Response:
    """Let no limit hold."""
    get_sandbox(request).limits.set(LimitOrder())
    return Response(status_code=204)


def _describe(sandbox: SandboxState) -> JsonObject:
    limits = sandbox.limits
    used = limits.count_points(sandbox.clock.now())
    return {**limits.order.model_dump(by_alias=True), "pointsUsed": used}


ROUTES: Final = (
    Route("/__sandbox__/limits", set_limits, methods=["POST"]),
    Route("/__sandbox__/limits", show_limits, methods=["GET"]),
    Route("/__sandbox__/limits", clear_limits, methods=["DELETE"]),
)
