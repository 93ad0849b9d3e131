"""The fields that Jira Software and Atlassian's teams bring along, told by their schema's type.

Their numbers differ from site to site, and their names follow the language of the person. The
classic "Story Points" alone has no type of its own: it is a number field that bears that name in
Jira's own language, or else in the person's.
Source: Atlassian's "Team field in Jira REST API" and the field lists of Jira Cloud sites, read
2026-11.
"""

from collections.abc import Iterable

from jira_api.records import Field

SPRINT = ("com.pyxis.greenhopper.jira:gh-sprint",)
EPIC_LINK = ("com.pyxis.greenhopper.jira:gh-epic-link",)
RANK = ("com.pyxis.greenhopper.jira:gh-lexo-rank",)
TEAM = (
    "com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team",
    "com.atlassian.teams:rm-teams-custom-field-team",
)
_ESTIMATE = ("com.pyxis.greenhopper.jira:jsw-story-points",)
_NUMBER = "com.atlassian.jira.plugin.system.customfieldtypes:float"
_POINTS_NAME = "story points"
_BY_NAME = {"sprint": SPRINT, "epic link": EPIC_LINK, "rank": RANK, "team": TEAM}


def list_of_type(fields: Iterable[Field], types: Iterable[str]) -> list[Field]:
    """The fields of one of the types, those that the site has had for longest first."""
    wanted = frozenset(types)
    return sorted((each for each in fields if each.custom_type in wanted), key=_age)


def list_story_points(fields: Iterable[Field]) -> list[Field]:
    """The fields that story points may lie in, each kind by age.

    The estimate of team-managed projects, being known by its type, comes before the number fields
    of that name.
    """
    known = list(fields)
    classic = sorted((each for each in known if _is_called_story_points(each)), key=_age)
    return [*list_of_type(known, _ESTIMATE), *classic]


def list_by_english_name(fields: Iterable[Field], name: str) -> list[Field]:
    """The fields that an English name stands for, on a site that calls them otherwise."""
    wanted = name.casefold().strip()
    if wanted == _POINTS_NAME:
        return list_story_points(fields)
    return list_of_type(fields, _BY_NAME.get(wanted, ()))


def _age(field: Field) -> tuple[int, str]:
    return len(field.field_id), field.field_id


def _is_called_story_points(field: Field) -> bool:
    name = field.untranslated_name or field.name
    return field.custom_type == _NUMBER and name.casefold().strip() == _POINTS_NAME
