"""Everything that was recorded keeps to Atlassian's documents, and everything was recorded."""

import re
from collections import Counter
from dataclasses import replace

import pytest

from jira_api.scopes import NEEDED_SCOPES
from tests.contract.check import check_request
from tests.contract.documents import Documents
from tests.contract.exceptions import ALLOWANCES
from tests.contract.exchanges import Recorded
from tests.contract.outcome import Outcome

_SHOWN = 40


def test_juncture_and_the_sandbox_keep_to_atlassians_documents(outcome: Outcome) -> None:
    shown = "\n".join(map(str, outcome.violations[:_SHOWN]))

    assert not outcome.violations, f"{len(outcome.violations)} violations, such as\n{shown}"


def test_a_recorded_request_with_a_misspelt_parameter_would_be_found(
    documents: Documents, recorded: Recorded
) -> None:
    right = next(request for request in recorded.requests if "fields=" in request.query)
    wrong = replace(right, query=right.query.replace("fields=", "feilds="))

    assert not check_request(documents, right)
    assert [violation.what for violation in check_request(documents, wrong)] == [
        "it has no query parameter 'feilds'"
    ]


@pytest.mark.usefixtures("whole_run")
def test_each_call_that_juncture_makes_was_recorded_with_an_answer(outcome: Outcome) -> None:
    requests, answers = _by_form(outcome.requests), _by_form(outcome.answers)
    calls = [f"{method} {template}" for method, template in NEEDED_SCOPES]

    assert [call for call in calls if not (requests[call] and answers[call])] == []


@pytest.mark.usefixtures("whole_run")
def test_each_exception_is_still_needed(outcome: Outcome) -> None:
    assert [allowance for allowance in ALLOWANCES if not outcome.allowed[allowance]] == []


def _by_form(counts: Counter[str]) -> Counter[str]:
    """The counts with the templates' variables unnamed."""
    return Counter({re.sub(r"\{[^}]+\}", "{}", name): count for name, count in counts.items()})
