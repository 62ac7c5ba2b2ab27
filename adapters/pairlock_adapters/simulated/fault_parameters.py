"""Which numbers of a fault a script may change, and their ranges; and which kinds are counted only once they took hold."""

from __future__ import annotations

from attrs import frozen

from pairlock_adapters.simulated.effects import FOREVER_MS
from pairlock_adapters.simulated.fault_kinds import FaultKind
