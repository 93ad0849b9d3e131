"""JSON bodies of the control API, read with a sentence for each member that is wrong."""

from collections.abc import Mapping
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails
from starlette.requests import Request

from sandbox.errors import JiraError
from sandbox.json_bodies import parse_json
from sandbox.world import JsonObject


class Order(BaseModel):
    """A JSON object in camelCase with exact types and no member that is unknown."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
    )


OrderKind = TypeVar("OrderKind", bound=Order)

_VALUE_ERROR: Final = "Value error, "


async def read_order(request: Request, kind: type[OrderKind]) -> OrderKind:
    """The order a request holds.

    Raises:
        JiraError: 400, with each member that is wrong and what is allowed there.
    """
    body = await read_object(request)
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
    errors = {_name_member(detail): _explain(detail, kind) for detail in found}
    raise refuse_order(errors)


def refuse_order(errors: Mapping[str, str]) -> JiraError:
    """The 400 that says what is wrong with each member; "" stands for all of them together."""
    messages = [f"{member}: {text}." if member else f"{text}." for member, text in errors.items()]
    return JiraError(400, messages, {member: text for member, text in errors.items() if member})


async def read_object(request: Request) -> JsonObject:
    """The JSON object a request holds; an empty body is an empty object.

    Raises:
        JiraError: 400.
    """
    raw = await request.body()
    try:
        body = parse_json(raw) if raw else {}
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise JiraError(400, ["The body must be a JSON object in whole characters and numbers."])
    return body


def _name_member(detail: ErrorDetails) -> str:
    return ".".join(map(str, detail["loc"]))


def _explain(detail: ErrorDetails, kind: type[Order]) -> str:
    if detail["type"] != "extra_forbidden":
        return detail["msg"].removeprefix(_VALUE_ERROR)
    if len(detail["loc"]) > 1:
        return "no such member"
    allowed = (field.alias or name for name, field in kind.model_fields.items())
    return f"no such member; there are {', '.join(allowed)}"
