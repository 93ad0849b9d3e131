"""What a fault may say: where it strikes, and what it does there."""

import json
import re
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from sandbox.control_orders import Order
from sandbox.limits.refusals import RateLimitKind

ANY_PATH: Final = "*"
PLACEHOLDER: Final = re.compile(r"\{[^{}/]*\}")
"""What stands for one segment of a path, or for a part of one."""

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
_HEADERS_OF_THE_SANDBOX: Final = frozenset({"content-length", "transfer-encoding"})
_CONSENT_PATH: Final = "/authorize"
_GATEWAY_PREFIX: Final = "/ex/jira/"
_LARGEST_COUNT: Final = 10**12
_LONGEST_WAIT_MS: Final = 3_600_000

Count = Annotated[int, Field(le=_LARGEST_COUNT)]
Wait = Annotated[int, Field(ge=0, le=_LONGEST_WAIT_MS)]


class Drip(Order):
    """So many bytes at a time, so many milliseconds apart."""

    bytes: Annotated[Count, Field(ge=1)]
    milliseconds: Wait


class RepeatedBody(Order):
    """A text sent again and again until so many bytes went out."""

    text: Annotated[str, Field(min_length=1)]
    bytes: Annotated[Count, Field(ge=1)]


class RetryDate(Order):
    """An HTTP date so many seconds after the sandbox's present instant."""

    date_in_seconds: Annotated[int, Field(ge=-_LARGEST_COUNT // 10**3, le=_LARGEST_COUNT // 10**3)]


class FaultOrder(Order):
    """One fault as it was asked for; a member that is absent or null says nothing.

    `retry_after` alone tells the two apart: null takes away the header a `rateLimit` would have.
    """

    method: Literal["GET", "POST", "PUT", "DELETE", "PATCH"] | None = None
    path: str = ANY_PATH
    cloud_id: str | None = None
    grant: str | None = None
    skip: Annotated[Count, Field(ge=0)] = 0
    every: Annotated[Count, Field(ge=1)] = 1
    count: Annotated[Count, Field(ge=1)] | None = None

    status: Annotated[int, Field(ge=200, le=599)] | None = None
    body: Any = None
    headers: dict[str, str] = Field(default_factory=dict)
    retry_after: int | str | RetryDate | None = None
    rate_limit: RateLimitKind | None = None
    repeat_body: RepeatedBody | None = None
    delay_milliseconds: Wait = 0
    drip: Drip | None = None
    truncate_after_bytes: Annotated[Count, Field(ge=0)] | None = None
    reset: bool = False
    cut_after_commit: bool = False

    @property
    def makes_answer(self) -> bool:
        """Whether the answer is the fault's own, so that the call is not carried out."""
        given = (self.status, self.body, self.rate_limit, self.repeat_body)
        return any(part is not None for part in given)

    @property
    def names_retry_after(self) -> bool:
        """Whether a Retry-After header was given or, by null, taken away."""
        return "retry_after" in self.model_fields_set

    def encode_body(self) -> bytes:
        """A text as it is, anything else as JSON."""
        if isinstance(self.body, str):
            return self.body.encode()
        return b"" if self.body is None else json.dumps(self.body).encode()

    @field_validator("path")
    @classmethod
    def _check_path(cls, path: str) -> str:
        if path.startswith(_GATEWAY_PREFIX):
            raise ValueError("leave /ex/jira/{cloudId} out: begin at /rest and name the cloudId")
        if path == _CONSENT_PATH:
            raise ValueError("no fault strikes the consent page; it is people's")
        literal = PLACEHOLDER.sub("", path)
        is_template = (
            path.startswith("/") and not path.endswith("/") and not set("{}*") & {*literal}
        )
        if path != ANY_PATH and not is_template:
            raise ValueError(
                'give "*" alone for every path, or a template such as /rest/api/3/issue/{id}, '
                "where {…} is one segment, without a slash at its end"
            )
        return path

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if name.lower() in _HEADERS_OF_THE_SANDBOX:
                raise ValueError(
                    f"{name} is the sandbox's own; use truncateAfterBytes or repeatBody"
                )
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise ValueError("names are HTTP tokens, values Latin-1 without control characters")
        return headers

    @field_validator("retry_after", mode="wrap")
    @classmethod
    def _check_retry_after(cls, value: Any, check: ValidatorFunctionWrapHandler) -> Any:
        if isinstance(value, str) and not _HEADER_VALUE.fullmatch(value):
            raise ValueError("a text must be Latin-1 without control characters")
        try:
            return check(value)
        except ValidationError:
            raise ValueError(
                'give seconds as a whole number, a text, {"dateInSeconds": seconds}, or null for '
                "no such header"
            ) from None

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        effects = self._list_effects()
        alone = effects & {"reset", "cut_after_commit"}
        if not effects:
            raise ValueError(f"Say what the fault does: {_list_aliases(_EFFECTS)}")
        if alone and effects - {"delay_milliseconds"} != {min(alone)}:
            raise ValueError("reset and cutAfterCommit go with delayMilliseconds and nothing else")
        if self.rate_limit is not None and self.status is not None:
            raise ValueError("rateLimit answers 429 by itself: leave status out")
        if self.repeat_body is not None and effects & {
            "body",
            "rate_limit",
            "truncate_after_bytes",
        }:
            raise ValueError("repeatBody goes with no body, rateLimit or truncateAfterBytes")
        return self

    def _list_effects(self) -> set[str]:
        fields = type(self).model_fields
        return {
            name
            for name in _EFFECTS & self.model_fields_set
            if getattr(self, name) != fields[name].get_default(call_default_factory=True)
        }


_WHERE: Final = frozenset({"method", "path", "cloud_id", "grant", "skip", "every", "count"})
_EFFECTS: Final = frozenset(FaultOrder.model_fields) - _WHERE


def _list_aliases(names: Iterable[str]) -> str:
    return ", ".join(sorted(map(to_camel, names)))
