"""What filters find: each member, ids and names of every form, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox import catalogue
from sandbox.builders import SiteBuilder
from schema.issue_inputs import IssueFilter
from tests.end_to_end.finding import KEYS, PAGE, build, find, refuse
from tests.support.gateway import Gateway

SEARCH = "POST /rest/api/3/search/jql"


OF_THE_BARE_ONE = {
    "excludedLabels": ["red"],
    "createdBefore": "2026-04-01T00:00:00Z",
    "updatedBefore": "2026-04-02T00:00:00Z",
    "not": {"labels": ["red"]},
}


def of_the_full_one(site: SiteBuilder) -> dict[str, Any]:
    """By member, what the issue with everything fulfils."""
    data = site.data
    kind = next(e["id"] for e in data.issue_types.values() if e["name"] == "Bug")
    status = next(e["id"] for e in data.statuses.values() if e["name"] == "In Progress")
    priority = next(e["id"] for e in data.priorities.values() if e["name"] == "High")
    ada = next(u.account_id for u in data.users.values() if u.display_name == "Ada")
    return {
        "projectIds": [str(next(iter(data.projects)))],
        "projectKeys": ["HOME"],
        "sprintIds": ["1"],
        "isInOpenSprint": True,
        "idsOrKeys": ["HOME-2"],
        "parentIdsOrKeys": ["HOME-1"],
        "issueTypeIds": [kind],
        "issueTypeNames": ["Bug"],
        "statusIds": [status],
        "statusNames": ["In Progress"],
        "statusCategories": ["IN_PROGRESS"],
        "priorityIds": [priority],
        "priorityNames": ["High"],
        "labels": ['said "soon"', "nobody's"],
        "componentIds": [next(iter(data.components))],
        "componentNames": ["API"],
        "fixVersionIds": [next(iter(data.versions))],
        "fixVersionNames": ["1.0"],
        "assignee": {"isMe": True},
        "reporter": {"accountIds": [ada]},
        "text": "login fails",
        "isResolved": True,
        "createdAfter": "2026-04-01T00:00:00Z",
        "updatedAfter": "2026-04-02T02:00:00+02:00",
        "dueAfter": "2026-04-01",
        "dueBefore": "2026-04-02",
        "customFields": [{"field": "Story Points", "equals": "2.5"}],
        "and": [{"labels": ["red"]}, {"isResolved": True}],
        "or": [{"labels": ["red"]}, {"labels": ["blue"]}],
    }


def members(site: SiteBuilder) -> dict[str, tuple[Any, bool, bool]]:
    """By member of the filter a value, and whether the full issue and the bare one fulfil it."""
    return {
        **{name: (value, True, False) for name, value in of_the_full_one(site).items()},
        **{name: (value, False, True) for name, value in OF_THE_BARE_ONE.items()},
    }


async def test_each_member_of_the_filter_finds_what_it_names_and_its_negation_the_rest(
    built_once: Gateway, site: SiteBuilder
) -> None:
    _, full, bare = build(site)
    fields = {each["name"] for each in await input_fields(built_once)}

    assert members(site).keys() == fields
    for name, (value, is_full, is_bare) in members(site).items():
        found = await find(built_once, {name: value})
        denied = await find(built_once, {"not": {name: value}})

        assert (full.key in found, bare.key in found) == (is_full, is_bare), name
        assert (full.key in denied, bare.key in denied) == (not is_full, not is_bare), name
        assert found.isdisjoint(denied), name
        assert len(found | denied) == 3, name


async def input_fields(gateway: Gateway) -> list[dict[str, Any]]:
    answer = await gateway.ask('{ __type(name: "IssueFilter") { inputFields { name } } }')
    fields: list[dict[str, Any]] = answer.data["__type"]["inputFields"]
    return fields


async def test_global_ids_do_in_every_list_of_ids(built_once: Gateway, site: SiteBuilder) -> None:
    _, full, bare = build(site)
    answer = await built_once.ask_connection(
        f'issue(idOrKey: "{full.key}") {{ id project {{ id }} issueType {{ id }} status {{ id }} '
        "priority { id } components { id } fixVersions { id } assignee { id } reporter { id } } "
        'sprint(sprintId: "1") { id } parent: issue(idOrKey: "HOME-1") { id }'
    )
    issue = answer["issue"]
    by_list = {
        "projectIds": issue["project"],
        "sprintIds": answer["sprint"],
        "idsOrKeys": issue,
        "parentIdsOrKeys": answer["parent"],
        "issueTypeIds": issue["issueType"],
        "statusIds": issue["status"],
        "priorityIds": issue["priority"],
        "componentIds": issue["components"][0],
        "fixVersionIds": issue["fixVersions"][0],
    }

    for name, named in by_list.items():
        found = await find(built_once, {name: [named["id"]]})
        assert (full.key in found, bare.key in found) == (True, False), name
    for name in ("assignee", "reporter"):
        found = await find(built_once, {name: {"accountIds": [issue[name]["id"]]}})
        assert found >= {full.key}, name
    code, message = await refuse(built_once, {"statusIds": [issue["id"]]})
    assert (code, "names no status" in message) == ("BAD_USER_INPUT", True)


async def test_a_global_id_of_another_connection_is_refused(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issue(site.add_project("HOME"))
    await built_once.connect("other")
    other = await built_once.ask_connection('issue(idOrKey: "HOME-1") { id }', "other")

    code, message = await refuse(built_once, {"or": [{"idsOrKeys": [other["issue"]["id"]]}]})

    assert code == "BAD_USER_INPUT"
    assert "of this connection" in message


UNKNOWN: dict[str, tuple[Any, Callable[[str], bool]]] = {
    "among others": ({"idsOrKeys": ["HOME-1", "HOME-404", "99999"]}, lambda key: key == "HOME-1"),
    "alone": ({"idsOrKeys": ["HOME-404"]}, lambda _: False),
    "denied": ({"not": {"idsOrKeys": ["HOME-404", "HOME-1"]}}, lambda key: key != "HOME-1"),
    "denied alone": ({"not": {"idsOrKeys": ["HOME-404"]}}, lambda _: True),
    "as a parent": ({"parentIdsOrKeys": ["HOME-404"]}, lambda _: False),
    "deep": (
        {"or": [{"and": [{"idsOrKeys": ["AWAY-9"]}]}, {"idsOrKeys": ["HOME-2"]}]},
        lambda key: key == "HOME-2",
    ),
    "with a clause beside it": ({"idsOrKeys": ["HOME-9"], "labels": ["red"]}, lambda _: False),
}


async def test_an_issue_that_is_not_there_counts_as_not_named(
    built_once: Gateway, site: SiteBuilder
) -> None:
    _, full, bare = build(site)

    for name, (condition, rule) in UNKNOWN.items():
        found = await find(built_once, condition)

        assert found == {key for key in ("HOME-1", full.key, bare.key) if rule(key)}, name
        answer = await built_once.ask(f"{PAGE} approximateCount }} }} }}", {"f": condition})
        assert answer.data["connection"]["issues"]["approximateCount"] == len(found), name


async def test_only_a_refused_search_costs_more_than_one_call(
    built_once: Gateway, site: SiteBuilder
) -> None:
    _, full, bare = build(site)

    await find(built_once, {"idsOrKeys": [str(full.id), bare.key]})
    plain = built_once.calls()
    built_once.forget_calls()
    await find(built_once, {"idsOrKeys": [str(full.id), "99999"]})

    assert plain == [SEARCH]
    assert built_once.calls() == [SEARCH, "POST /rest/api/3/issue/bulkfetch", SEARCH]


async def test_pages_go_on_where_a_named_issue_is_not_there(
    built_once: Gateway, site: SiteBuilder
) -> None:
    site.add_issues(site.add_project("HOME"), 5)
    keys = [f"HOME-{number}" for number in range(1, 8)]
    query = (
        'query($f: IssueFilter, $after: String) { connection(externalId: "acme") { '
        "issues(filter: $f, first: 2, after: $after) { nodes { key } pageInfo { hasNextPage "
        "endCursor } } } }"
    )
    found, after = [], None
    while True:
        answer = await built_once.ask(query, {"f": {"idsOrKeys": keys}, "after": after})
        page = answer.data["connection"]["issues"]
        found += [node["key"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert sorted(found) == keys[:5]


REFUSED: dict[str, tuple[Any, str, str]] = {
    "status": ({"statusNames": ["In Progess"]}, "In Progess", "statusNames"),
    "type": ({"issueTypeNames": ["Bugg"]}, "Bugg", "issueTypeNames"),
    "priority": ({"not": {"priorityNames": ["Highst"]}}, "Highst", "priorityNames"),
    "version": ({"fixVersionNames": ["9.9"]}, "9.9", "fixVersionNames"),
    "component": ({"or": [{"componentNames": ["Apu"]}]}, "Apu", "componentNames"),
    "project": ({"projectKeys": ["NONE"]}, "NONE", "projectKeys"),
    "status id": ({"statusIds": ["77777"]}, "77777", "statusIds"),
}


async def test_a_name_that_jira_does_not_know_is_told_in_its_words_with_the_input(
    gateway_once: Gateway,
) -> None:
    for condition, value, argument in REFUSED.values():
        code, message = await refuse(gateway_once, condition)

        assert code == "JIRA_VALIDATION"
        assert f"'{value}' does not exist" in message
        assert message.endswith(f"It stands in `filter.{argument}`.")


HOSTILE = (
    '" OR project = HOME OR labels = "',
    "\\",
    '\\"',
    ") OR (",
    "x ORDER BY created",
    "EMPTY",
    "currentUser()",
    "“smart”",
    "a*?~^",
)


async def test_hostile_values_are_data(built_once: Gateway, site: SiteBuilder) -> None:
    """Each is found by the one issue that bears it, as a label and in custom fields."""
    project = site.add_project("HOME")
    for value in HOSTILE:
        custom = {catalogue.KEYWORDS_FIELD: [value], catalogue.DESIGN_LINK_FIELD: value}
        site.add_issue(project, labels=[value], custom=custom)
    site.add_issue(project, labels=["plain"])

    for number, value in enumerate(HOSTILE, start=1):
        by_field = [{"field": name, "equals": value} for name in ("Keywords", "Design link")]
        for condition in ({"labels": [value]}, {"customFields": by_field}):
            assert await find(built_once, condition) == {f"HOME-{number}"}, value
        excluded = await find(built_once, {"excludedLabels": [value]})
        assert len(excluded) == len(HOSTILE), value


async def test_values_that_no_query_can_hold_are_refused_before_any_call(
    gateway_once: Gateway,
) -> None:
    for value in ("", " ", "a\nb", "a\u0000", "\u2028", "x" * 1_001):
        for condition in (
            {"labels": [value]},
            {"text": value},
            {"not": {"statusNames": [value]}},
            {"customFields": [{"field": "Risk", "equals": value}]},
        ):
            code, _ = await refuse(gateway_once, condition)
            assert code == "BAD_USER_INPUT", value

    assert gateway_once.calls() == []


async def test_ranks_order_by_the_sites_own_field(built_once: Gateway, site: SiteBuilder) -> None:
    project = site.add_project("HOME")
    for rank in (3, 1, 2):
        site.add_issue(project, summary=str(rank), rank=rank)

    answer = await built_once.ask_connection(
        "issues(orderBy: [{ field: RANK }]) { nodes { summary } }"
    )

    assert [node["summary"] for node in answer["issues"]["nodes"]] == ["1", "2", "3"]
    body = built_once.sandbox.calls.calls[-1].body
    assert isinstance(body, dict)
    assert body["jql"] == "project IS NOT EMPTY ORDER BY cf[10019] ASC, key ASC"


async def test_an_operation_of_too_many_filters_is_refused_before_one_is_read(
    built_once: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether in one variable or under many aliases: reading them would stop the process."""
    made: list[IssueFilter] = []
    make = IssueFilter.__init__

    def count(each: IssueFilter, **parts: Any) -> None:
        made.append(each)
        make(each, **parts)

    monkeypatch.setattr(IssueFilter, "__init__", count)
    aliases = " ".join(f"a{n}: issues(filter: $f) {{ nodes {{ key }} }}" for n in range(20))
    many = f'query($f: IssueFilter) {{ connection(externalId: "acme") {{ {aliases} }} }}'

    deep = await built_once.ask(KEYS, {"f": {"or": [{"or": [{}] * 100}] * 100}})
    aliased = await built_once.ask(many, {"f": {"or": [{"labels": ["x"]}] * 100}})

    assert (deep.status, deep.codes) == (aliased.status, aliased.codes)
    assert (deep.status, deep.codes) == (400, ["QUERY_TOO_COMPLEX"])
    assert "200 filters" in deep.body["errors"][0]["message"]
    assert made == []
    assert built_once.calls() == []
    await find(built_once, {"labels": ["x"]})
    assert made != []
