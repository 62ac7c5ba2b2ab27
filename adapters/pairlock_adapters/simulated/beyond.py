"""The profile ``beyond``: each bound of fault model F broken, one at a time, by turns; nothing else fails.

* a request arrives after it should be dead
* a fill appears long after the order's cancel was acknowledged
* one id is accepted twice
* an order that filled is not found by any read, until long after reads should be exhaustive
* reads say that an order is closed and nothing filled, which is a lie
"""

from __future__ import annotations

from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import Draw
from pairlock_adapters.simulated.rotation import Turns

_K = FaultKind

BEYOND_TURNS = (
    Turns(30_000, (Draw(_K.ARRIVES_AFTER_DEATH, 1), Draw(_K.ACCEPTED_TWICE, 1))),
    Turns(45_000, (Draw(_K.FILL_AFTER_FINALITY, 1), Draw(_K.NEVER_READABLE, 1), Draw(_K.LYING_STATUS, 1))),
)
