"""What an issue's custom fields must be for a raw issue of Jira Server."""

from typing import Final

from tests.oracle.rules import Expected, Json, Rank, Stands
from tests.oracle.selection import BY_ID_OR_NAME

_EPIC_LINK: Final = ("customfield_10014", "Epic Link", "any")
_RANK: Final = ("customfield_10019", "Rank", "any")
_SPRINT: Final = ("customfield_10020", "Sprint", "array")
_SERVER_RANK: Final = "customfield_12311820"


def expect_custom_fields(raw: Json) -> dict[str, Expected]:
    """What `Whole` holds of custom values: all of them, and those that are asked by alias."""
    values = {**_expect_own_values(raw), **_expect_agile_values(raw)}
    by_name = {value["field"]["name"].casefold(): value for value in values.values()}
    chosen = {
        alias: values.get(asked) or by_name.get(asked.casefold())
        for alias, asked in BY_ID_OR_NAME.items()
    }
    return {"customFields": [values[field_id] for field_id in sorted(values)], **chosen}


def _expect_own_values(raw: Json) -> dict[str, dict[str, Expected]]:
    return {
        field_id: _expect_value(field_id, value)
        for field_id, value in raw["fields"].items()
        if field_id.startswith("customfield_") and value is not None
    }


def _expect_value(field_id: str, value: Json) -> dict[str, Expected]:
    name = f"Field {field_id.removeprefix('customfield_')}"
    if isinstance(value, str):
        return _typed("TextFieldValue", (field_id, name, "string"), {"text": value})
    if not isinstance(value, list):
        raise TypeError(f"No archive had such a value of {field_id} before: {value!r}")
    field = (field_id, name, "array")
    if all(isinstance(word, str) for word in value):
        return _typed("TextFieldValue", field, {"text": ", ".join(value)})
    options = [{"optionId": o["id"], "value": o["value"], "child": None} for o in value]
    return _typed("OptionFieldValue", field, {"options": options})


def _expect_agile_values(raw: Json) -> dict[str, dict[str, Expected]]:
    fields = raw["fields"]
    values: dict[tuple[str, str, str], Expected] = {
        _RANK: fields.get(_SERVER_RANK) or Rank(raw["id"])
    }
    if fields.get("epic"):
        values[_EPIC_LINK] = fields["epic"]["key"]
    sprints = [*fields.get("closedSprints", ()), fields.get("sprint")]
    shown = [_expect_sprint(sprint) for sprint in sprints if sprint]
    if shown:
        values[_SPRINT] = shown
    return {
        field[0]: _typed("RawFieldValue", field, {"json": value}) for field, value in values.items()
    }


def _expect_sprint(raw: Json) -> dict[str, Expected]:
    kept = ("id", "name", "state", "startDate", "endDate", "completeDate")
    shown = {name: raw[name] for name in kept if name in raw}
    return {**shown, "boardId": raw["originBoardId"], "goal": raw.get("goal", "")}


def _typed(
    type_name: str, field: tuple[str, str, str], value: dict[str, Expected]
) -> dict[str, Expected]:
    field_id, name, type_ = field
    described = {
        "id": Stands("id", ("Field", field_id)),
        "fieldId": field_id,
        "name": name,
        "isCustom": True,
        "type": type_,
    }
    return {"__typename": type_name, "field": described, **value}
