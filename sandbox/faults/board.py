"""The faults that stand: which of them strikes a call, and how often each did."""

import re
from dataclasses import dataclass, field

from sandbox.faults.order import ANY_PATH, PLACEHOLDER, FaultOrder
from sandbox.recorder import RecordedCall
from sandbox.world import JsonObject


@dataclass(slots=True)
class Fault:
    """An order that stands; `met` counts the calls it fits, `struck` those it spoiled."""

    id: str
    order: FaultOrder
    met: int = 0
    struck: int = 0
    _pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        """Make the path's template ready to be compared."""
        template = "[^/]+".join(map(re.escape, PLACEHOLDER.split(self.order.path)))
        self._pattern = re.compile(".*" if self.order.path == ANY_PATH else template, re.DOTALL)

    def fits(self, call: RecordedCall, grant: str | None) -> bool:
        """Whether the fault stands where the call goes."""
        order = self.order
        return (
            order.method in (None, call.method)
            and order.cloud_id in (None, call.cloud_id)
            and order.grant in (None, grant)
            and self._pattern.fullmatch(call.path) is not None
        )

    def take_turn(self) -> bool:
        """Count a call that fits: whether it is one to strike, neither skipped nor too many."""
        beyond = self.met - self.order.skip
        self.met += 1
        is_due = beyond >= 0 and beyond % self.order.every == 0
        is_due = is_due and self.struck != self.order.count
        self.struck += is_due
        return is_due

    def to_json(self) -> JsonObject:
        """The fault as the control API shows it: as it was given, with its counts."""
        given = self.order.model_dump(by_alias=True, exclude_unset=True)
        return {"id": self.id, **given, "met": self.met, "struck": self.struck}


@dataclass(slots=True)
class FaultBoard:
    """Every fault that stands, oldest first; ids are not given twice."""

    faults: dict[str, Fault] = field(default_factory=dict)
    _last_number: int = 0

    def add(self, order: FaultOrder) -> Fault:
        """Let one more fault stand."""
        self._last_number += 1
        fault = Fault(f"fault-{self._last_number}", order)
        self.faults[fault.id] = fault
        return fault

    def asks_for_grant(self) -> bool:
        """Whether it matters to any fault whose call it is."""
        return any(fault.order.grant is not None for fault in self.faults.values())

    def find_striking(self, call: RecordedCall, grant: str | None) -> Fault | None:
        """The oldest fault that is due at this call; those that let it pass count it too."""
        fitting = (fault for fault in self.faults.values() if fault.fits(call, grant))
        return next((fault for fault in fitting if fault.take_turn()), None)

    def remove(self, fault_id: str) -> bool:
        """Take one fault away: whether it stood."""
        return self.faults.pop(fault_id, None) is not None
