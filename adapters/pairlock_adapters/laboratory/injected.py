"""The faults of a script, and those that control adds while the laboratory runs."""

from __future__ import annotations

from collections.abc import Iterable

from pairlock_adapters.simulated.fault_kinds import KINDS
from pairlock_adapters.simulated.faults import Fault, ScriptedFaults


class InjectedFaults(ScriptedFaults):
    """A script that can grow, and be forgotten."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults = list(faults)
        super().__init__(self.faults)

    def add(self, fault: Fault) -> None:
        """From now on; what it counts (``nth``) counts from now."""
        self._by_hook.setdefault(KINDS[fault.kind][0], []).append((len(self._seen), fault))
        self._seen.append(0)
        self._of_market.clear()
        self.faults.append(fault)

    def clear(self) -> None:
        """Nothing of it strikes any more."""
        self.faults.clear()
        self._seen.clear()
        self._by_hook.clear()
        self._of_market.clear()
