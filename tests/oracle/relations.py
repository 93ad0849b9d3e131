"""What an issue must show of others: its parent, its sub-tasks, and the ends of its links.

Of an issue that an archive holds, what it is; of one that none holds, what the raw stub says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.oracle.archives import Archive
from tests.oracle.rules import CatalogueId, Expected, Json, Stands

IsTaken = Callable[[str, Json, str], bool]


@dataclass(frozen=True)
class Relations:
    """Knows every issue of a site; `is_taken` tells ids that an archive before uses otherwise."""

    archives: Sequence[Archive]
    is_taken: IsTaken
    _present: dict[str, tuple[Json, str]] = field(default_factory=dict)

    def expect(self, raw: Json) -> dict[str, Expected]:
        """The fields of a raw issue that show others."""
        fields, key = raw["fields"], raw["fields"]["project"]["key"]
        return {
            "parent": self._expect_parent(fields, key),
            "subtasks": self._expect_subtasks(raw["id"], fields.get("subtasks") or [], key),
            "links": [
                self._expect_link(raw["id"], each, key) for each in fields.get("issuelinks") or []
            ],
        }

    def _expect_parent(self, fields: Json, key: str) -> Expected:
        if fields.get("parent"):
            return self._expect_other(fields["parent"], key)
        # Cloud shows an epic as the parent; an archive names it apart, and maybe holds it.
        epic = self._find(str((fields.get("epic") or {}).get("id")))
        return None if epic is None else self._show(*epic)

    def _expect_subtasks(self, issue_id: str, stubs: Sequence[Json], key: str) -> Expected:
        shown = [self._expect_other(stub, key) for stub in stubs]
        cursors = [Stands("cursor", (issue_id, number)) for number in range(len(shown))]
        return {
            "approximateCount": len(shown),
            "nodes": shown,
            "edges": [
                {"cursor": cursor, "node": {"key": each["key"]}}
                for cursor, each in zip(cursors, shown, strict=True)
            ],
            "pageInfo": {
                "hasNextPage": False,
                "hasPreviousPage": False,
                "startCursor": cursors[0] if cursors else None,
                "endCursor": cursors[-1] if cursors else None,
            },
        }

    def _expect_link(self, issue_id: str, raw: Json, key: str) -> dict[str, Expected]:
        is_outward = "outwardIssue" in raw
        return {
            "id": Stands("id", ("IssueLink", issue_id, raw["id"])),
            "linkId": raw["id"],
            "type": self._show_type(raw["type"], key),
            "direction": "OUTWARD" if is_outward else "INWARD",
            "relation": raw["type"]["outward" if is_outward else "inward"],
            "issue": self._expect_other(raw["outwardIssue" if is_outward else "inwardIssue"], key),
        }

    def _expect_other(self, stub: Json, key: str) -> Expected:
        return self._show(*(self._find(stub["id"]) or (stub, key)))

    def _show(self, raw: Json, key: str) -> dict[str, Expected]:
        """An issue beside another one."""
        fields = raw["fields"]
        named = {
            name: self._show_id(name, fields.get(name.lower()), key)
            for name in ("issueType", "status", "priority")
        }
        own = {"issueId": raw["id"], "key": raw["key"], "summary": fields["summary"]}
        return {**own, **named}

    def _show_id(self, name: str, raw: Json | None, key: str) -> Expected:
        if raw is None:
            return None
        is_taken = self.is_taken(name.lower(), raw, key)
        return {f"{name}Id": CatalogueId(name.lower(), raw["id"], raw["name"], is_taken)}

    def _show_type(self, raw: Json, key: str) -> dict[str, Expected]:
        kind = "issuelinktype"
        is_taken = self.is_taken(kind, raw, key)
        return {
            "id": Stands("id", ("IssueLinkType", raw["id"], raw["name"])),
            "linkTypeId": CatalogueId(kind, raw["id"], raw["name"], is_taken),
            **{name: raw[name] for name in ("name", "inward", "outward")},
        }

    def _find(self, issue_id: str) -> tuple[Json, str] | None:
        """The raw issue of an id, and its project's key; None where no archive holds it."""
        if not self._present:
            for archive in self.archives:
                found = ((raw["id"], (raw, archive.project_key)) for raw in archive.issues.values())
                self._present.update(found)
        return self._present.get(issue_id)
