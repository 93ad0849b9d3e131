"""The fields JQL knows: how to read each from an issue, compare it and sort by it.

Most fields are read as terms: the lower-case ids, keys and names of their values, so that a
value may be named in any of these ways.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from sandbox.adf import read_text
from sandbox.errors import JqlError
from sandbox.formats import parse_instant
from sandbox.ids import find_id
from sandbox.world import SPRINT_FIELD, Issue, SiteData

Kind = Literal["terms", "text", "instant", "day", "number", "key", "rank"]
_TERM_PARTS: Final = ("id", "key", "name", "value", "accountId", "displayName")


@dataclass(frozen=True, slots=True)
class JqlField:
    """One field.

    `read` gives a tuple of terms, a text, epoch milliseconds or a number, by `kind`; () and None
    stand for no value. `sort` gives a comparable or None. `resolve` turns what a query names
    into terms, or raises.
    """

    name: str
    kind: Kind
    read: Callable[[Issue], Any]
    sort: Callable[[Issue], Any]
    resolve: Callable[[str], frozenset[str]]


def find_fields(data: SiteData, name: str) -> list[JqlField]:
    """The fields a name stands for: one, or every custom field that bears it; [] for none."""
    lowered = name.lower()
    if lowered in _BUILDERS:
        return [_BUILDERS[lowered](data, lowered)]
    if lowered in ("sprint", "cf[10020]", SPRINT_FIELD):
        return [_build_sprint(data)]
    if lowered in ("rank", "cf[10019]"):
        return [JqlField("Rank", "rank", _read_rank, _read_rank, _as_term)]
    return [
        _build_custom(data, entry)
        for entry in data.field_catalogue.values()
        if entry["custom"]
        and (
            lowered in (entry["name"].lower(), entry["id"])
            or lowered == f"cf[{entry['schema']['customId']}]"
        )
    ]


def get_fields(data: SiteData, name: str) -> list[JqlField]:
    """The fields a name stands for.

    Raises:
        JqlError: no field has the name.
    """
    found = find_fields(data, name)
    if not found:
        raise JqlError(f"Field '{name}' does not exist or you do not have permission to view it.")
    return found


def read_terms(value: Any) -> tuple[str, ...]:
    """Everything a JSON value can be named by, in lower case."""
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(term for entry in value for term in read_terms(entry))
    if isinstance(value, dict):
        own = tuple(str(value[part]).lower() for part in _TERM_PARTS if part in value)
        return own + read_terms(value.get("child"))
    return (str(value).lower(),)


@lru_cache(maxsize=65536)
def read_milliseconds(text: str) -> int:
    """Epoch milliseconds of Jira's spelling of an instant or a day."""
    return round(parse_instant(text).timestamp() * 1000)


def read_issue_text(data: SiteData, issue: Issue, name: str) -> str:
    """The lower-case text of a field, or of all of them for `text`; remembered until a write."""
    memory_key = ("text", name, issue.id)
    memory = data.searched.memory
    if memory_key not in memory:
        memory[memory_key] = _collect_text(issue, name).lower()
    return str(memory[memory_key])


def _collect_text(issue: Issue, name: str) -> str:
    fields = issue.fields
    if name == "text":
        parts = ("summary", "description", "environment", "comment")
        return "\n".join(_collect_text(issue, part) for part in parts)
    if name == "comment":
        comments = (fields.get("comment") or {}).get("comments", ())
        return "\n".join(read_text(comment["body"]) for comment in comments)
    value = fields.get(name)
    return value if isinstance(value, str) else read_text(value)


def _as_term(text: str) -> frozenset[str]:
    return frozenset({text.lower()})


def _read_rank(issue: Issue) -> str:
    return issue.rank


def _build_terms(
    data: SiteData, name: str, path: str, known: Callable[[], Iterable[Any]] | None
) -> JqlField:
    read = _remember_terms(data, path)

    def sort(issue: Issue) -> tuple[str, ...] | None:
        value = issue.fields.get(path)
        if isinstance(value, list):
            return tuple(sorted(_read_name(entry) for entry in value)) or None
        return None if value is None else (_read_name(value),)

    def resolve(text: str) -> frozenset[str]:
        if known is not None and text.lower() not in _list_known(data, name, path, known):
            raise JqlError(f"The value '{text}' does not exist for the field '{name}'.")
        return _as_term(text)

    return JqlField(name, "terms", read, sort, resolve)


def _remember_terms(data: SiteData, path: str) -> Callable[[Issue], tuple[str, ...]]:
    remembered: dict[int, tuple[str, ...]] = data.searched.memory.setdefault(("terms", path), {})

    def read(issue: Issue) -> tuple[str, ...]:
        terms = remembered.get(issue.id)
        if terms is None:
            terms = remembered[issue.id] = read_terms(issue.fields.get(path))
        return terms

    return read


def _list_known(
    data: SiteData, name: str, path: str, known: Callable[[], Iterable[Any]]
) -> frozenset[str]:
    memory_key = ("known", name)
    index = data.searched
    if memory_key not in index.memory:
        values = [*known(), *(issue.fields.get(path) for issue in index.issues.values())]
        terms = frozenset(term for value in values for term in read_terms(value))
        index.memory[memory_key] = terms
    found: frozenset[str] = index.memory[memory_key]
    return found


def _read_name(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value).lower()
    parts = ("displayName", "name", "value", "key", "id")
    return next((str(value[part]).lower() for part in parts if part in value), "")


def _build_priority(data: SiteData, name: str) -> JqlField:
    plain = _build_terms(data, name, "priority", data.priorities.values)
    places = {id_: place for place, id_ in enumerate(data.priorities)}

    def sort(issue: Issue) -> int | None:
        priority = issue.fields.get("priority")
        # The first of the list is the highest, and "descending" starts with the highest.
        return None if priority is None else -places[priority["id"]]

    return JqlField(name, "terms", plain.read, sort, plain.resolve)


def _build_status_category(_data: SiteData, name: str) -> JqlField:
    def read(issue: Issue) -> tuple[str, ...]:
        return read_terms(issue.fields["status"]["statusCategory"])

    def resolve(text: str) -> frozenset[str]:
        known = {"new", "indeterminate", "done", "undefined", "to do", "in progress"}
        if text.lower() not in known | {"no category", "1", "2", "3", "4"}:
            raise JqlError(f"The value '{text}' does not exist for the field 'statusCategory'.")
        return _as_term(text)

    return JqlField(name, "terms", read, read, resolve)


def _build_user(data: SiteData, name: str) -> JqlField:
    def known() -> list[dict[str, str]]:
        return [
            {"accountId": user.account_id, "displayName": user.display_name}
            for user in data.users.values()
        ]

    return _build_terms(data, name, name, known)


def _build_project(data: SiteData, name: str) -> JqlField:
    def known() -> list[dict[str, Any]]:
        return [
            {"id": project.id, "key": project.key, "name": project.name}
            for project in data.projects.values()
        ]

    return _build_terms(data, name, "project", known)


def _build_issue_reference(data: SiteData, name: str, path: str) -> JqlField:
    read = _remember_terms(data, path)

    def resolve(text: str) -> frozenset[str]:
        issue = get_issue(data, text, name)
        return frozenset({str(issue.id), issue.key.lower()})

    return JqlField(name, "terms", read, read, resolve)


def get_issue(data: SiteData, id_or_key: str, field_name: str) -> Issue:
    """The issue a query names.

    Raises:
        JqlError: no issue has this id or key.
    """
    issue = data.find_issue(id_or_key) or data.searched.find_issue(id_or_key)
    if issue is None:
        raise JqlError(f"An issue with key '{id_or_key}' does not exist for field '{field_name}'.")
    return issue


def _build_key(data: SiteData, name: str) -> JqlField:
    def read(issue: Issue) -> tuple[str, ...]:
        return (str(issue.id),)

    def resolve(text: str) -> frozenset[str]:
        return frozenset({str(get_issue(data, text, name).id)})

    return JqlField(name, "key", read, read_key_order, resolve)


def read_key_order(issue: Issue) -> tuple[str, int]:
    """What keys are sorted and compared by: the project, then the number."""
    project, _, number = issue.key.rpartition("-")
    return project, int(number)


def _build_id(data: SiteData, name: str) -> JqlField:
    plain = _build_key(data, name)
    return JqlField(name, "key", plain.read, lambda issue: issue.id, plain.resolve)


def _build_text(data: SiteData, name: str) -> JqlField:
    def read(issue: Issue) -> str:
        return read_issue_text(data, issue, name)

    return JqlField(name, "text", read, lambda issue: read(issue) or None, _as_term)


def _build_date(name: str, path: str, kind: Literal["instant", "day"]) -> JqlField:
    def read(issue: Issue) -> int | None:
        value = issue.fields.get(path)
        return None if value is None else read_milliseconds(value)

    return JqlField(name, kind, read, read, _as_term)


def _build_number(name: str, path: str) -> JqlField:
    def read(issue: Issue) -> float | None:
        value = issue.fields.get(path)
        return None if value is None else float(value)

    return JqlField(name, "number", read, read, _as_term)


def _build_sprint(data: SiteData) -> JqlField:
    def read(issue: Issue) -> tuple[str, ...]:
        return tuple(map(str, issue.sprint_ids))

    def resolve(text: str) -> frozenset[str]:
        sprint_id = find_id(text)
        if sprint_id in data.sprints:
            return frozenset({str(sprint_id)})
        named = [s.id for s in data.sprints.values() if s.name.lower() == text.lower()]
        if not named:
            raise JqlError(
                f"Sprint with name '{text}' does not exist or you do not have permission to "
                "view it."
            )
        return frozenset(map(str, named))

    return JqlField("sprint", "terms", read, lambda issue: issue.sprint_ids or None, resolve)


def _build_custom(data: SiteData, entry: dict[str, Any]) -> JqlField:
    id_, name, schema = entry["id"], entry["name"], entry["schema"]
    custom = schema["custom"].rpartition(":")[2]
    if schema["type"] == "number":
        return _build_number(name, id_)
    if schema["type"] == "datetime":
        return _build_date(name, id_, "instant")
    if schema["type"] == "date":
        return _build_date(name, id_, "day")
    if custom in ("textarea", "textfield"):
        return _build_text(data, id_)
    if custom == "gh-epic-link":
        return _build_issue_reference(data, name, id_)
    return _build_terms(data, name, id_, None)


_Builder = Callable[[SiteData, str], JqlField]


def _catalogue(path: str, catalogue: str) -> _Builder:
    def build(data: SiteData, name: str) -> JqlField:
        return _build_terms(data, name, path, getattr(data, catalogue).values)

    return build


def _date(path: str, kind: Literal["instant", "day"] = "instant") -> _Builder:
    return lambda _data, name: _build_date(name, path, kind)


_BUILDERS: Final[dict[str, _Builder]] = {
    "project": _build_project,
    "issuetype": _catalogue("issuetype", "issue_types"),
    "type": _catalogue("issuetype", "issue_types"),
    "status": _catalogue("status", "statuses"),
    "statuscategory": _build_status_category,
    "priority": _build_priority,
    "resolution": _catalogue("resolution", "resolutions"),
    "labels": lambda data, name: _build_terms(data, name, "labels", None),
    "component": _catalogue("components", "components"),
    "fixversion": _catalogue("fixVersions", "versions"),
    "affectedversion": _catalogue("versions", "versions"),
    "assignee": _build_user,
    "reporter": _build_user,
    "creator": _build_user,
    "parent": lambda data, name: _build_issue_reference(data, name, "parent"),
    "issuekey": _build_key,
    "key": _build_key,
    "issue": _build_key,
    "id": _build_id,
    "summary": _build_text,
    "description": _build_text,
    "environment": _build_text,
    "comment": _build_text,
    "text": _build_text,
    "created": _date("created"),
    "createddate": _date("created"),
    "updated": _date("updated"),
    "updateddate": _date("updated"),
    "resolved": _date("resolutiondate"),
    "resolutiondate": _date("resolutiondate"),
    "due": _date("duedate", "day"),
    "duedate": _date("duedate", "day"),
}
