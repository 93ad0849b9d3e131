"""The control API's calls that let faults stand and take them away."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control_orders import read_order
from sandbox.errors import JiraError
from sandbox.faults.order import FaultOrder
from sandbox.faults.targets import check_target
from sandbox.state import get_sandbox


async def add_fault(request: Request) -> Response:
    """Let one more fault stand and answer with it and its id."""
    order = await read_order(request, FaultOrder)
    sandbox = get_sandbox(request)
    check_target(order, sandbox)
    fault = sandbox.faults.add(order)
    return JSONResponse(fault.to_json(), status_code=201)


async def show_faults(request: Request) -> Response:
    """Every fault that stands, oldest first, with how often each struck."""
    faults = get_sandbox(request).faults.faults.values()
    return JSONResponse({"faults": [fault.to_json() for fault in faults]})


async def clear_faults(request: Request) -> Response:
    """Take all faults away."""
    get_sandbox(request).faults.faults.clear()
    return Response(status_code=204)


async def remove_fault(request: Request) -> Response:
    """Take one fault away.

    Raises:
        JiraError: 404.
    """
    fault_id = request.path_params["fault_id"]
    if not get_sandbox(request).faults.remove(fault_id):
        raise JiraError(404, [f"No fault {fault_id} stands; GET /__sandbox__/faults lists them."])
    return Response(status_code=204)


ROUTES: Final = (
    Route("/__sandbox__/faults", add_fault, methods=["POST"]),
    Route("/__sandbox__/faults", show_faults, methods=["GET"]),
    Route("/__sandbox__/faults", clear_faults, methods=["DELETE"]),
    Route("/__sandbox__/faults/{fault_id}", remove_fault, methods=["DELETE"]),
)
