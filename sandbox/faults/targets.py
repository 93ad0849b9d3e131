"""Whether a fault can ever strike: which calls, sites and grants there are for it."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import zip_longest
from typing import Final

from sandbox import data_center
from sandbox.api_tokens import ApiToken
from sandbox.control_orders import refuse_order
from sandbox.endpoints import ENDPOINTS
from sandbox.faults.order import ANY_PATH, PLACEHOLDER, FaultOrder
from sandbox.state import SandboxState

_ON_SITES: Final = (
    *((row.method, row.template) for row in ENDPOINTS),
    ("GET", "/_edge/tenant_info"),
)
_ELSEWHERE: Final = (
    ("POST", "/oauth/token"),
    ("GET", "/oauth/token/accessible-resources"),
    ("GET", "/me"),
    ("GET", data_center.MYSELF),
    ("GET", data_center.SERVER_INFO),
)
_SHOWN: Final = 10
_NEAR: Final = 4


def check_target(order: FaultOrder, sandbox: SandboxState) -> None:
    """Refuse a fault that waits where no call goes, or for a site or grant that there is not.

    Raises:
        JiraError: 400, with each member that is wrong and what is allowed there.
    """
    errors = {
        **_check_path(order),
        **_check_site(order, sandbox),
        **_check_grant(order, sandbox),
    }
    if errors:
        raise refuse_order(errors)


def _check_path(order: FaultOrder) -> dict[str, str]:
    if order.path == ANY_PATH:
        return {}
    methods = _list_methods(order.path, (*_ON_SITES, *_ELSEWHERE))
    if not methods:
        templates = {template for _, template in (*_ON_SITES, *_ELSEWHERE)}
        near = get_close_matches(order.path, sorted(templates), n=_NEAR, cutoff=0)
        return {"path": f"the sandbox answers nothing there; near it are {', '.join(near)}"}
    if order.method not in (None, *methods):
        return {"method": f"nothing answers it at this path; there is {', '.join(methods)}"}
    return {}


def _check_site(order: FaultOrder, sandbox: SandboxState) -> dict[str, str]:
    sites = sandbox.world.sites
    if order.cloud_id is None:
        return {}
    if order.cloud_id not in sites:
        return {"cloudId": f"no such site; there are {_name_some(sites)}"}
    if _list_methods(order.path, _ELSEWHERE) and not _list_methods(order.path, _ON_SITES):
        return {"cloudId": "calls at this path belong to no site; leave it out"}
    return {}


def _check_grant(order: FaultOrder, sandbox: SandboxState) -> dict[str, str]:
    known = [*(token.value for token in ApiToken), *sandbox.tokens.grants]
    if order.grant in (None, *known):
        return {}
    return {"grant": f"no such grant so far; there are {_name_some(known)}"}


def _list_methods(path: str, places: Iterable[tuple[str, str]]) -> list[str]:
    return sorted({method for method, template in places if _meet(path, template)})


def _meet(path: str, template: str) -> bool:
    """Whether some call fits both: a fault's path and the template of what answers."""
    pairs = zip_longest(path.split("/"), template.split("/"), fillvalue="")
    return all(_can_be_same(*pair) for pair in pairs)


def _can_be_same(asked: str, answered: str) -> bool:
    if PLACEHOLDER.fullmatch(answered):
        return asked != ""
    parts = map(re.escape, PLACEHOLDER.split(asked))
    return re.fullmatch("[^/]+".join(parts), answered) is not None


def _name_some(names: Iterable[str]) -> str:
    listed: Sequence[str] = list(names)
    left_out = len(listed) - _SHOWN
    return ", ".join(listed[:_SHOWN]) + (f" and {left_out} more" if left_out > 0 else "")
