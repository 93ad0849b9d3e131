"""Ways out of an issue's status, and taking one of them.

Source: Jira Cloud platform REST v3, Issues (transitions), read 2026-11.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jira_api.client import JiraSession
from jira_api.errors import InvalidResponseError
from jira_api.field_metadata import FieldMetadata, read_form
from jira_api.json_values import (
    JsonObject,
    JsonValue,
    as_listing,
    as_object,
    find_boolean,
    find_or_none,
    get_text,
)
from jira_api.paths import IssueKey, NumericId, is_numeric_id, join_path
from jira_api.records import Origin, Status

_PATH = "/rest/api/3/issue/{}/transitions"


@dataclass(frozen=True, slots=True)
class Transition:
    """A way from an issue's present status to another; its id is one of the issue's workflow.

    `issue` is what it was asked for by. `fields` are those of its screen, None where they were not
    asked for. One that `is_looped` leads to where the issue stands already.
    """

    origin: Origin
    issue: NumericId | IssueKey
    transition_id: NumericId
    name: str
    to: Status
    is_available: bool
    is_looped: bool
    fields: tuple[FieldMetadata, ...] | None = None

    @property
    def node_id(self) -> str:
        """What finds it again: the same number means something else on another issue."""
        return f"{self.issue}.{self.transition_id}"


async def list_transitions(
    session: JiraSession, id_or_key: NumericId | IssueKey, *, with_fields: bool
) -> Sequence[Transition]:
    """The ways that are open to the connected person, in Jira's order.

    Raises:
        NotFoundError: the issue is absent or hidden.
        JiraApiError: the call failed.
    """
    parameters = {"expand": "transitions.fields"} if with_fields else {}
    raw = as_object(await session.get(join_path(_PATH, id_or_key), parameters), "transitions")
    return read_transitions(session, id_or_key, raw, with_fields=with_fields)


def read_transitions(
    session: JiraSession, id_or_key: NumericId | IssueKey, raw: JsonObject, *, with_fields: bool
) -> Sequence[Transition]:
    """The `transitions` of an object.

    Raises:
        InvalidResponseError: they are no list, or one of them is no transition.
    """
    listed = as_listing(raw.get("transitions"), "a list of transitions")
    return [
        _read(session, id_or_key, as_object(each, "a transition"), with_fields=with_fields)
        for each in listed
    ]


async def carry_out(
    session: JiraSession,
    id_or_key: NumericId | IssueKey,
    transition_id: NumericId,
    *,
    fields: Mapping[str, JsonValue],
    comment: JsonObject | None,
) -> None:
    """Take a way, with values for the fields of its screen; never repeated where Jira heard it.

    Raises:
        NotFoundError: the issue is absent or hidden.
        ConflictError: somebody else changed the issue at the same time.
        RejectedError: the way is closed, or Jira refuses a field.
        OutcomeUnknownError: the answer was lost.
        JiraApiError: the call failed, and the issue stays where it was.
    """
    body: dict[str, JsonValue] = {"transition": {"id": transition_id}}
    if fields:
        body["fields"] = dict(fields)
    if comment is not None:
        body["update"] = {"comment": [{"add": {"body": comment}}]}
    await session.post_change(join_path(_PATH, id_or_key), body)


def _read(
    session: JiraSession, id_or_key: NumericId | IssueKey, raw: JsonObject, *, with_fields: bool
) -> Transition:
    transition_id = get_text(raw, "id")
    if not is_numeric_id(transition_id):
        raise InvalidResponseError("Jira sent a transition whose id is no number.")
    return Transition(
        origin=session.origin,
        issue=id_or_key,
        transition_id=NumericId(transition_id),
        name=get_text(raw, "name"),
        to=session.decode.status(as_object(raw.get("to"), "a status")),
        is_available=find_or_none(find_boolean, raw, "isAvailable") is not False,
        is_looped=any(find_or_none(find_boolean, raw, key) for key in ("looped", "isLooped")),
        fields=read_form(raw) if with_fields else None,
    )
