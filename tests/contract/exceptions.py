"""Where Juncture or the sandbox differs from Atlassian's documents on purpose."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """A violation that may stand: of this operation, in these words, for this reason."""

    operation: str
    what: str
    reason: str


_REFUSED_AS_A_WHOLE = (
    "a call that is refused as a whole, for its size or its form, has the usual form of refusals: "
    "the document knows the one for refused elements alone, and these have no number to give"
)

_NOBODY = "the operation's own words take null for nobody, which its schema of a user does not"

ALLOWANCES: tuple[Allowance, ...] = (
    Allowance(
        "GET /rest/api/3/priority",
        "the operation is deprecated",
        "the document marks GET /rest/api/3/priority/search deprecated too, names no successor of "
        "the two, and no date on which they end",
    ),
    Allowance(
        "GET /rest/api/3/resolution",
        "the operation is deprecated",
        "its successor, GET /rest/api/3/resolution/search, is experimental, and no date is named "
        "on which the old one ends",
    ),
    Allowance(
        "POST /rest/api/3/issue/bulk",
        "400: InvalidData: $: Additional properties are not allowed ('errorMessages' was "
        "unexpected)",
        _REFUSED_AS_A_WHOLE,
    ),
    Allowance(
        "POST /rest/api/3/issue/bulk",
        "400: InvalidData: $.errors: {} is not of type 'array'",
        _REFUSED_AS_A_WHOLE,
    ),
    Allowance(
        "GET /rest/api/3/user",
        "it answers no 400",
        "the document lets accountId be left out and no 400 be answered; a call that names nobody "
        "has no better answer",
    ),
    Allowance(
        "GET /rest/api/3/search",
        "it answers no 410",
        "Atlassian took this search away in 2025 and answers so; the document still lists it",
    ),
    Allowance(
        "POST /rest/api/3/search",
        "it answers no 410",
        "Atlassian took this search away in 2025 and answers so; the document still lists it",
    ),
    Allowance(
        "PUT /rest/api/3/issue/{issueIdOrKey}/assignee",
        "InvalidRequestBody: $.accountId: None for not nullable",
        _NOBODY,
    ),
    Allowance(
        "PUT /rest/api/3/issue/{issueIdOrKey}/assignee",
        "InvalidRequestBody: $.accountId: None is not of type 'string'",
        _NOBODY,
    ),
)
