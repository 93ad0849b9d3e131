import pytest

from sandbox.world import EPIC_LINK_FIELD
from tests.sandbox.visitors import a_guest
from tests.sandbox.writing import (
    ISSUE,
    a_form,
    a_writer,
    create,
    list_errors,
    read_fields,
)

GONE = "Issue does not exist or you do not have permission to see it."


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("put", ""),
        ("put", "/assignee"),
        ("delete", ""),
        ("post", "/transitions"),
        ("post", "/comment"),
    ],
)
async def test_a_write_to_no_issue_is_a_404(method: str, path: str) -> None:
    guest, _ = await a_writer()
    body: tuple[dict[str, str], ...] = () if method == "delete" else ({},)

    response = await getattr(guest, method)(f"{ISSUE}/TEST-1{path}", *body)

    assert (response.status_code, response.json()["errorMessages"]) == (404, [GONE])


@pytest.mark.parametrize(
    ("account", "name"),
    [("ada", "Ada"), (None, None), ("-1", "Sandbox Person")],
    ids=["user", "nobody", "automatic"],
)
async def test_an_issue_is_assigned(account: str | None, name: str | None) -> None:
    guest, project = await a_writer()
    user = guest.site.add_user("Ada")
    issue = guest.site.add_issue(project, assignee=guest.site.add_user("Bruno"))
    account_id = user.account_id if account == "ada" else account

    response = await guest.put(f"{ISSUE}/{issue.key}/assignee", {"accountId": account_id})

    assert response.status_code == 204
    assignee = (await read_fields(guest, issue.key))["assignee"]
    assert (None if assignee is None else assignee["displayName"]) == name


async def test_a_project_without_a_lead_assigns_to_nobody() -> None:
    guest = (await a_writer())[0]
    project = guest.site.add_project("LOST", lead=None)
    issue = guest.site.add_issue(project, assignee=guest.site.person)

    await guest.put(f"{ISSUE}/{issue.key}/assignee", {"accountId": "-1"})

    assert (await read_fields(guest, issue.key))["assignee"] is None


async def test_who_left_or_never_was_cannot_be_assigned() -> None:
    guest, project = await a_writer()
    former = guest.site.add_user("Former", is_active=False)
    path = f"{ISSUE}/{guest.site.add_issue(project).key}/assignee"

    for account_id in (former.account_id, "nobody"):
        response = await guest.put(path, {"accountId": account_id})
        message = f"User '{account_id}' cannot be assigned issues."
        assert list_errors(response) == {"assignee": message}
    assert (await guest.put(path, {"name": "ada"})).status_code == 400


async def test_a_deleted_issue_is_gone_under_every_key() -> None:
    guest, old = await a_writer("OLD")
    new = guest.site.add_project("NEW")
    issue = guest.site.move_issue(guest.site.add_issue(old), new)

    response = await guest.delete(f"{ISSUE}/{issue.key}")

    assert (response.status_code, response.content) == (204, b"")
    for name in ("OLD-1", "NEW-1", str(issue.id)):
        assert (await guest.get(f"{ISSUE}/{name}")).status_code == 404


async def test_a_key_is_not_given_again() -> None:
    guest, _ = await a_writer()
    await guest.delete(f"{ISSUE}/{await create(guest)}")

    assert await create(guest) == "TEST-2"


async def test_sub_tasks_go_along_only_where_the_call_says_so() -> None:
    guest, project = await a_writer()
    parent = guest.site.add_issue(project)
    guest.site.add_issue(project, issue_type="Sub-task", parent=parent)
    reason = (
        "The issue 'TEST-1' has subtasks.  You must specify the 'deleteSubtasks' parameter to "
        "delete this issue and all its subtasks."
    )

    refused = await guest.delete(f"{ISSUE}/TEST-1")
    deleted = await guest.delete(f"{ISSUE}/TEST-1", deleteSubtasks="true")

    assert (refused.status_code, refused.json()["errorMessages"]) == (400, [reason])
    assert deleted.status_code == 204
    assert guest.site.data.issues == {}


@pytest.mark.parametrize(("spelling", "status"), [("True", 204), ("False", 400), ("1", 400)])
async def test_true_may_be_spelt_in_any_case(spelling: str, status: int) -> None:
    guest, project = await a_writer()
    parent = guest.site.add_issue(project)
    guest.site.add_issue(project, issue_type="Sub-task", parent=parent)

    answer = await guest.delete(f"{ISSUE}/TEST-1", deleteSubtasks=spelling)

    assert answer.status_code == status


async def test_a_deletion_leaves_no_trace_in_others() -> None:
    guest, project = await a_writer()
    sprint = guest.site.add_sprint(guest.site.add_board(project), state="active")
    epic = guest.site.add_issue(project, issue_type="Epic", sprints=[sprint])
    story = guest.site.add_issue(project, parent=epic)
    task = guest.site.add_issue(project, issue_type="Sub-task", parent=story)
    guest.site.add_link(story, epic)

    await guest.delete(f"{ISSUE}/{epic.key}")
    await guest.delete(f"{ISSUE}/{task.key}")

    fields = await read_fields(guest, story.key)
    assert "parent" not in fields
    assert (fields[EPIC_LINK_FIELD], fields["issuelinks"], fields["subtasks"]) == (None, [], [])
    assert guest.site.data.issue_ids_by_sprint[sprint.id] == set()


@pytest.mark.parametrize(
    ("scopes", "statuses"),
    [
        ("write:jira-work", (201, 204, 204)),
        ("read:jira-work", (401, 401, 401)),
        ("write:issue:jira delete:issue:jira", (401, 204, 204)),
        (
            (
                "write:issue:jira write:comment:jira write:comment.property:jira "
                "write:attachment:jira read:issue:jira"
            ),
            (201, 204, 401),
        ),
    ],
    ids=["classic", "reading", "some granular", "granular to create"],
)
async def test_each_write_asks_for_its_scopes(scopes: str, statuses: tuple[int, int, int]) -> None:
    guest = await a_guest(scopes=scopes)
    guest.site.add_issue(guest.site.add_project("TEST"))

    answers = (
        await guest.post(ISSUE, a_form()),
        await guest.put(f"{ISSUE}/TEST-1", {"fields": {"summary": "Two"}}),
        await guest.delete(f"{ISSUE}/TEST-1"),
    )

    assert tuple(answer.status_code for answer in answers) == statuses


async def test_what_a_builder_placed_against_the_rules_can_still_be_edited() -> None:
    guest, project = await a_writer()
    epic = guest.site.add_issue(project, issue_type="Epic")
    child = guest.site.add_issue(project, issue_type="Sub-task", parent=epic)

    response = await guest.put(f"{ISSUE}/{child.key}", {"fields": {"summary": "Two"}})

    assert response.status_code == 204
