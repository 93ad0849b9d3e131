"""The options of select fields: those the site was set up with, and those its issues hold."""

from typing import Any

from sandbox.world import JsonObject, SiteData


def list_options(data: SiteData, field: JsonObject) -> list[JsonObject]:
    """A field's options in id order, with `children` where a cascade goes on."""
    memory_key = ("options", field["id"])
    if memory_key not in data.memory:
        data.memory[memory_key] = _collect(data, field["id"])
    options: list[JsonObject] = data.memory[memory_key]
    return options


def _collect(data: SiteData, field_id: str) -> list[JsonObject]:
    found: dict[str, JsonObject] = {}
    for option in data.field_options.get(field_id, ()):
        _add(found, option)
    for issue in data.issues.values():
        value: Any = issue.fields.get(field_id)
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, dict) and {"id", "value"} <= entry.keys():
                _add(found, entry)
    return [found[id_] for id_ in sorted(found, key=lambda id_: (len(id_), id_))]


def _add(found: dict[str, JsonObject], option: JsonObject) -> None:
    own = {name: part for name, part in option.items() if name not in ("child", "children")}
    known = found.setdefault(option["id"], own)
    children = [*option.get("children", ()), *([option["child"]] if "child" in option else ())]
    for child in children:
        held = known.setdefault("children", [])
        if all(other["id"] != child["id"] for other in held):
            held.append(child)
