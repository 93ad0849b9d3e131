"""What a check of all recorded exchanges comes to."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.contract.check import (
    NO_OPERATION,
    Violation,
    check_answer,
    check_request,
    is_refusal,
)
from tests.contract.documents import Documents
from tests.contract.exceptions import Allowance
from tests.contract.exchanges import Answer, Recorded

_HEADINGS = ("requests", "answers", "no schema", "allowed", "operation")
REFUSED = "(refused before any operation)"
_OTHERS = frozenset({REFUSED, NO_OPERATION})


@dataclass(slots=True)
class Outcome:
    """Counts by operation; `unchecked` answers are those whose body the document leaves open."""

    requests: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    unchecked: Counter[str] = field(default_factory=Counter)
    allowed: Counter[Allowance] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)

    def note_violations(self, found: Iterable[Violation], allowances: Sequence[Allowance]) -> None:
        """Keep those that no allowance lets stand."""
        for violation in found:
            allowance = _find_allowance(violation, allowances)
            if allowance is None:
                self.violations.append(violation)
            else:
                self.allowed[allowance] += 1

    def add(self, other: "Outcome") -> None:
        """Count what another check came to as well."""
        self.requests += other.requests
        self.answers += other.answers
        self.unchecked += other.unchecked
        self.allowed += other.allowed
        self.violations += other.violations

    def report(self) -> str:
        """A table of the operations with the sums below."""
        allowed: Counter[str] = Counter()
        for allowance, count in self.allowed.items():
            allowed[allowance.operation] += count
        columns = (self.requests, self.answers, self.unchecked, allowed)
        names = sorted({*self.requests, *self.answers}, key=_by_path)
        rows = [
            _HEADINGS,
            *((*(str(column[name] or "-") for column in columns), name) for name in names),
            (
                *(str(column.total()) for column in columns),
                f"{len(set(names) - _OTHERS)} operations",
            ),
        ]
        return "\n".join(f"{a:>8} {b:>8} {c:>9} {d:>8}  {name}" for a, b, c, d, name in rows)


def check_all(documents: Documents, recorded: Recorded, allowances: Sequence[Allowance]) -> Outcome:
    """Check each different request and each different answer once."""
    outcome = Outcome()
    for request in sorted(recorded.requests, key=str):
        operation = documents.find_operation(request.method, request.path)
        outcome.requests[str(operation or NO_OPERATION)] += 1
        outcome.note_violations(check_request(documents, request), allowances)
    for answer in sorted(recorded.answers, key=str):
        _count_answer(outcome, documents, answer)
        outcome.note_violations(check_answer(documents, answer), allowances)
    return outcome


def check_on_all_cores(
    documents: Documents, recorded: Recorded, allowances: Sequence[Allowance]
) -> Outcome:
    """The same as `check_all`, by a process for each core; the documents are loaded already."""
    count = os.cpu_count() or 1
    parts = [recorded.take_each(count, first) for first in range(count)]
    # Documents go to the processes as they stand in memory, and are never written out.
    forked = multiprocessing.get_context("fork")
    keep = (documents, allowances)
    with ProcessPoolExecutor(count, forked, initializer=_keep, initargs=keep) as pool:
        outcome = Outcome()
        for each in pool.map(_check_part, parts):
            outcome.add(each)
    return outcome


_kept: list[tuple[Documents, Sequence[Allowance]]] = []


def _keep(documents: Documents, allowances: Sequence[Allowance]) -> None:
    _kept.append((documents, allowances))


def _check_part(recorded: Recorded) -> Outcome:
    documents, allowances = _kept[0]
    return check_all(documents, recorded, allowances)


def _count_answer(outcome: Outcome, documents: Documents, answer: Answer) -> None:
    operation = documents.find_operation(answer.method, answer.path)
    if operation is None:
        outcome.answers[REFUSED if is_refusal(answer) else NO_OPERATION] += 1
        return
    outcome.answers[str(operation)] += 1
    if answer.body and not operation.describes_body(answer.status):
        outcome.unchecked[str(operation)] += 1


def _find_allowance(violation: Violation, allowances: Sequence[Allowance]) -> Allowance | None:
    for allowance in allowances:
        if (allowance.operation, allowance.what) == (violation.operation, violation.what):
            return allowance
    return None


def _by_path(name: str) -> tuple[str, str]:
    method, _, path = name.partition(" ")
    return path, method
