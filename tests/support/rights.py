"""The tables of docs/rights.md, as data."""

import re
from dataclasses import dataclass

from resolvers.access.viewer import FrontendScope, Right, Scope
from tests.support.servers import REPOSITORY

_ROW = re.compile(r"\| `(?P<field>[^`]+)`(?: (?P<kind>[^|]+?))? \|(?P<cells>.*)\|")
Groups = tuple[tuple[Right, ...], ...]


@dataclass(frozen=True)
class RightsRow:
    """What one field asks for: of every group of rights one.

    `kind` is what or how the field is asked for, where that makes a difference.
    """

    field: str
    kind: str | None
    rights: Groups
    cells: tuple[str, str, str]

    @property
    def name(self) -> str:
        return self.field if self.kind is None else f"{self.field} {self.kind}"

    @property
    def type_name(self) -> str:
        return self.field.partition(".")[0]

    @property
    def field_name(self) -> str:
        return self.field.partition(".")[2]

    @property
    def needed_scopes(self) -> frozenset[Scope]:
        """The fewest that will do."""
        return frozenset(group[0].scope for group in self.rights)

    @property
    def is_for_tokens(self) -> bool:
        return all(any(right.frontend_scope for right in group) for group in self.rights)

    @property
    def needed_frontend_scopes(self) -> frozenset[FrontendScope]:
        """The fewest that will do; without meaning where no token will."""
        return frozenset(
            group[0].frontend_scope for group in self.rights if group[0].frontend_scope
        )


def read_rights() -> list[RightsRow]:
    """The rows of all tables, in their order."""
    text = (REPOSITORY / "docs" / "rights.md").read_text(encoding="utf-8")
    return [_read_row(row) for row in map(_ROW.fullmatch, text.splitlines()) if row]


def _read_row(row: re.Match[str]) -> RightsRow:
    rights, scopes, frontend = (cell.strip() for cell in row["cells"].split("|"))
    return RightsRow(row["field"], row["kind"], _read_groups(rights), (rights, scopes, frontend))


def _read_groups(cell: str) -> Groups:
    if cell == "any":
        return ()
    return tuple(
        tuple(Right[name.strip("`")] for name in group.split(" or ")) for group in cell.split(", ")
    )
