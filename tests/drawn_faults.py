"""What the tests of the engine draw: fault scripts of every kind of F, seeds, plans and when exits begin."""

from __future__ import annotations

from hypothesis import strategies as st

from pairlock_adapters.testing.strategies import fault_scripts

scripts = fault_scripts()
seeds = st.integers(1, 10_000)
plans = st.sampled_from(("simultaneous", "riskier_first"))
exit_ons = st.sampled_from(("final", "matched"))
