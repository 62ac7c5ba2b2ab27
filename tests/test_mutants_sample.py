"""A fixed sample of the mutants is hunted at every change; ``pairlock verify --mutants`` hunts all."""

from __future__ import annotations

from pairlock_specs.mutants.command import CI_SAMPLE
from pairlock_specs.mutants.hunt import Fate, baseline, hunt
from pairlock_specs.mutants.mutants import all_mutants, sampled
from pairlock_specs.mutants.survivors import judged, proofs


def test_the_engine_as_it_is_breaks_nothing() -> None:
    kept = baseline()
    assert kept.broken == {}
    assert len({name for name, _ in kept.claims}) == len(kept.claims)
    # Claims about money and about recovery are among those that may kill.
    assert {"13-worst-loss-true", "14-cash-true", "17-reservation-exact", "18-found-again"} <= {
        name for name, _ in kept.claims
    }


def test_each_of_the_sample_is_killed_by_a_named_claim_or_proved_equivalent() -> None:
    found = hunt(sampled(CI_SAMPLE), 2, first=True)
    assert [(each.name, each.why) for each in found if each.fate is Fate.INVALID] == []
    names = [mutant.name for mutant in all_mutants()]
    result = judged(found, proofs(), names, whole=False)
    assert (result.open, result.stale) == ((), ())
    assert sum(each.fate is Fate.KILLED for each in found) >= CI_SAMPLE * 9 // 10
