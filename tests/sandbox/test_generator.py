from sandbox.comment_records import list_comments
from sandbox.generator import (
    CONFLUENCE_CLOUD_ID,
    MAIN_CLOUD_ID,
    OTHER_CLOUD_ID,
    TWIN_CLOUD_ID,
    generate_world,
)
from sandbox.relatives import describe_epic, list_subtasks
from sandbox.worklog_records import list_worklogs


def test_there_are_two_sites_of_one_name_a_third_and_one_without_jira() -> None:
    sites = generate_world().sites

    assert list(sites) == [MAIN_CLOUD_ID, TWIN_CLOUD_ID, OTHER_CLOUD_ID, CONFLUENCE_CLOUD_ID]
    assert sites[MAIN_CLOUD_ID].name == sites[TWIN_CLOUD_ID].name
    assert sites[MAIN_CLOUD_ID].url != sites[TWIN_CLOUD_ID].url
    assert [site.has_jira for site in sites.values()] == [True, True, True, False]


def test_the_world_is_the_same_every_time() -> None:
    first, second = generate_world(), generate_world()

    assert first.data[MAIN_CLOUD_ID].issues == second.data[MAIN_CLOUD_ID].issues
    assert first.data[OTHER_CLOUD_ID].users == second.data[OTHER_CLOUD_ID].users


def test_two_thousand_issues_stand_in_four_projects() -> None:
    data = generate_world().data.values()

    assert sum(len(site.issues) for site in data) == 2000
    assert [project.key for site in data for project in site.projects.values()] == [
        "SHOP",
        "DO",
        "TEAM",
        "GLX",
    ]


def test_every_kind_of_board_and_sprint_is_there() -> None:
    main = generate_world().data[MAIN_CLOUD_ID]

    assert {(board.kind, board.has_sprints) for board in main.boards.values()} == {
        ("scrum", True),
        ("kanban", False),
        ("simple", True),
        ("simple", False),
    }
    assert {sprint.state for sprint in main.sprints.values()} == {"closed", "active", "future"}
    origins = {sprint.origin_board_id for sprint in main.list_sprints(2)}
    assert origins == {1, 2}


def test_the_odd_cases_are_there() -> None:
    main = generate_world().data[MAIN_CLOUD_ID]
    issues = main.issues.values()

    assert [project.key for project in main.projects.values() if project.lead is None] == ["DO"]
    assert [p.key for p in main.projects.values() if p.is_team_managed] == ["TEAM"]
    assert any(issue.fields["priority"] is None for issue in issues)
    assert any(issue.fields["assignee"] is None for issue in issues)
    assert any(issue.fields["description"] is None for issue in issues)
    assert any((i.fields["assignee"] or {}).get("active") is False for i in issues)
    assert max(len(issue.fields["summary"]) for issue in issues) > 200
    assert any('"' in label for issue in issues for label in issue.fields["labels"])
    moved = main.find_issue("DO-300")
    assert moved is not None
    assert moved.key.startswith("SHOP-")
    assert any(issue.is_flagged for issue in issues)
    assert any(issue.fields["issuelinks"] for issue in issues)
    assert any(list_subtasks(main, issue) for issue in issues)
    assert any(describe_epic(main, issue) for issue in issues)


def test_one_issue_has_a_value_in_every_custom_field() -> None:
    main = generate_world().data[MAIN_CLOUD_ID]
    custom = {id_ for id_, entry in main.field_catalogue.items() if entry["custom"]} - {
        "customfield_10014",
        "customfield_10020",
    }

    assert any(
        all(issue.fields[name] is not None for name in custom) for issue in main.issues.values()
    )


def test_some_issues_have_much_said_and_logged_on_them() -> None:
    issues = generate_world().data[MAIN_CLOUD_ID].issues.values()
    worklogs = [len(list_worklogs(issue)) for issue in issues]

    assert max(len(list_comments(issue)) for issue in issues) > 100
    assert max(worklogs) > 20
    assert sum(count > 0 for count in worklogs) == 10
    assert all(
        issue.fields["timespent"] == sum(each["timeSpentSeconds"] for each in list_worklogs(issue))
        for issue in issues
        if list_worklogs(issue)
    )
