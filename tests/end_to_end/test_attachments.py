"""Attachments in the graph: with their issue, by their ids, and taken away."""

from collections import Counter
from typing import Any

from sandbox.builders import SiteBuilder
from tests.end_to_end.attachments import NOTE, TEXT, an_issue, an_issue_with_a_note, list_files
from tests.end_to_end.keys import make_key
from tests.support.gateway import JUNCTURE, Gateway

DELETE = """
mutation($input: DeleteAttachmentInput!) {
  deleteAttachment(input: $input) { deletedId errors { code message path } }
}
"""
NODE = "query($id: ID!) { node(id: $id) { ... on Attachment { id filename sizeBytes } } }"


async def delete(gateway: Gateway, attachment_id: str, **more: object) -> dict[str, Any]:
    answer = await gateway.ask(DELETE, {"input": {"attachmentId": attachment_id, **more}})
    payload = answer.data["deleteAttachment"]
    assert isinstance(payload, dict)
    return payload


async def test_an_attachment_tells_all_that_jira_does_but_no_address_of_jiras(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)

    [file] = await list_files(built_once)

    assert file.pop("downloadUrl").startswith(f"{JUNCTURE}/attachments/")
    assert file.pop("id")
    assert file == {
        "attachmentId": "10000",
        "filename": NOTE,
        "mimeType": "text/plain",
        "sizeBytes": len(TEXT),
        "created": "2026-01-12T07:40:00Z",
        "author": {"displayName": "Sandbox Person"},
    }


async def test_fifty_issues_with_attachments_are_one_call(
    site: SiteBuilder, built_once: Gateway
) -> None:
    project = site.add_project("TEST")
    for issue in site.add_issues(project, 50):
        site.add_attachment(issue, NOTE, TEXT)
        site.add_attachment(issue, "other.txt", TEXT)

    found = await built_once.ask_connection(
        "issues(first: 50) { nodes { attachments { attachmentId downloadUrl } } }"
    )

    files = [file for issue in found["issues"]["nodes"] for file in issue["attachments"]]
    assert built_once.calls() == ["POST /rest/api/3/search/jql"]
    assert built_once.sandbox.calls.calls[-1].list_requested_fields() == ["attachment"]
    assert Counter(file["attachmentId"] for file in files) == dict.fromkeys(
        (str(number) for number in range(10_000, 10_100)), 1
    )
    assert len({file["downloadUrl"] for file in files}) == 100


async def test_an_issue_without_files_has_none_and_no_field_is_asked_in_vain(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue(site)

    assert await list_files(built_once) == []
    built_once.forget_calls()
    await built_once.ask_connection('issue(idOrKey: "TEST-1") { summary }')
    assert built_once.sandbox.calls.calls[-1].list_requested_fields() == ["summary"]


async def test_a_file_of_more_bytes_than_int_holds_costs_nothing_beside_it(
    site: SiteBuilder, built_once: Gateway
) -> None:
    issue = an_issue_with_a_note(site)
    site.add_attachment(issue, "disk.img", size=2**31 + 5)

    files = await list_files(built_once)

    assert [file["sizeBytes"] for file in files] == [len(TEXT), 2**31 - 1]
    response = await built_once.http.head(files[1]["downloadUrl"])
    assert response.headers["content-length"] == str(2**31 + 5)


async def test_a_list_that_cannot_be_read_is_null_with_one_error_and_its_siblings_answer(
    site: SiteBuilder, built_once: Gateway
) -> None:
    issue = an_issue_with_a_note(site)
    del site.data.issues[issue.id].fields["attachment"][0]["size"]

    answer = await built_once.ask(
        '{ connection(externalId: "acme") { issue(idOrKey: "TEST-1") '
        "{ key attachments { filename } } } }"
    )

    assert answer.codes == ["JIRA_INVALID_RESPONSE"]
    assert answer.body["data"]["connection"]["issue"] == {"key": "TEST-1", "attachments": None}


async def test_an_attachment_is_found_by_its_global_id_and_null_once_it_is_gone(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)
    [file] = await list_files(built_once)
    built_once.forget_calls()

    found = (await built_once.ask(NODE, {"id": file["id"]})).data["node"]
    payload = await delete(built_once, file["id"])
    after = (await built_once.ask(NODE, {"id": file["id"]})).data["node"]

    assert found == {"id": file["id"], "filename": NOTE, "sizeBytes": len(TEXT)}
    assert payload == {"deletedId": file["id"], "errors": []}
    assert after is None
    assert built_once.calls() == [
        "GET /rest/api/3/attachment/10000",
        "DELETE /rest/api/3/attachment/10000",
        "GET /rest/api/3/attachment/10000",
    ]


async def test_a_number_deletes_too_where_the_connection_is_named(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)
    [file] = await list_files(built_once)

    payload = await delete(built_once, "10000", connection={"externalId": "acme"})

    assert payload == {"deletedId": file["id"], "errors": []}
    assert await list_files(built_once) == []
    assert (await built_once.http.get(file["downloadUrl"])).status_code == 404


async def test_what_cannot_be_deleted_is_an_error_of_the_payload(
    site: SiteBuilder, built_once: Gateway
) -> None:
    an_issue_with_a_note(site)
    named = {"connection": {"externalId": "acme"}}
    reader = await make_key(built_once, "GRAPH_READ")

    unknown = await delete(built_once, "99", **named)
    odd = await delete(built_once, "../10000", **named)
    asked = {"input": {"attachmentId": "10000", **named}}
    forbidden = (await built_once.ask(DELETE, asked, key=reader)).data["deleteAttachment"]

    assert [each["errors"][0]["code"] for each in (unknown, odd, forbidden)] == [
        "NOT_FOUND",
        "BAD_USER_INPUT",
        "FORBIDDEN",
    ]
    assert unknown["errors"][0]["path"] == ["input", "attachmentId"]
    assert built_once.calls() == ["DELETE /rest/api/3/attachment/99"]
