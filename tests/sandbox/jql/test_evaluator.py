from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from sandbox import catalogue
from sandbox.adf import read_text
from sandbox.builders import SiteBuilder
from sandbox.errors import JqlError
from sandbox.generator import MAIN_CLOUD_ID, generate_world
from sandbox.jql.evaluator import filter_issues, find_issues
from sandbox.world import PERSON_ACCOUNT_ID, STORY_POINTS_FIELD, Issue, SiteData
from tests.sandbox.visitors import a_site

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
Rule = Callable[[Issue], object]


@cache
def load_site() -> SiteData:
    return generate_world().data[MAIN_CLOUD_ID]


def find_keys(data: SiteData, jql: str) -> list[str]:
    return [issue.key for issue in find_issues(data, jql, now=NOW)]


def field(name: str) -> Callable[[Issue], Any]:
    return lambda issue: issue.fields.get(name)


def name_of(name: str) -> Callable[[Issue], Any]:
    return lambda issue: (issue.fields.get(name) or {}).get("name")


def names_of(name: str) -> Callable[[Issue], list[str]]:
    return lambda issue: [entry["name"] for entry in issue.fields[name]]


def person_of(name: str) -> Callable[[Issue], Any]:
    return lambda issue: (issue.fields[name] or {}).get("displayName")


def at(name: str) -> Callable[[Issue], datetime]:
    return lambda issue: datetime.strptime(issue.fields[name], "%Y-%m-%dT%H:%M:%S.%f%z")


def is_sprint_of(issue: Issue, state: str) -> bool:
    return any(load_site().sprints[sprint_id].state == state for sprint_id in issue.sprint_ids)


def all_text(issue: Issue) -> str:
    comments = [read_text(comment["body"]) for comment in issue.fields["comment"]["comments"]]
    description = read_text(issue.fields["description"])
    return "\n".join([issue.fields["summary"], description, *comments]).lower()


MARCH_MS = 1772323200000
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
# The person's profile is in Berlin, an hour ahead of UTC in winter.
MARCH_IN_BERLIN = MARCH - timedelta(hours=1)

RULES: dict[str, Rule] = {
    "project = SHOP": lambda i: i.key.startswith("SHOP-"),
    'project = "DO"': lambda i: i.key.startswith("DO-"),
    'project = "web SHOP"': lambda i: i.key.startswith("SHOP-"),
    "project = 10002": lambda i: i.key.startswith("TEAM-"),
    "project != SHOP": lambda i: not i.key.startswith("SHOP-"),
    "project in (SHOP, TEAM)": lambda i: not i.key.startswith("DO-"),
    "project not in (SHOP, TEAM)": lambda i: i.key.startswith("DO-"),
    "issuetype = Bug": lambda i: name_of("issuetype")(i) == "Bug",
    "type in (bug, Epic)": lambda i: name_of("issuetype")(i) in ("Bug", "Epic"),
    "status = 'In Review'": lambda i: name_of("status")(i) == "In Review",
    "status = 3": lambda i: field("status")(i)["id"] == "3",
    "statusCategory = Done": lambda i: field("status")(i)["statusCategory"]["key"] == "done",
    "statusCategory = indeterminate": lambda i: (
        field("status")(i)["statusCategory"]["name"] == "In Progress"
    ),
    "statusCategory != 'To Do'": lambda i: field("status")(i)["statusCategory"]["key"] != "new",
    "priority = High": lambda i: name_of("priority")(i) == "High",
    "priority != High": lambda i: name_of("priority")(i) not in ("High", None),
    "priority is empty": lambda i: field("priority")(i) is None,
    "priority = EMPTY": lambda i: field("priority")(i) is None,
    "priority > Medium": lambda i: name_of("priority")(i) in ("Highest", "High"),
    "priority <= low": lambda i: name_of("priority")(i) in ("Low", "Lowest"),
    "resolution = Done": lambda i: name_of("resolution")(i) == "Done",
    "resolution IS NOT NULL": lambda i: field("resolution")(i) is not None,
    "resolution != EMPTY": lambda i: field("resolution")(i) is not None,
    "labels = urgent": lambda i: "urgent" in field("labels")(i),
    r'labels = "said \"soon\""': lambda i: 'said "soon"' in field("labels")(i),
    'labels = "don\'t"': lambda i: "don't" in field("labels")(i),
    "labels != urgent": lambda i: field("labels")(i) and "urgent" not in field("labels")(i),
    "labels is empty": lambda i: not field("labels")(i),
    "labels in (EMPTY, urgent)": lambda i: not field("labels")(i) or "urgent" in field("labels")(i),
    "component = API": lambda i: "API" in names_of("components")(i),
    "fixVersion in ('1.0', \"1.1\")": lambda i: {"1.0", "1.1"} & set(names_of("fixVersions")(i)),
    "affectedVersion is empty": lambda i: not field("versions")(i),
    "assignee = 'Ada Lindqvist'": lambda i: person_of("assignee")(i) == "Ada Lindqvist",
    "assignee is EMPTY": lambda i: field("assignee")(i) is None,
    "assignee = currentUser()": lambda i: person_of("assignee")(i) == "Sandbox Person",
    "assignee != currentUser()": lambda i: person_of("assignee")(i) not in ("Sandbox Person", None),
    f"reporter in ({PERSON_ACCOUNT_ID}, '李小龙')": lambda i: (
        person_of("reporter")(i) in ("Sandbox Person", "李小龙")
    ),
    "creator = 'Former Employee'": lambda i: person_of("creator")(i) == "Former Employee",
    "sprint = 5": lambda i: 5 in i.sprint_ids,
    "sprint = 'Sprint 2'": lambda i: 2 in i.sprint_ids,
    "sprint in (1, Someday)": lambda i: {1, 6, 12, 18} & set(i.sprint_ids),
    "sprint is empty": lambda i: not i.sprint_ids,
    "sprint in openSprints()": lambda i: is_sprint_of(i, "active"),
    "sprint in closedSprints()": lambda i: is_sprint_of(i, "closed"),
    "sprint not in futureSprints()": lambda i: i.sprint_ids and not is_sprint_of(i, "future"),
    "cf[10020] = 5": lambda i: 5 in i.sprint_ids,
    "parent = SHOP-1": lambda i: (field("parent")(i) or {}).get("key") == "SHOP-1",
    "parent in (10000, SHOP-2)": lambda i: (
        (field("parent")(i) or {}).get("key") in ("SHOP-1", "SHOP-2")
    ),
    "parent is not empty": lambda i: "parent" in i.fields,
    "key = SHOP-7": lambda i: i.key == "SHOP-7",
    "key in (SHOP-7, 10000, do-300)": lambda i: i.id == 10000 or i.key in ("SHOP-7", "SHOP-1001"),
    "issuekey != SHOP-7": lambda i: i.key != "SHOP-7",
    "id in (10000, 10001)": lambda i: i.id in (10000, 10001),
    "key > SHOP-990": lambda i: (
        (i.key.startswith("SHOP-") and int(i.key[5:]) > 990) or i.key > "SHOP-~"
    ),
    "summary ~ login": lambda i: "login" in field("summary")(i).lower().split(),
    'summary ~ "PAGE login"': lambda i: {"login", "page"} <= set(field("summary")(i).split()),
    'summary ~ "pass*"': lambda i: "pass" in field("summary")(i),
    "summary !~ login": lambda i: "login" not in field("summary")(i).split(),
    r'summary ~ "\"login page\""': lambda i: "login page" in field("summary")(i),
    r'summary ~ "\"page login\""': lambda _: False,
    "description ~ asked": lambda i: "asked" in read_text(field("description")(i)),
    "description is empty": lambda i: field("description")(i) is None,
    "comment ~ remark": lambda i: any(
        "Remark" in str(comment["body"]) for comment in field("comment")(i)["comments"]
    ),
    "text ~ webhook": lambda i: "webhook" in all_text(i),
    "text ~ 日本語の要約": lambda i: "日本語の要約" in all_text(i),
    f"created >= {MARCH_MS}": lambda i: at("created")(i) >= MARCH,
    "created >= 2026-03-01": lambda i: at("created")(i) >= MARCH_IN_BERLIN,
    "created < '2026/03/01 00:00'": lambda i: at("created")(i) < MARCH_IN_BERLIN,
    "updated > -7d": lambda i: at("updated")(i) > NOW - timedelta(days=7),
    "updated <= '2w'": lambda i: at("updated")(i) <= NOW + timedelta(weeks=2),
    "resolved is empty": lambda i: field("resolutiondate")(i) is None,
    "resolutiondate > 2026-03-01": lambda i: (
        field("resolutiondate")(i) and at("resolutiondate")(i) > MARCH_IN_BERLIN
    ),
    "due = 2026-05-29": lambda i: field("duedate")(i) == "2026-05-29",
    "duedate <= 2026-03-01": lambda i: field("duedate")(i) and field("duedate")(i) <= "2026-03-01",
    "due in (2026-03-01, 2026-03-02, EMPTY)": lambda i: (
        field("duedate")(i) in ("2026-03-01", "2026-03-02", None)
    ),
    "due not in (2026-03-01)": lambda i: field("duedate")(i) not in ("2026-03-01", None),
    "due != 2026-03-01": lambda i: field("duedate")(i) not in ("2026-03-01", None),
    '"Story Points" >= 5': lambda i: (field(STORY_POINTS_FIELD)(i) or 0) >= 5,
    "cf[10016] = 3": lambda i: field(STORY_POINTS_FIELD)(i) == 3,
    "customfield_10016 is empty": lambda i: field(STORY_POINTS_FIELD)(i) is None,
    '"Epic Link" = SHOP-3': lambda i: field("customfield_10014")(i) == "SHOP-3",
    "Risk = high": field(catalogue.RISK_FIELD),
    "Platforms in (iOS, 10301)": field(catalogue.PLATFORMS_FIELD),
    "Region = Finland": field(catalogue.REGION_FIELD),
    "Reviewer = 'Ada Lindqvist'": field(catalogue.REVIEWER_FIELD),
    '"Target date" > 2026-12-30': field(catalogue.TARGET_DATE_FIELD),
    '"Deployed at" is not empty': field(catalogue.DEPLOYED_AT_FIELD),
    '"Acceptance criteria" ~ fast': field(catalogue.CRITERIA_FIELD),
    '"Design link" = "https://example.com/design?id=1"': field(catalogue.DESIGN_LINK_FIELD),
    "Customer ~ initech": field(catalogue.CUSTOMER_FIELD),
    "Team = Checkout": field(catalogue.TEAM_FIELD),
    "Keywords = 'tax free'": field(catalogue.KEYWORDS_FIELD),
    "Severity is not empty": field(catalogue.SEVERITY_NUMBER_FIELD),
    "Severity is empty": lambda i: field(catalogue.SEVERITY_NUMBER_FIELD)(i) is None,
    "not project = SHOP and not (priority = High or labels is empty)": lambda i: (
        not i.key.startswith("SHOP-")
        and name_of("priority")(i) != "High"
        and bool(field("labels")(i))
    ),
    # What lacks the field fulfils no comparison, and no denied one either.
    "not labels = urgent": lambda i: field("labels")(i) and "urgent" not in field("labels")(i),
    "not (assignee in (currentUser()) or due < 2026-03-01)": lambda i: (
        person_of("assignee")(i) not in ("Sandbox Person", None)
        and (field("duedate")(i) or "") >= "2026-03-01"
    ),
    "not (project = SHOP and not labels is empty)": lambda i: (
        not i.key.startswith("SHOP-") or not field("labels")(i)
    ),
    "project = SHOP and sprint = 5 or key = TEAM-1": lambda i: (
        (i.key.startswith("SHOP-") and 5 in i.sprint_ids) or i.key == "TEAM-1"
    ),
    "(project = TEAM or sprint = 5) and key in (TEAM-1, SHOP-1)": lambda i: i.key == "TEAM-1",
    "project = TEAM or key is not empty": lambda _: True,
}
IMPOSSIBLE = {r'summary ~ "\"page login\""'}


@pytest.mark.parametrize("jql", RULES)
def test_a_query_finds_what_a_plain_filter_finds(jql: str) -> None:
    site = load_site()

    found = find_keys(site, jql)

    assert found == [issue.key for issue in site.list_issues() if RULES[jql](issue)]
    assert bool(found) != (jql in IMPOSSIBLE)


SORTS: dict[str, Callable[[Issue], Any]] = {
    "created": at("created"),
    "updated": at("updated"),
    "key": lambda i: (i.key.split("-")[0], int(i.key.split("-")[1])),
    "id": lambda i: i.id,
    "project": lambda i: i.key.split("-")[0],
    "summary": lambda i: i.fields["summary"].lower(),
    "Rank": lambda i: i.rank,
    "issuetype": lambda i: i.fields["issuetype"]["name"].lower(),
    "reporter": lambda i: i.fields["reporter"]["displayName"].lower(),
}


@pytest.mark.parametrize("name", SORTS)
@pytest.mark.parametrize("is_descending", [False, True], ids=["ascending", "descending"])
def test_order_follows_the_field_with_ties_by_id(name: str, *, is_descending: bool) -> None:
    site = load_site()
    by_name = {"SHOP": "web shop", "DO": "operations", "TEAM": "team-managed"}
    sorts = {**SORTS, "project": lambda i: by_name[i.key.split("-")[0]]}
    key = sorts[name]
    direction = " DESC" if is_descending else ""

    found = find_keys(site, f"key is not empty ORDER BY {name}{direction}")

    expected = sorted(site.list_issues(), key=key, reverse=is_descending)
    assert found == [issue.key for issue in expected]


def test_the_first_field_of_an_order_rules_and_the_next_breaks_ties() -> None:
    site = load_site()

    found = find_issues(site, "project = SHOP order by status desc, created", now=NOW)

    expected = sorted(found, key=at("created"))
    expected.sort(key=lambda issue: str(issue.fields["status"]["name"]).lower(), reverse=True)
    assert found == expected


def test_descending_priority_starts_with_the_highest_and_empties_end_an_ascending_order() -> None:
    _, site = a_site()
    project = site.add_project("TEST")
    for priority in ("Low", None, "Highest", "Medium"):
        site.add_issue(project, priority=priority)

    up = find_keys(site.data, "project = TEST order by priority")
    down = find_keys(site.data, "project = TEST and priority is not empty order by priority desc")

    assert up == ["TEST-1", "TEST-4", "TEST-3", "TEST-2"]
    assert down == ["TEST-3", "TEST-4", "TEST-1"]


def test_lists_are_ordered_by_their_sorted_names_and_numbers_by_value() -> None:
    _, site = a_site()
    project = site.add_project("TEST")
    for labels, points in ((["b", "z"], 10.0), ([], 9.0), (["c", "a"], None)):
        site.add_issue(project, labels=labels, custom={STORY_POINTS_FIELD: points})

    assert find_keys(site.data, "project = TEST order by labels") == ["TEST-3", "TEST-1", "TEST-2"]
    by_points = find_keys(site.data, 'project = TEST order by "Story Points"')
    assert by_points == ["TEST-2", "TEST-1", "TEST-3"]


def test_without_a_query_the_given_order_stays() -> None:
    site = load_site()
    issues = list(reversed(site.list_issues()))

    assert filter_issues(site, "", issues, now=NOW) == issues


def a_small_site() -> SiteBuilder:
    _, site = a_site()
    site.add_issue(site.add_project("TEST"))
    return site


@pytest.mark.parametrize(
    ("jql", "sentence"),
    [
        ("mood = good", "Field 'mood' does not exist or you do not have permission to view it."),
        ("key is empty order by mood", "Field 'mood' does not exist"),
        ("project = NONE", "The value 'NONE' does not exist for the field 'project'."),
        ("status = Nowhere", "The value 'Nowhere' does not exist for the field 'status'."),
        ("type = Novel", "The value 'Novel' does not exist for the field 'type'."),
        ("priority in (High, Big)", "The value 'Big' does not exist for the field 'priority'."),
        ("priority > Big", "The value 'Big' does not exist for the field 'priority'."),
        ("resolution = Lost", "The value 'Lost' does not exist for the field 'resolution'."),
        ("assignee = Nobody", "The value 'Nobody' does not exist for the field 'assignee'."),
        ("component = X", "The value 'X' does not exist for the field 'component'."),
        ("fixVersion = 9", "The value '9' does not exist for the field 'fixversion'."),
        ("statusCategory = X", "The value 'X' does not exist for the field 'statusCategory'."),
        ("sprint = 77", "Sprint with name '77' does not exist"),
        ("key = TEST-99", "An issue with key 'TEST-99' does not exist for field 'key'."),
        ("parent = TEST-99", "An issue with key 'TEST-99' does not exist for field 'parent'."),
        ("created > soon", "Date value 'soon' for field 'created' is invalid."),
        ("cf[10016] > many", "Value 'many' for the 'cf.10016.' field is not a number."),
        ("summary = x", "The operator '=' is not supported by the 'summary' field."),
        ("Rank = x", "The operator '=' is not supported by the 'Rank' field."),
        ("status ~ x", "The operator '~' is not supported by the 'status' field."),
        ("labels > x", "The operator '>' is not supported by the 'labels' field."),
        ("assignee = nobody()", "Unable to find JQL function 'nobody\\(\\)'."),
        ("created > now()", "Unable to find JQL function 'now\\(\\)'."),
        ("summary ~ f()", "Unable to find JQL function 'f\\(\\)'."),
        ("", "Unbounded JQL queries are not allowed here."),
    ],
)
def test_what_jira_would_refuse_is_refused(jql: str, sentence: str) -> None:
    site = a_small_site()

    with pytest.raises(JqlError, match=sentence):
        find_issues(site.data, jql, now=NOW)


def test_a_query_follows_a_write() -> None:
    site = a_small_site()
    project = site.data.projects[10000]
    before = find_keys(site.data, "labels = late")

    site.add_issue(project, labels=["late"])

    assert (before, find_keys(site.data, "labels = late")) == ([], ["TEST-2"])


def test_a_person_in_no_known_zone_reads_dates_as_utc() -> None:
    site = a_small_site()
    person = site.data.users[PERSON_ACCOUNT_ID]
    site.data.users[PERSON_ACCOUNT_ID] = type(person)(
        person.account_id, person.display_name, time_zone="Nowhere/Land"
    )

    assert find_keys(site.data, "created >= '2026-01-05 09:00'") == ["TEST-1"]
    assert find_keys(site.data, "created >= '2026-01-05 09:01'") == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (r"a\\*b", ["a*b"]),
        ("a*b", ["ab", "axb", "axxb"]),
        ("a?b", ["axb"]),
        (r"a\\?b", ["a?b"]),
        (r"a\\*", ["a*b", "a* end"]),
        (r"\\*", ["a*b", "a* end", "5 * 3"]),
        (r"5 \\* 3", ["5 * 3"]),
    ],
    ids=["star", "any", "one", "mark", "star at the end", "star alone", "star as a word"],
)
def test_an_escaped_wildcard_is_the_character(words: str, found: list[str]) -> None:
    _, site = a_site()
    project = site.add_project("TEST")
    for summary in ("a*b", "a?b", "ab", "axb", "axxb", "a* end", "5 * 3"):
        site.add_issue(project, summary=summary)

    issues = find_issues(site.data, f'summary ~ "{words}"', now=NOW)

    assert [issue.fields["summary"] for issue in issues] == found
