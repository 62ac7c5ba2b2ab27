"""The conformance checks hold for the simulated venues, and each of them catches an adapter that is wrong."""

from __future__ import annotations

import pytest

from broken_adapters import Make
from broken_reads import BROKEN
from pairlock_adapters.conformance import CHECKS, NotConforming, Outcome, held_to_in_process, run_in_process
from pairlock_adapters.simulated.worldgen import KALSHI, POLYMARKET

VENUES = (KALSHI, POLYMARKET)
IN_PROCESS = [number for number, check in CHECKS.items() if not check.wire_only]


@pytest.mark.parametrize("venue", VENUES)
def test_a_simulated_venue_passes_every_check(venue: str) -> None:
    results = held_to_in_process(venue)
    assert [each.number for each in results] == list(CHECKS)
    held = {each.number for each in results if each.outcome is Outcome.HOLDS}
    absent = {number for number, check in CHECKS.items() if not check.means_something(venue, on_wire=False)}
    assert held | absent == set(CHECKS)
    assert held & absent == set()


def test_every_check_has_an_adapter_that_it_must_catch() -> None:
    assert sorted(BROKEN) == sorted(IN_PROCESS)


@pytest.mark.parametrize("number", IN_PROCESS)
def test_a_check_catches_an_adapter_that_is_wrong(number: str) -> None:
    adapter: Make = BROKEN[number]
    results = [run_in_process(venue, CHECKS[number], adapter) for venue in VENUES]  # type: ignore[arg-type]
    failed = [each for each in results if each.outcome is Outcome.FAILS]
    assert failed, f"{adapter.__name__} passes {number}: {CHECKS[number].sentence}"
    assert all(each.told for each in failed)
    assert not any("the check means nothing" in each.told for each in failed)


def test_a_wrong_adapter_is_told_by_number_sentence_and_what_it_said() -> None:
    with pytest.raises(NotConforming, match=r"PL-K75 \(A ping is a real read"):
        held_to_in_process(KALSHI, BROKEN["PL-K75"])  # type: ignore[arg-type]


def test_numbers_rise_and_every_check_says_what_and_why() -> None:
    assert list(CHECKS) == sorted(CHECKS)
    for check in CHECKS.values():
        assert check.sentence.endswith(".")
        assert check.why.endswith(".")
        assert bool(check.absent) is bool(check.venues)
