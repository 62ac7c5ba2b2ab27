"""Numbered checks that any adapter must pass: what the engine relies on, asked of a venue with its truth in view.

Every check is in ``docs/conformance.md``, generated from the checks themselves.
"""

from __future__ import annotations

from pairlock_adapters.conformance.check import CHECKS, Check, NotConforming
from pairlock_adapters.conformance.run import Outcome, Result, held_to_in_process, run_in_process

__all__ = [
    "CHECKS",
    "Check",
    "NotConforming",
    "Outcome",
    "Result",
    "held_to_in_process",
    "run_in_process",
]
