"""Drawn fault scripts over the whole engine in virtual time: whatever the venues do, every claim holds by their truth.

``PAIRLOCK_DRAWN_EXAMPLES=5000`` draws more, and anew each time; the default is the same set in every run.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawn_faults import exit_ons, plans, scripts, seeds
from engine_kit import play
from pairlock_adapters.simulated.faults import Fault

_ASKED = os.environ.get("PAIRLOCK_DRAWN_EXAMPLES", "")
settings.register_profile(
    "engine",
    max_examples=int(_ASKED or 200),
    derandomize=not _ASKED,
    deadline=None,
    print_blob=True,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)


@settings(settings.get_profile("engine"))
@given(script=scripts, seed=seeds, plan=plans, exit_on=exit_ons, trades=st.integers(1, 4))
def test_every_drawn_script_closes_with_every_claim_holding(
    script: list[Fault], seed: int, plan: str, exit_on: str, trades: int
) -> None:
    play(*script, trades=trades, seed=seed, plan=plan, exit_on=exit_on).check()
