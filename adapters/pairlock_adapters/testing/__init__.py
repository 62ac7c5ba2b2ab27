"""For tests of a trading bot: laboratories, faults as data, claims on the venues' truth, shrunk scripts kept as files.

The pytest plugin (``laboratory``, a fixture) is found by pytest itself once this package is installed.
"""

from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.testing.claims import (
    equal_or_flat,
    everything_final,
    held_at_most,
    no_duplicate_orders,
    nothing_live,
    nothing_sold_short,
    one_order_per_id,
)
from pairlock_adapters.testing.control import Control, ControlRefused
from pairlock_adapters.testing.data import Faults, faults_of
from pairlock_adapters.testing.regressions import Regression, kept_if_it_fails, regressions
from pairlock_adapters.testing.rows import Truth
from pairlock_adapters.testing.running import LaboratoryFailed, RunningLaboratory, running_laboratory
from pairlock_adapters.testing.strategies import INSIDE_F, fault_scripts, faults

__all__ = [
    "INSIDE_F",
    "Control",
    "ControlRefused",
    "Fault",
    "FaultKind",
    "Faults",
    "LaboratoryFailed",
    "Regression",
    "RunningLaboratory",
    "Truth",
    "equal_or_flat",
    "everything_final",
    "fault",
    "fault_scripts",
    "faults",
    "faults_of",
    "held_at_most",
    "kept_if_it_fails",
    "no_duplicate_orders",
    "nothing_live",
    "nothing_sold_short",
    "one_order_per_id",
    "regressions",
    "running_laboratory",
]
