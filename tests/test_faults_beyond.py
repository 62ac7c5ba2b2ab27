"""Beyond fault model F, one bound at a time: a breach alarms, halts, opens a repair, and the claims that bind hold."""

from __future__ import annotations

import pytest
from attrs import evolve

from engine_kit import Bench, Setup, on_bench, play
from pairlock import S
from pairlock.model import Fill, FillStatus, Order, Role, Trade
from pairlock_adapters.demo.breaches import Breaches
from pairlock_adapters.demo.judge import BEYOND_F, EVERY_CLAIM, Broken
from pairlock_adapters.demo.run import Settings, faults_named, run_demo
from pairlock_adapters.simulated.fault_kinds import BEYOND
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.profiles import NONE
from pairlock_adapters.simulated.truth import Truth
from truth_kit import owed

OUTSIDE_F = sorted(BEYOND)
VENUES = ("kalshi", "polymarket")


async def heard_out(bench: Bench) -> bool:
    """One trade, and two minutes after its close, in which a venue may say what it wants; whether it broke F."""
    await bench.submit()
    await bench.close_all()
    await bench.engine.sleep_ms(120_000)
    await bench.close_all()
    if bench.world.fired == {}:
        return False  # the depth was gone: what came too late found nothing
    assert bench.world.fired == {bench.setup.script[0].kind.value: 1}
    assert [broken for broken in bench.broken if broken.claim in BEYOND_F] == []
    told = {str(alert["type"]) for alert in bench.alerts}
    assert "HALT" in told
    (trade, *repairs) = sorted(bench.values.values(), key=lambda value: value.trade_id)
    assert all(repair.repairs == trade.trade_id for repair in repairs)
    # What was final is repaired; what was not yet is absorbed as an over-fill, which halts too (claim 9).
    assert ("REPAIR" in told) is bool(repairs)
    assert repairs or "OVERFILL" in told
    assert bench.engine.open_trades() == []
    assert owed(bench.world.truth) == 0
    for name, account in bench.engine.recorder.ledger.accounts.items():
        assert account.cash_micros == bench.judge.cash(name)
    return True


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("kind", OUTSIDE_F)
def test_a_breach_alarms_halts_and_opens_a_repair(kind: K, venue: str) -> None:
    script, profile = (Fault(kind, venue, role="entry"),), evolve(NONE, beyond=True)
    setups = [Setup(script=script, profile=profile, seed=seed) for seed in range(1, 9)]
    assert sum(on_bench(setup, heard_out, operator=True) for setup in setups) >= 2


@pytest.mark.parametrize("seed", [1, 2])
def test_the_profile_breaks_each_bound_and_what_binds_holds(seed: int, tmp_path: object) -> None:
    report = run_demo(Settings(150, seed, "beyond", f"{tmp_path}/journal.db"), lambda done, total: None)
    assert set(report.plain["faults"]) == {kind.value for kind in BEYOND}
    assert report.broken == []
    assert report.plain["repairs"] > 0
    assert (report.plain["open"], report.plain["stuck"]) == (0, 0)


def test_only_a_script_within_the_model_binds_every_claim(tmp_path: object) -> None:
    path = f"{tmp_path}/script.toml"
    for kind in (K.KILL, K.ACCEPTED_TWICE):
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'[[fault]]\nkind = "{kind.value}"\n')
        assert faults_named(path)[0].beyond is (kind in BEYOND)
    assert BEYOND_F < EVERY_CLAIM


def test_a_late_fill_that_no_repair_holds_is_a_broken_claim() -> None:
    """The check itself: without the repair it finds the fill, with it nothing, with a wrong one both sides."""
    truth = Truth()
    truth.write(
        "INSERT INTO fills VALUES('kalshi','f/0','t.0.0','v','m','yes',1,1000000,5000,500000,0,'final',1,1,0,0)",
        (),
    )
    played = play()
    entry = evolve(played.trade.orders[0], intent_id="t.0.0", fills=())
    trade = evolve(played.trade, trade_id="t", state=S.ROLLED_BACK, orders=(entry,))
    assert [broken.claim for broken in unanswered(truth, trade)] == [6]
    fill = Fill("f/0", 1_000_000, 500_000, 0, FillStatus.FINAL)
    repair = evolve(trade, trade_id="tr1", repairs="t", orders=(adopted(entry, fill),))
    assert unanswered(truth, trade, repair) == []
    wrong = evolve(repair, orders=(adopted(entry, evolve(fill, fill_id="g/0")),))
    assert [broken.claim for broken in unanswered(truth, trade, wrong)] == [6, 6]


def adopted(order: Order, fill: Fill) -> Order:
    return evolve(order, role=Role.ADOPTED_IN, fills=(fill,))


def unanswered(truth: Truth, *trades: Trade) -> list[Broken]:
    breaches = Breaches()
    for trade in trades:
        breaches.closed(trade)
    return list(breaches.unanswered(truth))
