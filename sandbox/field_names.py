"""The names of fields beside their values, which `expand=names` asks for.

Source: `expand` of the issue calls and of the searches in Atlassian's OpenAPI documents, 2026-05.
"""

from collections.abc import Iterable
from typing import Any

from sandbox.world import JsonObject, SiteData


def name_fields(data: SiteData, issues: Iterable[JsonObject], expand: Any) -> JsonObject:
    """`names` by id of the fields that described issues hold; {} where nobody asks for them."""
    wanted = expand.split(",") if isinstance(expand, str) else expand or []
    if "names" not in wanted:
        return {}
    held = {name for issue in issues for name in issue.get("fields", ())}
    known = data.field_catalogue
    return {"names": {name: known[name]["name"] for name in sorted(held & known.keys())}}
