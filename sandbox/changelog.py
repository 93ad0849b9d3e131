"""Histories of issues on the platform API: of one, of one by their ids, and of many at once.

Source: the project's notes on the Jira API, sections 3 and 4, and Atlassian's OpenAPI document.
"""

import json
from typing import Any, Final

from sandbox.errors import JiraError
from sandbox.gateway import Call, endpoint, scopes
from sandbox.histories import list_histories
from sandbox.issue_changes import INVALID_BODY
from sandbox.issue_paths import get_issue
from sandbox.paging import build_page_bean, read_int, read_token, read_window, write_token
from sandbox.world import Issue, JsonObject

_CAP: Final = 100
_MOST_ISSUES: Final = 1_000
_MOST_FIELDS: Final = 10
_BULK_DEFAULT: Final = 1_000
_BULK_CAP: Final = 10_000
_BODY_NAMES: Final = frozenset({"issueIdsOrKeys", "fieldIds", "maxResults", "nextPageToken"})
Entry = tuple[Issue, JsonObject]


def page_histories(call: Call) -> JsonObject:
    """Answer GET issue/{idOrKey}/changelog: the oldest first, a hundred at most."""
    issue = get_issue(call)
    histories = list_histories(call.data, issue)
    window = read_window(call.query, default=_CAP, cap=_CAP)
    url = f"{call.api_url}/issue/{issue.key}/changelog"
    return build_page_bean(url, window, len(histories), window.cut(histories))


def list_some(call: Call) -> JsonObject:
    """Answer POST issue/{idOrKey}/changelog/list: those of the ids, without unknown ones."""
    issue, asked = get_issue(call), call.read_object().get("changelogIds")
    if not isinstance(asked, list) or not all(type(id_) is int for id_ in asked):
        raise JiraError(400, [INVALID_BODY])
    wanted = {str(id_) for id_ in asked}
    found = [each for each in list_histories(call.data, issue) if each["id"] in wanted]
    return {"startAt": 0, "maxResults": len(asked), "total": len(found), "histories": found}


def fetch_histories(call: Call) -> JsonObject:
    """Answer POST changelog/bulkfetch: by date over all the issues, then grouped by issue."""
    body = call.read_object()
    issues, field_ids = _read_issues(call, body), _read_field_ids(body)
    size = min(read_int("maxResults", body.get("maxResults"), _BULK_DEFAULT), _BULK_CAP)
    if not body.keys() <= _BODY_NAMES or size < 1:
        raise JiraError(400, [INVALID_BODY])
    query = json.dumps([body["issueIdsOrKeys"], sorted(field_ids)])
    offset = read_token(body.get("nextPageToken"), query=query, at=call.now)
    entries = _list_entries(call, issues, field_ids)
    page = entries[offset : offset + size]
    answer: JsonObject = {"issueChangeLogs": _group(page)}
    if offset + size < len(entries):
        answer["nextPageToken"] = write_token(offset + size, query=query, at=call.now)
    return answer


def _read_issues(call: Call, body: JsonObject) -> list[Issue]:
    asked = body.get("issueIdsOrKeys")
    if not isinstance(asked, list) or not 1 <= len(asked) <= _MOST_ISSUES:
        raise JiraError(400, [f"Between 1 and {_MOST_ISSUES} issue ids or keys must be given."])
    found = (call.data.find_issue(str(name)) for name in asked)
    return list({issue.id: issue for issue in found if issue is not None}.values())


def _read_field_ids(body: JsonObject) -> frozenset[str]:
    asked: Any = body.get("fieldIds") or []
    if not isinstance(asked, list) or len(asked) > _MOST_FIELDS:
        raise JiraError(400, [f"At most {_MOST_FIELDS} field ids can be given."])
    return frozenset(map(str, asked))


def _list_entries(call: Call, issues: list[Issue], field_ids: frozenset[str]) -> list[Entry]:
    entries = [(issue, each) for issue in issues for each in list_histories(call.data, issue)]
    wanted = [entry for entry in entries if not field_ids or _names_one(entry[1], field_ids)]
    return sorted(wanted, key=lambda entry: (entry[1]["created"], entry[0].id))


def _names_one(history: JsonObject, field_ids: frozenset[str]) -> bool:
    return any(item.get("fieldId") in field_ids for item in history["items"])


def _group(entries: list[Entry]) -> list[JsonObject]:
    by_issue: dict[int, list[JsonObject]] = {}
    for issue, history in entries:
        by_issue.setdefault(issue.id, []).append(history)
    return [{"issueId": str(id_), "changeHistories": found} for id_, found in by_issue.items()]


_READ: Final = scopes(
    "read:jira-work", "read:issue-meta:jira read:avatar:jira read:issue.changelog:jira"
)

_PATH: Final = "/rest/api/3/issue/{id_or_key}/changelog"
ENDPOINTS: Final = (
    endpoint("GET", _PATH, _READ, page_histories),
    endpoint("POST", f"{_PATH}/list", _READ, list_some),
    endpoint("POST", "/rest/api/3/changelog/bulkfetch", _READ, fetch_histories),
)
