"""The raw files: what they hold, and what they say about one another."""

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.oracle.rules import Json

CATALOGUES: Mapping[str, Sequence[str]] = {
    "issuetype": ("issuetype",),
    "status": ("status",),
    "priority": ("priority",),
    "resolution": ("resolution",),
    "component": ("components",),
    "version": ("fixVersions", "versions"),
    "issuelinktype": ("issuelinks",),
}
"""What a site keeps by id, and the raw fields that show it."""


@dataclass(frozen=True)
class Archive:
    """One project's raw issues, by key in the file's order."""

    project_key: str
    issues: Mapping[str, Json]
    _entries: dict[str, dict[str, Json]] = field(default_factory=dict)

    def entries(self, kind: str) -> Mapping[str, Json]:
        """What its issues name of a kind of `CATALOGUES`, by raw id."""
        if kind not in self._entries:
            self._entries[kind] = _collect_entries(self.issues.values(), CATALOGUES[kind])
        return self._entries[kind]


def read_archive(path: Path) -> Archive:
    """The issues of a file, which are all of one project."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return collect([json.loads(line) for line in lines])


def collect(raw_issues: Sequence[Json]) -> Archive:
    """An archive of raw issues at hand."""
    issues = {raw["key"]: raw for raw in raw_issues}
    (project_key,) = {raw["fields"]["project"]["key"] for raw in raw_issues}
    assert len(issues) == len(raw_issues)
    return Archive(project_key, issues)


def _collect_entries(raw_issues: Iterable[Json], fields: Sequence[str]) -> dict[str, Json]:
    entries = {}
    for raw in raw_issues:
        for name in fields:
            value = raw["fields"].get(name) or []
            for entry in value if isinstance(value, list) else [value]:
                named = entry["type"] if name == "issuelinks" else entry
                entries[named["id"]] = named
    return entries
