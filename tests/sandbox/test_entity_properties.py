from typing import Any

import pytest

from tests.sandbox.visitors import Guest
from tests.sandbox.writing import ISSUE, a_document, a_writer

MARK = {"key": "app.mark", "value": {"id": "7"}}
BODIES: dict[str, dict[str, Any]] = {
    "comment": {"body": a_document()},
    "worklog": {"timeSpentSeconds": 60, "started": "2026-05-31T09:30:00.000+0200"},
}
KINDS = pytest.mark.parametrize("kind", ["comment", "worklog"])


@pytest.fixture
async def guest() -> Guest:
    """A guest who may write, on a site with the issue TEST-1."""
    guest, project = await a_writer()
    guest.site.add_issue(project)
    return guest


async def write(guest: Guest, kind: str, *properties: dict[str, Any]) -> str:
    """The path of a new comment or worklog that brings properties along."""
    path = f"{ISSUE}/TEST-1/{kind}"
    response = await guest.post(path, {**BODIES[kind], "properties": list(properties)})
    assert response.status_code == 201, response.text
    assert "properties" not in response.json()
    return f"{path}/{response.json()['id']}"


def properties_of(path: str) -> str:
    return path.replace(f"{ISSUE}/TEST-1/comment", "/rest/api/3/comment") + "/properties"


@KINDS
async def test_properties_that_come_along_are_shown_where_expanded(guest: Guest, kind: str) -> None:
    path = await write(guest, kind, MARK)
    number = int(path.rpartition("/")[2])

    plain = await guest.read(path)
    expanded = await guest.read(path, expand="renderedBody,properties")
    listed = await guest.send(f"/rest/api/3/{kind}/list?expand=properties", {"ids": [number]})

    assert expanded == plain | {"properties": [MARK]}
    assert (listed["values"] if kind == "comment" else listed) == [expanded]
    issue = await guest.read(f"{ISSUE}/TEST-1")
    assert "properties" not in issue["fields"][kind][f"{kind}s"][0]


@KINDS
async def test_properties_are_written_read_listed_and_removed(guest: Guest, kind: str) -> None:
    path = await write(guest, kind, MARK)
    root = properties_of(path)

    made = await guest.put(f"{root}/other", [1, 2])
    changed = await guest.put(f"{root}/other", "text")
    keys = [entry["key"] for entry in (await guest.read(root))["keys"]]
    shown = await guest.read(f"{root}/other")
    removed = await guest.delete(f"{root}/other")

    assert (made.status_code, changed.status_code, removed.status_code) == (201, 200, 204)
    assert keys == ["app.mark", "other"]
    assert shown == {"key": "other", "value": "text"}
    assert (await guest.get(f"{root}/other")).status_code == 404
    assert (await guest.delete(f"{root}/other")).status_code == 404


@KINDS
async def test_an_edit_adds_to_the_properties_and_a_deletion_ends_them(
    guest: Guest, kind: str
) -> None:
    path = await write(guest, kind, MARK)
    more = {"key": "more", "value": 1}

    await guest.put(path, {**BODIES[kind], "properties": [more]})

    assert (await guest.read(path, expand="properties"))["properties"] == [MARK, more]
    await guest.delete(path)
    assert (await guest.get(properties_of(path))).status_code == 404
    assert guest.site.data.entity_properties == {}


@KINDS
@pytest.mark.parametrize(
    "properties",
    ["x", [1], [{"key": "a"}], [{"key": "", "value": 1}], [{"key": "a", "value": None}]],
    ids=str,
)
async def test_malformed_properties_are_refused_and_nothing_is_written(
    guest: Guest, kind: str, properties: Any
) -> None:
    response = await guest.post(
        f"{ISSUE}/TEST-1/{kind}", {**BODIES[kind], "properties": properties}
    )

    assert response.status_code == 400
    assert (await guest.read(f"{ISSUE}/TEST-1/{kind}"))["total"] == 0


async def test_a_property_is_not_too_long(guest: Guest) -> None:
    root = properties_of(await write(guest, "comment"))

    assert (await guest.put(f"{root}/{'k' * 256}", 1)).status_code == 400
    assert (await guest.put(f"{root}/a", "x" * 32_768)).status_code == 400
    assert (await guest.put(f"{root}/a", "x" * 32_000)).status_code == 201
