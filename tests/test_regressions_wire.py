"""Bugs that were found by running the engine against the laboratory over the wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from pairlock.model import Outcome
from pairlock.ports import TimeInForce
from pairlock_adapters.demo.run import Settings, run_demo
from pairlock_adapters.laboratory.names import Meaning, Names
from pairlock_adapters.laboratory.ordering import booked
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.scripts import Script
from pairlock_adapters.simulated.wire_order import WireOrder


class Says(Names):
    def __init__(self, meaning: Meaning) -> None:
        self.said = meaning

    def meaning(self, venue: str, wire_id: str) -> Meaning | None:
        return self.said


class Lab:
    def __init__(self, names: Names) -> None:
        self.names = names


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("buys", [True, False])
@pytest.mark.parametrize("wire_buys", [True, False])
def test_an_order_of_no_is_booked_as_it_was_meant(outcome: Outcome, buys: bool, wire_buys: bool) -> None:
    """A chained `a is b is c` took no order of NO for the ask of YES that it is, so that its fills seemed untrue."""
    wire = WireOrder(
        "wire-id", "kalshi", "KXE1", Outcome.YES, wire_buys, 100, 5_600, TimeInForce.FILL_OR_KILL, 1_000
    )
    found = booked(cast(Any, Lab(Says(Meaning("ours.0.0", outcome, buys)))), wire, "wire-id")
    same = ((outcome is Outcome.YES) is buys) is wire_buys
    assert (found is wire) is not same
    if same:
        limit_e4 = 5_600 if outcome is Outcome.YES else 4_400
        assert (found.intent_id, found.outcome, found.buys, found.limit_e4) == (
            "ours.0.0",
            outcome,
            buys,
            limit_e4,
        )


def test_a_venue_that_does_not_answer_at_the_start_is_asked_again(tmp_path: Path) -> None:
    """A demo whose very first read of a balance failed ended with a usage error, by the seed's bad luck."""
    script = tmp_path / "first.toml"
    script.write_text('[[fault]]\nkind = "read_failed"\nwhat = "balance"\nvenue = "polymarket"\ntimes = 2\n')
    settings = Settings(2, 1, str(script), str(tmp_path / "journal.db"))
    report = run_demo(settings, lambda done, total: None)
    assert (report.plain["trades"], report.broken) == (2, [])
    assert report.plain["faults"] == {"read_failed": 2}


def test_a_pair_that_polymarket_voids_is_brought_to_its_close(tmp_path: Path) -> None:
    """The laboratory paid a void at any price, which no client can tell from a last trade: the pair stayed PAIRED."""
    script = Script((Fault(FaultKind.VOID, "polymarket", times=0),), "none")
    settings = Settings(3, 1, "none", str(tmp_path / "run.db"), script=script, time_scale=50)
    report = run_demo(settings, lambda done, of: None)
    assert report.plain["faults"] == {"void": 3}
    assert (report.plain["open"], report.plain["claims_broken"]) == (0, 0)
    assert report.plain["settled"] > 0
