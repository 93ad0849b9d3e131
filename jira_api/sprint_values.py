"""What the Sprint field of an issue holds, in each of the forms that Jira has given it.

Jira Cloud sends objects, older Jiras the text that Java makes of a sprint.
Source: values of that field as public code bases quote them, 2016 to 2026.
"""

import logging
import re
from collections.abc import Iterator

from jira_api.decoding import Decoder
from jira_api.errors import InvalidResponseError
from jira_api.json_values import JsonObject, JsonValue
from jira_api.paths import is_numeric_id
from jira_api.records import Sprint

_log = logging.getLogger("juncture.jira")
_JAVA_TEXT = re.compile(r"[\w.$]*Sprint@\w+\[(?P<parts>.*)\]", re.DOTALL)
# A name or a goal may hold commas and signs of equality: only these names begin a part.
_PART = re.compile(
    r"(?:^|,)(?P<name>id|rapidViewId|state|name|goal|startDate|endDate|completeDate|activatedDate"
    r"|sequence|synced|autoStartStop|incompleteIssuesDestinationId)="
)
_NOTHING = "<null>"


def read_sprints(decode: Decoder, raw: JsonValue) -> list[Sprint]:
    """The sprints of an issue, in Jira's order; what tells of no sprint is left out and logged."""
    listed = raw if isinstance(raw, list) else [raw]
    return list(_read_each(decode, [each for each in listed if each is not None]))


def _read_each(decode: Decoder, values: list[JsonValue]) -> Iterator[Sprint]:
    for value in values:
        try:
            sprint = decode.sprint(_as_object(value))
        except InvalidResponseError:
            sprint = None
        if sprint is not None and is_numeric_id(sprint.sprint_id):
            yield sprint
        else:
            _log.warning("Jira sent a sprint of an issue in a form that cannot be read")


def _as_object(value: JsonValue) -> JsonObject:
    """The parts of a sprint by the names that Jira's own endpoints give them."""
    told = dict(value) if isinstance(value, dict) else _split(value)
    board = told.get("boardId", told.get("rapidViewId"))
    if board is not None:
        told.setdefault("originBoardId", board)
    if isinstance(told.get("state"), str):
        told["state"] = told["state"].lower()
    return told


def _split(value: JsonValue) -> dict[str, JsonValue]:
    found = _JAVA_TEXT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return {}
    text = found["parts"]
    told: dict[str, JsonValue] = {}
    end = len(text)
    # From the end on, so that of two parts of one name the first counts.
    for part in reversed(list(_PART.finditer(text))):
        told[part["name"]] = _read_part(text[part.end() : end])
        end = part.start()
    return told


def _read_part(text: str) -> str | None:
    return None if text in {"", _NOTHING} else text
