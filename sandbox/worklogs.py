"""Worklogs on the platform API.

Where the document tells no words for a refusal, they are the sandbox's own.
Source: the operations on issue worklogs in Atlassian's OpenAPI document, 2026-05.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sandbox.comments import read_ids
from sandbox.durations import read_duration, write_duration
from sandbox.entity_properties import (
    Owner,
    expand_properties,
    forget_properties,
    keep_properties,
    list_keys,
    put_property,
    read_properties,
    remove_property,
    show_property,
)
from sandbox.errors import FieldValueError, JiraError
from sandbox.field_values import check_document
from sandbox.formats import format_instant, parse_instant
from sandbox.gateway import Answer, Call, endpoint, scopes
from sandbox.issue_edits import describe_person, save_issue
from sandbox.issue_paths import get_issue
from sandbox.paging import read_int, read_window
from sandbox.visibility import read_visibility
from sandbox.worklog_records import (
    FIRST_WORKLOG_ID,
    Work,
    build_worklog,
    list_worklogs,
    read_remaining,
    track_time,
    with_worklogs,
)
from sandbox.world import Issue, JsonObject

_CAP: Final = 5000
_SHORTEST: Final = 60
_TIME: Final = "timeLogged"
_STARTED: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}[+-][0-9]{4}"
)


def page_worklogs(call: Call) -> JsonObject:
    """Answer GET issue/{idOrKey}/worklog: the oldest first."""
    chosen = [each for each in list_worklogs(get_issue(call)) if _is_started_within(call, each)]
    window = read_window(call.query, default=_CAP, cap=_CAP)
    return {
        "startAt": window.start_at,
        "maxResults": window.max_results,
        "total": len(chosen),
        "worklogs": [expand_properties(call, _own(each), each) for each in window.cut(chosen)],
    }


def show_worklog(call: Call) -> JsonObject:
    """Answer GET issue/{idOrKey}/worklog/{id}."""
    worklog = _get_worklog(call, get_issue(call))
    return expand_properties(call, _own(worklog), worklog)


def list_by_id(call: Call) -> list[JsonObject]:
    """Answer POST worklog/list: in id order, without the worklogs that are not there."""
    wanted = read_ids(call.read_object())
    everything = (w for issue in call.data.issues.values() for w in list_worklogs(issue))
    found = sorted((w for w in everything if int(w["id"]) in wanted), key=lambda w: int(w["id"]))
    return [expand_properties(call, _own(worklog), worklog) for worklog in found]


def add_worklog(call: Call) -> Answer:
    """Answer POST issue/{idOrKey}/worklog."""
    data, issue, body = call.data, get_issue(call), call.read_object()
    seconds, properties = _read_seconds(body), read_properties(body)
    if seconds is None:
        raise JiraError(400, errors={_TIME: "You must indicate the time spent working."})
    worklog = build_worklog(
        data.site,
        issue,
        data.take_id("worklog", FIRST_WORKLOG_ID),
        Work(seconds, _read_started(body), _read_comment(body)),
        author=describe_person(data),
        at=call.now,
    ) | read_visibility(body)
    estimate = _estimate(call, read_remaining(issue), -seconds, manual="reduceBy")
    logged = with_worklogs(issue, [*list_worklogs(issue), worklog])
    save_issue(data, track_time(logged, added=seconds, remaining=estimate), at=call.now)
    keep_properties(data, _own(worklog), properties)
    return Answer(201, expand_properties(call, _own(worklog), worklog))


def edit_worklog(call: Call) -> JsonObject:
    """Answer PUT issue/{idOrKey}/worklog/{id}: what the body leaves out stays."""
    data, issue, body = call.data, get_issue(call), call.read_object()
    before, properties = _get_worklog(call, issue), read_properties(body)
    worklog = before | _read_edit(call, body) | read_visibility(body)
    added: int = worklog["timeSpentSeconds"] - before["timeSpentSeconds"]
    estimate = _estimate(call, read_remaining(issue), -added)
    worklogs = [worklog if known is before else known for known in list_worklogs(issue)]
    logged = with_worklogs(issue, worklogs)
    save_issue(data, track_time(logged, added=added, remaining=estimate), at=call.now)
    keep_properties(data, _own(worklog), properties)
    return expand_properties(call, _own(worklog), worklog)


def remove_worklog(call: Call) -> Answer:
    """Answer DELETE issue/{idOrKey}/worklog/{id}."""
    issue = get_issue(call)
    gone = _get_worklog(call, issue)
    seconds: int = gone["timeSpentSeconds"]
    estimate = _estimate(call, read_remaining(issue), seconds, manual="increaseBy")
    rest = with_worklogs(issue, [known for known in list_worklogs(issue) if known is not gone])
    save_issue(call.data, track_time(rest, added=-seconds, remaining=estimate), at=call.now)
    forget_properties(call.data, _own(gone))
    return Answer(204)


def _read_edit(call: Call, body: JsonObject) -> JsonObject:
    seconds, comment = _read_seconds(body), _read_comment(body)
    written: JsonObject = {
        "updateAuthor": describe_person(call.data),
        "updated": format_instant(call.now),
    }
    if seconds is not None:
        written |= {"timeSpent": write_duration(seconds), "timeSpentSeconds": seconds}
    if comment is not None:
        written["comment"] = comment
    if body.get("started") is not None:
        written["started"] = format_instant(_read_started(body))
    return written


def _read_seconds(body: JsonObject) -> int | None:
    given, text = body.get("timeSpentSeconds"), body.get("timeSpent")
    if given is None and text is None:
        return None
    refusal = JiraError(400, errors={_TIME: "Invalid time duration entered."})
    try:
        seconds = read_duration(str(text)) if given is None else given
    except ValueError:
        raise refusal from None
    if type(seconds) is not int or seconds < _SHORTEST or (given is not None and text is not None):
        raise refusal
    # Jira keeps whole minutes.
    return seconds - seconds % _SHORTEST


def _read_started(body: JsonObject) -> datetime:
    given = body.get("started")
    said = "The start is an instant such as 2026-01-31T12:00:00.000+0000."
    refusal = JiraError(400, errors={"started": said})
    if not isinstance(given, str) or not _STARTED.fullmatch(given):
        raise refusal
    try:
        return parse_instant(given)
    except (ValueError, OverflowError):
        raise refusal from None


def _read_comment(body: JsonObject) -> JsonObject | None:
    comment = body.get("comment")
    if comment is None:
        return None
    try:
        return check_document(comment)
    except FieldValueError as error:
        raise JiraError(400, errors={"comment": error.message}) from None


def _estimate(call: Call, before: int, change: int, *, manual: str = "") -> int:
    """What remains of the issue's work after the change that `adjustEstimate` asks for.

    `manual` is the parameter that names the size of a change of one's own, where there is one.
    """
    way = call.query.get("adjustEstimate", "auto")
    if way == "auto":
        return before + change
    if way == "leave":
        return before
    if way == "new":
        return _read_query_duration(call, "newEstimate")
    if way == "manual" and manual:
        own = _read_query_duration(call, manual)
        return before + (own if change > 0 else -own)
    raise JiraError(400, [f"The adjustEstimate parameter '{way}' is not supported."])


def _read_query_duration(call: Call, name: str) -> int:
    try:
        return read_duration(call.query.get(name, ""))
    except ValueError:
        raise JiraError(400, errors={name: f"The {name} is a time such as 1d 4h."}) from None


def _is_started_within(call: Call, worklog: JsonObject) -> bool:
    started = parse_instant(worklog["started"]).timestamp() * 1000
    after = read_int("startedAfter", call.query.get("startedAfter"), 0)
    before = call.query.get("startedBefore")
    return after <= started and (before is None or started < read_int("startedBefore", before, 0))


def _own(worklog: JsonObject) -> Owner:
    return "worklog", worklog["id"]


def _get_worklog(call: Call, issue: Issue) -> JsonObject:
    worklog_id = call.path["worklog_id"]
    for worklog in list_worklogs(issue):
        if worklog["id"] == worklog_id:
            return worklog
    raise JiraError(404, [f"Cannot find worklog with id: '{worklog_id}'."])


def list_worklog_properties(call: Call) -> JsonObject:
    """Answer GET issue/{idOrKey}/worklog/{id}/properties."""
    worklog = _get_worklog(call, get_issue(call))
    return list_keys(call, _own(worklog), worklog["self"])


def _on_property(answer: Callable[[Call, Owner], Any]) -> Callable[[Call], Any]:
    def answer_for(call: Call) -> Any:
        return answer(call, _own(_get_worklog(call, get_issue(call))))

    return answer_for


_SEEN: Final = (
    "read:group:jira read:issue-worklog:jira read:issue-worklog.property:jira "
    "read:project-role:jira read:user:jira"
)
_LIST: Final = scopes("read:jira-work", f"{_SEEN} read:avatar:jira")
_READ: Final = scopes("read:jira-work", f"{_SEEN} read:avatar:jira read:comment:jira")
_CHANGE: Final = "write:issue-worklog:jira write:issue-worklog.property:jira"
_ADD: Final = scopes("write:jira-work", f"{_SEEN} read:avatar:jira {_CHANGE}")
_EDIT: Final = scopes(
    "write:jira-work",
    f"{_SEEN} read:avatar:jira {_CHANGE} read:comment:jira write:comment:jira",
)
_DELETE: Final = scopes(
    "write:jira-work",
    "delete:issue-worklog:jira delete:issue-worklog.property:jira write:issue.time-tracking:jira",
)
_READ_PROPERTY: Final = scopes("read:jira-work", "read:issue-worklog.property:jira")
_WRITE_PROPERTY: Final = scopes("write:jira-work", "write:issue-worklog.property:jira")
_DELETE_PROPERTY: Final = scopes("write:jira-work", "delete:issue-worklog.property:jira")

_ROOT: Final = "/rest/api/3/issue/{id_or_key}/worklog"
_ONE: Final = f"{_ROOT}/{{worklog_id}}"
_PROPERTY: Final = f"{_ONE}/properties/{{key}}"
ENDPOINTS: Final = (
    endpoint("GET", _ROOT, _LIST, page_worklogs),
    endpoint("POST", _ROOT, _ADD, add_worklog),
    endpoint("GET", _ONE, _READ, show_worklog),
    endpoint("PUT", _ONE, _EDIT, edit_worklog),
    endpoint("DELETE", _ONE, _DELETE, remove_worklog),
    endpoint("POST", "/rest/api/3/worklog/list", _READ, list_by_id),
    endpoint("GET", f"{_ONE}/properties", _READ_PROPERTY, list_worklog_properties),
    endpoint("GET", _PROPERTY, _READ_PROPERTY, _on_property(show_property)),
    endpoint("PUT", _PROPERTY, _WRITE_PROPERTY, _on_property(put_property)),
    endpoint("DELETE", _PROPERTY, _DELETE_PROPERTY, _on_property(remove_property)),
)
