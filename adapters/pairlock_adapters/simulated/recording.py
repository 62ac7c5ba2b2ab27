"""What struck in a run, as a script: the same faults at the same occasions, so that the run can be had again.

A recorded fault names its occasion by venue, market, role, outcome, read and count. Times are left out, and so are
intent ids, which count trades: the script still strikes the same orders where other trades are left out.
"""

from __future__ import annotations

from pairlock_adapters.simulated.fault_kinds import KINDS, Effect, FaultKind
from pairlock_adapters.simulated.faults import Fault, FaultPlan, Occasion


class RecordedFaults:
    """A plan that writes down what another one does (a ``FaultPlan`` itself)."""

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan
        self.fired = plan.fired
        self.strikes = plan.strikes
        self._struck: list[Fault] = []
        self._asked_of: dict[tuple[str, ...], int] = {}

    def share(self, other: FaultPlan) -> None:
        self._plan.share(other)
        self.fired, self.strikes = other.fired, other.strikes

    def count(self, kind: FaultKind) -> None:
        self._plan.count(kind)

    def consult(self, occasion: Occasion) -> Effect:
        """The plan's own answer; what struck is one more recorded fault each."""
        key = (
            occasion.hook, occasion.venue, occasion.market, occasion.role, occasion.outcome, occasion.what,
        )  # fmt: skip
        nth = self._asked_of[key] = self._asked_of.get(key, 0) + 1
        effect = self._plan.consult(occasion)
        for kind, struck in self.strikes:
            own = struck == KINDS[kind][1]
            self._struck.append(
                Fault(
                    kind, occasion.venue, occasion.role, occasion.outcome, occasion.market, what=occasion.what,
                    nth=nth, effect=None if own else struck,
                )
            )  # fmt: skip
        self.strikes.clear()
        return effect

    def recording(self) -> tuple[Fault, ...]:
        """Every fault that struck so far, in its order."""
        return tuple(self._struck)
