"""Sites whose every text bears the site's own tag, under ids that are the same on all of them."""

import re
from collections.abc import Iterable

from sandbox.builders import SiteBuilder, WorldBuilder
from sandbox.catalogue import build_custom_field
from sandbox.world import World

TAGS = ("tag-red", "tag-blue", "tag-green")
_FIELD = "customfield_19000"
_TEXT_FIELD = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"

EVERYTHING = """
  id externalId site { name url }
  project(idOrKey: "SHOP") {
    id name description lead { id displayName } components { id name } versions { id name }
  }
  boards { nodes { id name sprints { nodes { id name goal } } } }
  issues(first: 3) {
    nodes { id key summary url description { text } reporter { displayName } customFields {
      field { name } }
      comments { nodes { id body { text } author { displayName } issue { summary } } }
      worklogs { nodes { id comment { text } author { displayName } } } }
    pageInfo { endCursor }
  }
  fields { name }
"""
"""Fields below a connection that show the site's tag in every way there is."""

IDS = """
  id
  project(idOrKey: "SHOP") { id components { id } versions { id } lead { id } }
  boards { nodes { id sprints { nodes { id } } } }
  issues(first: 3) {
    nodes { id comments { nodes { id } } worklogs { nodes { id } } } pageInfo { endCursor }
  }
  fields { id }
"""


def tagged_world() -> tuple[World, dict[str, str]]:
    """A world of alike sites, and the cloud id of each by its tag."""
    world = WorldBuilder()
    cloud_ids = {}
    for tag in TAGS:
        site = world.add_site(f"Site {tag}", url=f"https://{tag}.atlassian.example")
        _fill(site, tag)
        cloud_ids[tag] = site.data.site.cloud_id
    return world.world, cloud_ids


def _fill(site: SiteBuilder, tag: str) -> None:
    person = site.add_user(f"Person {tag}")
    project = site.add_project("SHOP", name=f"Shop {tag}", lead=person, description=f"All {tag}")
    board = site.add_board(project, name=f"Board {tag}")
    sprint = site.add_sprint(board, state="active", name=f"Sprint {tag}", goal=f"Goal {tag}")
    site.data.field_catalogue[_FIELD] = build_custom_field(
        _FIELD, f"Field {tag}", "string", _TEXT_FIELD
    )
    for number in range(5):
        issue = site.add_issue(
            project,
            summary=f"Issue {number} {tag}",
            description=f"Text {tag}",
            reporter=person,
            sprints=[sprint],
            components=[f"Part {tag}"],
            fix_versions=[f"Version {tag}"],
        )
        site.add_comment(issue, f"Comment {tag}", author=person)
        site.add_worklog(issue, 60, text=f"Work {tag}", author=person)


def tags_in(text: str) -> set[str]:
    """The tags that a text holds."""
    return set(re.findall("|".join(TAGS), text))


def list_strings(value: object) -> Iterable[str]:
    """Every text within a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from list_strings(each)
