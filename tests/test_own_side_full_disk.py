"""A disk that fills up under live trades: the space set aside carries them, and nothing new begins."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crash_kit import Place
from engine_kit import QUICK_DISK, Bench, Setup
from evidence import record
from own_side_kit import FillsUp, Watch, all_closed, durable_alerts, run_on_disk
from pairlock import S, TradingHalted
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.truth import Truth
from truth_kit import requests

LEG_ALONE = (
    Fault(K.SHUT, "polymarket", role="entry"),
    fault(K.PARTIAL, role="exit", times=2, change={"fill_ppm": 400_000}),
)


@pytest.fixture
def quick() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pairlock-", dir=QUICK_DISK) as folder:
        yield Path(folder)


def fills_up_in(place: Place, state: S) -> tuple[Watch, list[S]]:
    """One trade on a disk that is full from the moment at which the trade is durably in ``state``."""
    full = FillsUp(f"{place.journal}.ballast")
    ended: list[S] = []

    async def body(bench: Bench) -> None:
        bench.engine.on_step.append(lambda trade, events: full.fill(trade.state is state))
        handle = await bench.submit()
        await handle.closed()
        ended.append(handle.state)
        assert bench.engine.store.low_on_space
        with pytest.raises(TradingHalted, match="disk is full"):
            await bench.submit()

    return run_on_disk(place, body, lambda watch, index, op: full(op)), ended


@pytest.mark.parametrize("state", [S.EXECUTING, S.HEDGING], ids=str)
def test_a_leg_alone_is_exited_on_the_space_set_aside(state: S, quick: Path) -> None:
    place = Place(quick, Setup(script=LEG_ALONE))
    watch, ended = fills_up_in(place, state)
    assert watch.failures == []
    assert ended == [S.HEDGED]
    kinds = {alert["type"] for alert in watch.alerts}
    assert {"EMERGENCY_EXIT", "EXIT_FAILED", "HALT"} <= kinds
    assert len([said for said in watch.said if said.startswith("journal: ")]) == 1
    assert durable_alerts(place.journal) == {"HEDGING": set(), "STUCK": set()}
    assert all_closed(place.recover(new_trades=1))
    record("full disk bridged by the ballast", states=1)


def test_a_full_disk_aborts_what_has_sent_nothing(quick: Path) -> None:
    place = Place(quick, Setup())
    watch, ended = fills_up_in(place, S.GATED)
    assert watch.failures == []
    assert ended == [S.ROLLED_BACK]
    assert watch.bench is not None
    assert requests_of(place) == []
    assert all_closed(place.recover(new_trades=1))


def test_a_pair_is_settled_on_the_space_set_aside(quick: Path) -> None:
    place = Place(quick, Setup())
    watch, ended = fills_up_in(place, S.PAIRED)
    assert watch.failures == []
    assert ended == [S.SETTLED]
    place.recover()


def requests_of(place: Place) -> list[object]:
    truth = Truth(str(place.folder / "venues"))
    try:
        return list(requests(truth))
    finally:
        truth.close()
