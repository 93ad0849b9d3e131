"""Values that apps keep on issues, shown beside an issue's fields and at addresses of their own.

Source: the operations on issue properties, and the `properties` of those on issues, in Atlassian's
OpenAPI document, 2026-05.
"""

from collections.abc import Sequence
from typing import Any, Final

from sandbox.entity_properties import (
    Owner,
    list_keys,
    put_property,
    remove_property,
    show_property,
)
from sandbox.errors import JiraError
from sandbox.gateway import Answer, Call, endpoint, scopes
from sandbox.issue_changes import INVALID_BODY
from sandbox.issue_paths import get_issue
from sandbox.world import Issue, JsonObject, SiteData

_MOST_KEYS: Final = 5
_ALL: Final = "*all"


def own(issue: Issue) -> Owner:
    """What the properties of an issue are kept under."""
    return "issue", str(issue.id)


def read_listed_keys(asked: Any) -> tuple[str, ...]:
    """The properties that a list of issues is to show, five at most.

    Raises:
        JiraError: 400.
    """
    if asked is None:
        return ()
    if not isinstance(asked, list) or not all(isinstance(each, str) for each in asked):
        raise JiraError(400, [INVALID_BODY])
    keys = _split(asked)
    if len(keys) > _MOST_KEYS:
        raise JiraError(400, [f"At most {_MOST_KEYS} issue properties can be asked for."])
    return keys


def read_query_keys(call: Call) -> tuple[str, ...]:
    """The properties that one issue is to show, or wildcards and exclusions."""
    return _split(call.query.getlist("properties"))


def show_properties(data: SiteData, described: JsonObject, keys: Sequence[str]) -> JsonObject:
    """Those properties of an issue that are asked for, to go with what is shown of it."""
    if not keys:
        return {}
    kept = data.entity_properties.get(("issue", described["id"]), {})
    return {"properties": {key: kept[key] for key in kept if _is_asked(key, keys)}}


def add_properties(data: SiteData, page: JsonObject, keys: Sequence[str]) -> JsonObject:
    """A page of issues, each with those of its properties that are asked for."""
    issues = [each | show_properties(data, each, keys) for each in page["issues"]]
    return page | {"issues": issues}


def list_issue_properties(call: Call) -> JsonObject:
    """Answer GET issue/{idOrKey}/properties."""
    issue = get_issue(call)
    return list_keys(call, own(issue), f"{call.api_url}/issue/{issue.id}")


def show_issue_property(call: Call) -> JsonObject:
    """Answer GET issue/{idOrKey}/properties/{key}."""
    return show_property(call, own(get_issue(call)))


def put_issue_property(call: Call) -> Answer:
    """Answer PUT issue/{idOrKey}/properties/{key}."""
    return put_property(call, own(get_issue(call)))


def remove_issue_property(call: Call) -> Answer:
    """Answer DELETE issue/{idOrKey}/properties/{key}."""
    return remove_property(call, own(get_issue(call)))


def _split(asked: Sequence[str]) -> tuple[str, ...]:
    names = [part.strip() for entry in asked for part in entry.split(",")]
    return tuple(name for name in names if name)


def _is_asked(key: str, keys: Sequence[str]) -> bool:
    return f"-{key}" not in keys and (key in keys or _ALL in keys)


_READ: Final = scopes("read:jira-work", "read:issue.property:jira")
_WRITE: Final = scopes("write:jira-work", "write:issue.property:jira")
_DELETE: Final = scopes("write:jira-work", "delete:issue.property:jira")
_ROOT: Final = "/rest/api/3/issue/{id_or_key}/properties"
ENDPOINTS: Final = (
    endpoint("GET", _ROOT, _READ, list_issue_properties),
    endpoint("GET", f"{_ROOT}/{{key}}", _READ, show_issue_property),
    endpoint("PUT", f"{_ROOT}/{{key}}", _WRITE, put_issue_property),
    endpoint("DELETE", f"{_ROOT}/{{key}}", _DELETE, remove_issue_property),
)
