import pytest

from tests.sandbox.visitors import a_guest


async def test_statuses_have_four_categories_found_by_id_and_by_key() -> None:
    guest = await a_guest()

    listed = await guest.read("/rest/api/3/statuscategory")
    by_id = await guest.read("/rest/api/3/statuscategory/3")
    by_key = await guest.read("/rest/api/3/statuscategory/done")
    missing = await guest.get("/rest/api/3/statuscategory/finished")

    assert [entry["key"] for entry in listed] == ["undefined", "new", "done", "indeterminate"]
    assert by_id == by_key == listed[2]
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("custom", "type_", "items"),
    [
        ("float", "number", None),
        ("gh-sprint", "array", "json"),
        ("gh-epic-link", "any", None),
        ("gh-lexo-rank", "any", None),
        ("atlassian-team", "team", None),
        ("select", "option", None),
        ("multiselect", "array", "option"),
        ("cascadingselect", "option-with-child", None),
        ("userpicker", "user", None),
        ("datepicker", "date", None),
        ("datetime", "datetime", None),
        ("textarea", "string", None),
        ("url", "string", None),
        ("textfield", "string", None),
        ("labels", "array", "string"),
    ],
)
async def test_every_usual_kind_of_custom_field_is_there(
    custom: str, type_: str, items: str | None
) -> None:
    guest = await a_guest()

    fields = await guest.read("/rest/api/3/field")

    schemas = [
        field["schema"]
        for field in fields
        if field["schema"].get("custom", "").endswith(f":{custom}")
    ]
    assert schemas
    assert {(schema["type"], schema.get("items")) for schema in schemas} == {(type_, items)}
    assert all(schema["customId"] > 10000 for schema in schemas)


async def test_two_fields_bear_one_name() -> None:
    guest = await a_guest()

    fields = await guest.read("/rest/api/3/field")

    assert [field["name"] for field in fields].count("Severity") == 2


@pytest.mark.parametrize("catalogue", ["issuetype", "priority", "status", "resolution"])
async def test_an_entry_reads_alone_as_it_does_in_its_list(catalogue: str) -> None:
    guest = await a_guest()
    entries = await guest.read(f"/rest/api/3/{catalogue}")

    assert len(entries) > 2
    for entry in entries:
        assert await guest.read(f"/rest/api/3/{catalogue}/{entry['id']}") == entry


async def test_a_status_answers_to_its_name_too() -> None:
    guest = await a_guest()

    status = await guest.read("/rest/api/3/status/In Progress")

    assert status["statusCategory"]["key"] == "indeterminate"


@pytest.mark.parametrize("path", ["issuetype/99", "priority/None", "status/Nowhere"])
async def test_an_unknown_entry_is_a_404(path: str) -> None:
    guest = await a_guest()

    assert (await guest.get(f"/rest/api/3/{path}")).status_code == 404
