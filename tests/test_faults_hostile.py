"""The profile ``hostile``: every kind of fault model F strikes within 2,000 trades, and every claim holds."""

from __future__ import annotations

import tempfile
from random import Random
from typing import Any

import pytest

from engine_kit import QUICK_DISK
from pairlock_adapters.demo.run import Settings, run_demo
from pairlock_adapters.simulated.effects import NOTHING, Hook
from pairlock_adapters.simulated.fault_kinds import BEYOND, KINDS, FaultKind
from pairlock_adapters.simulated.faults import Draw, Occasion
from pairlock_adapters.simulated.hostile import HOSTILE_TURNS
from pairlock_adapters.simulated.rotation import RotatingFaults, Turns

TRADES = 2_000
INSIDE_F = {kind.value for kind in FaultKind if kind not in BEYOND}


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="pairlock-", dir=QUICK_DISK) as folder:
        report = run_demo(Settings(TRADES, 11, "hostile", f"{folder}/journal.db"), lambda done, total: None)
    assert report.broken == []
    return report.plain


def test_every_claim_holds_and_everything_ends(plain: dict[str, Any]) -> None:
    assert (plain["claims_broken"], plain["duplicate_orders"]) == (0, 0)
    assert (plain["trades"], plain["open"], plain["stuck"]) == (TRADES, 0, 0)
    assert plain["repairs"] == 0
    assert plain["max_execution_ms"] <= 5_000


def test_every_kind_of_the_model_strikes_and_nothing_beyond_it(plain: dict[str, Any]) -> None:
    assert set(plain["faults"]) == INSIDE_F


def test_enough_trades_settle_and_are_hedged_for_the_figure_to_mean_something(plain: dict[str, Any]) -> None:
    assert plain["settled"] * 100 >= 15 * TRADES
    assert plain["hedged"] * 100 >= 3 * TRADES
    assert plain["refused"] * 100 <= 30 * TRADES


def test_every_kind_of_the_model_has_a_turn() -> None:
    assert {draw.kind.value for turns in HOSTILE_TURNS for draw in turns.draws} == INSIDE_F
    assert all(KINDS[draw.kind][0] is turns.hook for turns in HOSTILE_TURNS for draw in turns.draws)


def test_kinds_take_turns_by_their_shares_and_only_where_they_suit() -> None:
    K = FaultKind  # noqa: N806
    sales = Draw(K.KILL, 1, role="exit", side="sell")
    turns = Turns(500_000, (Draw(K.KILL, 1, "kalshi"), Draw(K.PARTIAL, 3), sales))
    plan = RotatingFaults([turns], Random(7))
    struck = [
        plan.consult(Occasion(Hook.ARRIVAL, venue, 0, role="entry"))
        for _ in range(1_000)
        for venue in ("kalshi", "polymarket")
    ]
    kinds = [effect.kinds for effect in struck if effect is not NOTHING]
    assert 900 < len(kinds) < 1_100
    assert {("kill",), ("partial",)} == set(kinds)
    assert kinds.count(("partial",)) > 3 * kinds.count(("kill",)) - 10
    assert all(effect.kinds != ("kill",) for effect in struck[1::2])
    with pytest.raises(ValueError, match="one hook"):
        Turns(1, (Draw(K.KILL, 1), Draw(K.LOST_ANSWER, 1)))
