"""What can be set on an issue: when it is made, edited, or moved along its workflow.

The edit forms and the transitions of siblings are asked together. With their screens, transitions
are asked for issue by issue, side by side: Jira gives none of those in bulk.
"""

from collections.abc import Mapping, Sequence

from jira_api.errors import NotFoundError
from jira_api.field_metadata import (
    FieldMetadata,
    list_create_fields,
    list_create_types,
    list_edit_fields,
)
from jira_api.json_values import JsonValue
from jira_api.paths import IssueKey, NumericId, ProjectKey, is_numeric_id
from jira_api.records import Issue, Origin, Project
from jira_api.transitions import Transition, list_transitions
from resolvers.context import Context
from resolvers.errors import BadUserInputError
from resolvers.form_loaders import FormKey
from resolvers.global_ids import GlobalId
from resolvers.references import parse_defined


async def list_project_form(
    context: Context, project: Project, issue_type_id: str
) -> Sequence[FieldMetadata]:
    """What a new issue of a type asks for in a project.

    Raises:
        BadUserInputError: the id has another form.
        RejectedError: the project has no such issue type.
        JiraApiError: a call failed.
    """
    origin = project.origin
    type_id = parse_defined(origin, issue_type_id, "IssueType", argument="issueTypeId")
    return await load_create_form(context, origin, NumericId(project.project_id), type_id)


async def load_create_form(
    context: Context, origin: Origin, project: NumericId | ProjectKey, type_id: NumericId
) -> Sequence[FieldMetadata]:
    """The form for a new issue, read once an operation.

    Raises:
        RejectedError: the project has no such issue type.
        JiraApiError: a call failed.
    """
    session = context.session_of(origin)
    return await context.calls.once(
        (origin.label, "create form", project, type_id),
        lambda: list_create_fields(session, project, type_id),
    )


async def load_new_issue_form(
    context: Context, origin: Origin, fields: Mapping[str, JsonValue]
) -> Sequence[FieldMetadata]:
    """The form for an issue of the `project` and the `issuetype` that Jira's fields name.

    A type that is named is looked for among those of the project; it has no form where it is none.

    Raises:
        RejectedError: the project has no such issue type.
        JiraApiError: a call failed.
    """
    place, kind = fields["project"], fields["issuetype"]
    project = NumericId(place["id"]) if "id" in place else ProjectKey(place["key"])
    if "id" in kind:
        return await load_create_form(context, origin, project, NumericId(kind["id"]))
    session, name = context.session_of(origin), kind["name"].casefold()
    types = await context.calls.once(
        (origin.label, "create types", project), lambda: list_create_types(session, project)
    )
    found = next((each for each in types if each.name.casefold() == name), None)
    if found is None:
        return ()
    return await load_create_form(context, origin, project, NumericId(found.issue_type_id))


async def list_issue_form(context: Context, issue: Issue) -> Sequence[FieldMetadata]:
    """What the connected person may edit of an issue.

    Raises:
        JiraApiError: the call failed.
    """
    issue_id = NumericId(issue.issue_id)
    form = await context.forms.edit_forms.load(FormKey(issue.origin.label, issue_id))
    return await load_edit_form(context, issue.origin, issue_id) if form is None else form


async def load_edit_form(
    context: Context, origin: Origin, reference: NumericId | IssueKey
) -> Sequence[FieldMetadata]:
    """The form of an issue, read once an operation.

    Raises:
        NotFoundError: the issue is absent or hidden.
        JiraApiError: the call failed.
    """
    session = context.session_of(origin)
    return await context.calls.once(
        (origin.label, "edit form", reference), lambda: list_edit_fields(session, reference)
    )


async def list_issue_transitions(
    context: Context, issue: Issue, *, with_fields: bool
) -> Sequence[Transition]:
    """The ways that are open to an issue, with the fields of their screens where asked for.

    Raises:
        JiraApiError: the call failed.
    """
    reference = NumericId(issue.issue_id)
    if not with_fields:
        key = FormKey(issue.origin.label, reference)
        listed = await context.forms.transitions.load(key)
        if listed is not None:
            return listed
    return await load_transitions(context, issue.origin, reference, with_fields=with_fields)


async def load_transitions(
    context: Context, origin: Origin, reference: NumericId | IssueKey, *, with_fields: bool
) -> Sequence[Transition]:
    """The ways that are open to an issue, read once an operation.

    Raises:
        NotFoundError: the issue is absent or hidden.
        JiraApiError: the call failed.
    """
    session = context.session_of(origin)
    return await context.calls.once(
        (origin.label, "transitions", reference, with_fields),
        lambda: list_transitions(session, reference, with_fields=with_fields),
    )


async def find_transition(context: Context, origin: Origin, named: GlobalId) -> Transition | None:
    """The way that a global id names; None where it is closed, or its issue hidden.

    Raises:
        BadUserInputError: the id was not made by Juncture.
        JiraApiError: the call failed.
    """
    issue_id, transition_id = parse_transition_id(named)
    try:
        listed = await load_transitions(context, origin, issue_id, with_fields=True)
    except NotFoundError:
        return None
    return next((each for each in listed if each.transition_id == transition_id), None)


def parse_transition_id(named: GlobalId) -> tuple[NumericId, NumericId]:
    """The numbers of the issue and of the transition that a global id names.

    Raises:
        BadUserInputError: the id was not made by Juncture.
    """
    issue_id, _, transition_id = named.jira_id.partition(".")
    if not is_numeric_id(issue_id) or not is_numeric_id(transition_id):
        raise BadUserInputError("`id` is not one of Juncture's ids.", argument="id")
    return NumericId(issue_id), NumericId(transition_id)
