"""Links and histories of the issues of a site made in code."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sandbox.histories import FIRST_HISTORY_ID, add_history, build_item
from sandbox.link_records import build_link_type, join_issues
from sandbox.world import Issue, JsonObject, SiteData, User

_FIRST_INSTANT: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class RelationBuilder:
    """Adds what ties issues to each other and to their past."""

    data: SiteData
    person: User

    def add_link(self, outward: Issue, inward: Issue, *, type_name: str = "Blocks") -> None:
        """A link that reads "outward blocks inward", seen from both ends.

        A kind of links is named by its name or its outward words; one that the site has not got is
        made up.
        """
        # Where people see the link read outwards, the API names the issue its inward one.
        ends = (self.data.issues[outward.id], self.data.issues[inward.id])
        for linked in join_issues(self.data, self.find_or_add_link_type(type_name), *ends):
            self.data.put_issue(linked)

    def find_or_add_link_type(
        self, name: str, *, inward: str = "", outward: str = ""
    ) -> JsonObject:
        """A kind of links by its name or its outward words, added where it is missing."""
        for type_ in self.data.link_types.values():
            if name.lower() in (type_["name"].lower(), type_["outward"].lower()) and not inward:
                return type_
        type_id = str(self.data.take_id("link type", 10100))
        words = {"inward": inward or f"is {name.lower()} by", "outward": outward or name.lower()}
        self.data.link_types[type_id] = build_link_type(self.data, type_id, name, **words)
        return self.data.link_types[type_id]

    def add_history(
        self,
        issue: Issue,
        *changes: tuple[str, str | None, str | None],
        author: User | None = None,
        at: datetime | None = None,
    ) -> JsonObject:
        """A history of changes, each a field with its words before and after."""
        number = self.data.take_id("history of builders", FIRST_HISTORY_ID)
        items = [
            build_item(name, (None, before), (None, after), field_id=name)
            for name, before, after in changes
        ]
        made_at = at or _FIRST_INSTANT + timedelta(minutes=number)
        return add_history(self.data, issue.id, items, author=author or self.person, at=made_at)
