"""Findings of the second review: what crashes hid, what the judge could not see, and faults too mild to matter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import evolve

from crash_kit import Place
from engine_kit import LONG_LIVES, Bench, Gone, Setup, on_bench
from pairlock import Limits, S, UserError
from pairlock.lifecycle import CLOSED
from pairlock.limits import ExecutionLimits, SizeLimits
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.profiles import NONE
from truth_kit import owed


def test_what_filled_late_while_no_engine_ran_is_found_by_the_next_start(tmp_path: Path) -> None:
    """An order that was proved absent filled while the engine was down: the next start took the missing cash for a
    trade by hand, and the naked leg stayed open until its market resolved."""
    place = Place(tmp_path, Setup(sizes=LONG_LIVES, profile=evolve(NONE, beyond=True), plan="riskier_first"))

    async def dies(bench: Bench) -> None:
        trade = await bench.submit(bench.pair("polymarket"))
        await bench.until(lambda: trade.state in CLOSED)
        assert trade.value.orders[0].fills == ()
        bench.scope.cancel()
        await trio.sleep_forever()

    async def again(bench: Bench) -> None:
        await bench.engine.sleep_ms(130_000)  # its match is pending at first
        await bench.close_all()
        assert owed(bench.world.truth) == 0
        for name, account in bench.engine.recorder.ledger.accounts.items():
            assert account.cash_micros == bench.judge.cash(name)

    late = Fault(K.ARRIVES_AFTER_DEATH, role="entry")
    with pytest.raises(Gone):
        place.run(dies, script=(late,), operator=False)
    place.run(again, not_before_ms=60_000)
    assert [trade.state for trade in place.values() if trade.repairs] == [S.SETTLED]


def test_a_grant_never_lifts_the_risk_over_the_cap(tmp_path: Path) -> None:
    """An operator's grant looked at one account's free cash only: cash for exits was set aside beyond the cap that
    holds over all trades (claim 13)."""
    limits = Limits(
        size=SizeLimits(max_total_risk_micros=600_000_000, max_size_e2=20_000),
        execution=ExecutionLimits(max_exit_attempts=1, max_empty_exits=0),
    )

    async def body(bench: Bench) -> None:
        trade = await bench.submit(bench.pair("polymarket"))
        await bench.until(lambda: trade.state is S.STUCK)
        ledger = bench.engine.recorder.ledger
        assert 0 < ledger.risk_micros <= ledger.risk_cap_micros
        how: dict[str, Any] = {"operator": "op", "slip_e4": 1_000}
        with pytest.raises(UserError, match="the cap over all trades leaves"):
            await bench.engine.grant(trade.trade_id, cash_micros=(400_000_000, 400_000_000), **how)
        await bench.engine.grant(trade.trade_id, cash_micros=(0, 0), **how)
        assert bench.engine.recorder.ledger.risk_micros <= ledger.risk_cap_micros
        await bench.close_all()
        assert trade.state in CLOSED

    script = (
        Fault(K.KILL, "kalshi", role="entry"),
        Fault(K.NO_BALANCE, role="exit"),
    )
    on_bench(
        Setup(script=script, limits=limits, journal=str(tmp_path / "journal.db"), sizes=LONG_LIVES), body
    )
