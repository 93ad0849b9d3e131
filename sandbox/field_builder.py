"""Custom fields that come, change their names and go while a site is in use; more transitions."""

from collections.abc import Collection, Sequence
from typing import Final

from sandbox.catalogue import build_custom_field, build_option
from sandbox.world import JsonObject, Project, SiteData, Way

_FIRST_FIELD: Final = 10_100
_FIRST_OPTION: Final = 10_900
KINDS: Final = "com.atlassian.jira.plugin.system.customfieldtypes:"
ESTIMATE: Final = ("number", "com.pyxis.greenhopper.jira:jsw-story-points")
"""The type and the kind of the field that team-managed projects estimate with."""


class FieldBuilder:
    """Adds, renames and removes the custom fields of a site, and adds transitions."""

    data: SiteData

    def add_field(
        self,
        name: str,
        type_: str,
        custom: str,
        *,
        options: Sequence[str | Sequence[str]] = (),
        projects: Sequence[Project] = (),
    ) -> str:
        """A custom field by its schema's type, an array's as `array/items`; its id.

        Of a cascading select an option is a list, of which the first is above the others. Unless
        some projects are named, issues of all of them have the field.
        """
        number = self.data.take_id("custom field", _FIRST_FIELD)
        field_id = f"customfield_{number}"
        self.data.field_catalogue[field_id] = build_custom_field(field_id, name, type_, custom)
        if projects:
            self.limit_field(field_id, *projects)
        if options:
            self.data.field_options[field_id] = [self._build_options(each) for each in options]
        self._forget()
        return field_id

    def limit_field(self, field_id: str, *projects: Project) -> None:
        """Let the issues of these projects alone have a field."""
        self.data.field_projects[field_id] = frozenset(project.id for project in projects)

    def rename_field(self, field_id: str, name: str) -> None:
        """Give a custom field another name; its values stay."""
        entry = self.data.field_catalogue[field_id]
        number = entry["schema"]["customId"]
        clauses = [f"cf[{number}]", name]
        self.data.field_catalogue[field_id] = entry | {"name": name, "clauseNames": clauses}
        self._forget()

    def remove_field(self, field_id: str) -> None:
        """Take a custom field away, and with it the values that issues show."""
        del self.data.field_catalogue[field_id]
        self._forget()

    def add_transition(
        self, project: Project, name: str, *, to: str, screen: Collection[str] = ()
    ) -> None:
        """A way to a status by its name, open from everywhere, with fields by id on its screen."""
        status = next(each for each in project.statuses if each["name"] == to)
        before = self.data.ways.get(project.id, ())
        self.data.ways[project.id] = (*before, Way("", name, status, frozenset(screen)))

    def _build_options(self, texts: str | Sequence[str]) -> JsonObject:
        first, *below = [texts] if isinstance(texts, str) else texts
        children = {"children": [self._build_option(text) for text in below]} if below else {}
        return self._build_option(first) | children

    def _build_option(self, text: str) -> JsonObject:
        option_id = str(self.data.take_id("field option", _FIRST_OPTION))
        return build_option(self.data.site.url, option_id, text)

    def _forget(self) -> None:
        self.data.memory.clear()
        self.data.searched.memory.clear()
