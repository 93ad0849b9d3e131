"""Issues made: one, or many with a result for each, and each of them once under a key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from jira_api import issue_batches, issue_writes
from jira_api.client import JiraSession
from jira_api.errors import OutcomeUnknownError, RejectedError
from jira_api.json_values import JsonValue
from jira_api.paths import NumericId, ProjectKey, is_project_key
from jira_api.records import Origin
from resolvers.access.viewer import Right
from resolvers.arguments import MOST_ISSUES
from resolvers.changes.issue_values import IssueValues, write_fields
from resolvers.changes.issue_writes import WrittenIssue, carry_out
from resolvers.changes.refusals import explain_refusal
from resolvers.context import Context
from resolvers.errors import EXPECTED, BadUserInputError, ErrorCode, ProblemError
from resolvers.forms import load_new_issue_form
from resolvers.linking.connections import LinkedConnection, ProjectReference
from resolvers.once.attempts import Prepared
from resolvers.once.flights import Results
from resolvers.once.keys import Write, write_once
from resolvers.once.made import made_issue, mark, write_places
from resolvers.references import parse_project_id
from storage.idempotency import Made, WriteKind

_ONE: Final = "issue."
_MANY: Final = "issues"
_UNMARKED: Final = ""
"""In the place of a marker, where no key is given."""


class NoProjectSelectedError(ProblemError):
    """An issue was to be made, and nothing says where."""

    code = ErrorCode.NO_PROJECT_SELECTED


@dataclass(frozen=True, slots=True)
class NewIssue:
    """An issue to make, in the selected project where none is named."""

    project: ProjectReference | None
    values: IssueValues


@dataclass(frozen=True, slots=True)
class _Form:
    """An issue as Jira takes it; `arguments` and `notes` explain what Jira says against a field."""

    fields: Mapping[str, JsonValue]
    arguments: Mapping[str, str]
    notes: Mapping[str, str]


class _FormRefusedError(Exception):
    """What Jira says against an issue, and the form that it says it of.

    They stay together, since whoever waits for another's write has filled no form.
    """

    def __init__(self, error: RejectedError, form: _Form) -> None:
        super().__init__(error.message)
        self.error = error
        self.form = form


Outcome = WrittenIssue | Exception


async def create_issue(
    context: Context, connection: LinkedConnection, given: NewIssue, *, key: str | None
) -> WrittenIssue:
    """A new issue; with a key, it is the one that the first call with the key made.

    Raises:
        BadUserInputError: a value has another form.
        NoProjectSelectedError: no project is named, and none selected.
        KeyReusedError: the key was used with another input.
        OutcomePendingError: with a key: it is not known yet whether there is an issue.
        OutcomeUnknownError: without a key: Jira's answer was lost; there may be an issue.
        RefusedError: Jira refuses a field.
        JiraApiError: the call failed.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    place = _write_project(connection, given.project, _ONE)
    if key is None:
        return await _create_at_once(context, connection, given)
    write = Write(
        key=key,
        kind=WriteKind.ISSUES,
        given=_describe(connection, [given]),
        place=write_places(place.values()),
        prepare=_OneIssue(context, connection, given).prepare,
    )
    results = await write_once(context, connection, write)
    outcome = await _read(context, connection.origin, results[0])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


async def _create_at_once(
    context: Context, connection: LinkedConnection, given: NewIssue
) -> WrittenIssue:
    origin = connection.origin
    form = await _fill(context, connection, given, within=_ONE)
    made = issue_writes.create_issue(context.session_of(origin), form.fields)
    created = await carry_out(context, origin, made, form.arguments, form.notes)
    return WrittenIssue(origin, created.issue_id, created.key, is_new=True)


@dataclass(frozen=True, slots=True)
class _OneIssue:
    """An issue to make under a key."""

    context: Context
    connection: LinkedConnection
    given: NewIssue

    async def prepare(self) -> Prepared:
        """The issue with its form filled in, so that it can be sent."""
        form = await _fill(self.context, self.connection, self.given, within=_ONE)

        async def make(session: JiraSession, marker: str, _numbers: Sequence[int]) -> Results:
            marked = mark(marker).as_json()
            try:
                created = await issue_writes.create_issue(session, form.fields, marker=marked)
            except RejectedError as error:
                return {0: _FormRefusedError(error, form)}
            return {0: made_issue(created)}

        return Prepared(make)


async def create_issues(
    context: Context, connection: LinkedConnection, given: Sequence[NewIssue], *, key: str | None
) -> Sequence[Outcome]:
    """What became of each issue, in their order; one that cannot be made keeps no other back.

    With a key, what an earlier call with the key made is not made again, and what it did not make
    is tried again.

    Raises:
        BadUserInputError: there is no issue, there are too many, or the key has another form.
        KeyReusedError: the key was used with another input.
        OutcomePendingError: with a key: it is not known yet which issues there are.
    """
    context.viewer.require(Right.WRITE_GRAPH)
    if not 1 <= len(given) <= MOST_ISSUES:
        raise BadUserInputError(
            f"`{_MANY}` takes 1 to {MOST_ISSUES:,} issues, not {len(given):,}.", argument=_MANY
        )
    prepare = _ManyIssues(context, connection, given).prepare
    if key is None:
        results = await _make_at_once(context, connection, await prepare())
    else:
        write = Write(
            key=key,
            kind=WriteKind.ISSUES,
            given=_describe(connection, given),
            place=write_places(_list_places(connection, given)),
            amount=len(given),
            prepare=prepare,
        )
        results = await write_once(context, connection, write)
    return [
        await _read(context, connection.origin, results[number]) for number in range(len(given))
    ]


async def _make_at_once(
    context: Context, connection: LinkedConnection, prepared: Prepared
) -> Results:
    session = context.session_of(connection.origin)
    made = await prepared.make(session, _UNMARKED, prepared.wanted)
    context.forget_reads(connection.origin)
    return {**prepared.refused, **made}


@dataclass(frozen=True, slots=True)
class _ManyIssues:
    """Issues to make, each for itself."""

    context: Context
    connection: LinkedConnection
    given: Sequence[NewIssue]

    async def prepare(self) -> Prepared:
        """Those whose forms can be filled in, and what is wrong with the others."""
        forms: dict[int, _Form] = {}
        refused: dict[int, Exception] = {}
        for number, each in enumerate(self.given):
            try:
                within = f"{_MANY}.{number}."
                forms[number] = await _fill(self.context, self.connection, each, within=within)
            except EXPECTED as error:
                refused[number] = error

        async def make(session: JiraSession, marker: str, numbers: Sequence[int]) -> Results:
            issues = {number: _mark(forms[number], marker, number) for number in numbers}
            sent = await _send(session, issues)
            return {number: _with_form(result, forms[number]) for number, result in sent.items()}

        return Prepared(make, wanted=tuple(forms), refused=refused)


def _with_form(result: Made | Exception, form: _Form) -> Made | Exception:
    return _FormRefusedError(result, form) if isinstance(result, RejectedError) else result


def _mark(form: _Form, marker: str, number: int) -> issue_batches.NewIssue:
    marked = mark(marker, number).as_json() if marker else None
    return issue_batches.NewIssue(form.fields, marked)


async def _send(session: JiraSession, issues: Mapping[int, issue_batches.NewIssue]) -> Results:
    """What became of each, by its number: fifties one after another, so that keys keep the order.

    A fifty whose answer is lost, or which Jira refuses as a whole, keeps the others from nothing;
    what else goes wrong would go wrong with them as well, and they are not sent.
    """
    results: dict[int, Made | Exception] = {}
    left = list(issues)
    while left:
        numbers, left = left[: issue_batches.MOST_AT_ONCE], left[issue_batches.MOST_AT_ONCE :]
        try:
            answers = await issue_batches.create_issues(session, [issues[n] for n in numbers])
        except (OutcomeUnknownError, RejectedError) as error:
            results.update(dict.fromkeys(numbers, error))
        except EXPECTED as error:
            results.update(dict.fromkeys([*numbers, *left], error))
            break
        else:
            told = (a if isinstance(a, Exception) else made_issue(a) for a in answers)
            results.update(zip(numbers, told, strict=True))
    return results


async def _read(context: Context, origin: Origin, result: Made | Exception) -> Outcome:
    if isinstance(result, Made):
        return WrittenIssue(origin, NumericId(result.jira_id), result.key, is_new=True)
    if isinstance(result, _FormRefusedError):
        form = result.form
        return await explain_refusal(
            context, origin, result.error, arguments=form.arguments, notes=form.notes
        )
    return result


async def _fill(
    context: Context, connection: LinkedConnection, given: NewIssue, *, within: str
) -> _Form:
    place = _write_project(connection, given.project, within)
    origin = connection.origin
    fields = await write_fields(
        context,
        origin,
        given.values,
        within=within,
        load_form=lambda written: load_new_issue_form(
            context, origin, {"project": place, **written}
        ),
    )
    selected = "It is the one that the connection has selected."
    return _Form(
        {"project": place, **fields.values},
        {**fields.arguments, "project": f"{within}project"},
        {} if given.project else {"project": selected},
    )


def _describe(connection: LinkedConnection, given: Sequence[NewIssue]) -> object:
    """All that decides which issues are made: the selected project where it counts."""
    is_selected = any(each.project is None for each in given)
    return [list(given), connection.selected_project_id if is_selected else None]


def _list_places(connection: LinkedConnection, given: Sequence[NewIssue]) -> set[str]:
    """The projects in which issues can be made; a malformed one is told with its issue."""
    places: set[str] = set()
    for each in given:
        try:
            places.update(_write_project(connection, each.project, "").values())
        except ProblemError:
            continue
    return places


def _write_project(
    connection: LinkedConnection, project: ProjectReference | None, within: str
) -> Mapping[str, str]:
    if project is None:
        if connection.selected_project_id is None:
            raise NoProjectSelectedError(
                "Name a `project`, or select one for the connection with `selectProject`.",
                argument=f"{within}project",
            )
        return {"id": connection.selected_project_id}
    if project.project_id is not None:
        place = f"{within}project.id"
        return {"id": parse_project_id(connection.origin, project.project_id, argument=place)}
    if not is_project_key(project.key or ""):
        place = f"{within}project.key"
        raise BadUserInputError(f"`{place}` is not a project's key such as PROJ.", argument=place)
    return {"key": ProjectKey(project.key or "")}
