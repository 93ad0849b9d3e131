"""What an administrator of the sites sets about attachments; no part of Jira's API."""

from typing import Annotated, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control_orders import Order, read_order
from sandbox.state import get_sandbox


class AttachmentOrder(Order):
    """Whether files may be attached on every site, and the largest of them in bytes."""

    enabled: bool = True
    upload_limit: Annotated[int, Field(ge=0, le=2**40)] | None = None


async def set_attachments(request: Request) -> Response:
    """Set both for every site; a limit that is left out stays."""
    order = await read_order(request, AttachmentOrder)
    sites = get_sandbox(request).world.data.values()
    for data in sites:
        data.has_attachments = order.enabled
        if order.upload_limit is not None:
            data.attachment_limit = order.upload_limit
    limits = {data.site.cloud_id: data.attachment_limit for data in sites}
    return JSONResponse({"enabled": order.enabled, "uploadLimits": limits})


ROUTES: Final = (Route("/__sandbox__/attachments", set_attachments, methods=["POST"]),)
