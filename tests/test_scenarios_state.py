"""Defects of public bots, by number and name (14-18, 20): switches, durability, identity, answers, the table."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

import pairlock
from engine_kit import Bench, Setup, on_bench, play
from pairlock import S, TradingHalted
from pairlock.facts import NotSent, OrderReport, OutcomeUnknown
from pairlock.journal.replay import replayed
from pairlock.lifecycle import ROWS, E
from pairlock.machine import build_machines
from pairlock.model import Trade
from pairlock.ports import OrderIntent, WriteGuard
from pairlock.runner.perform import intent_of
from pairlock.units import size_to_fill_e6
from pairlock_adapters.simulated.fault_kinds import Condition
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.venue import SimulatedVenue
from pairlock_adapters.simulated.worldgen import opportunity_of
from pairlock_adapters.sqlite.store import open_store
from truth_kit import entries, exits, filled_e6, owed, requests, rows

VENUES = ("kalshi", "polymarket")
PREPARING = (S.DETECTED, S.GATED, S.LOCKED)


def other(venue: str) -> str:
    return VENUES[1 - VENUES.index(venue)]


# 15. Positions saved after the fact, without fsync: a crash between send and save loses the trade.


class ReadsTheDisk:
    """A venue that, at each write, opens the journal anew and looks whether the intent is there, as it is sent."""

    def __init__(self, inner: SimulatedVenue, journal: str, seen: list[str]) -> None:
        self._inner = inner
        self._journal = journal
        self._seen = seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def place(self, intent: OrderIntent, guard: WriteGuard) -> OrderReport | OutcomeUnknown | NotSent:
        def checked() -> str:
            refused = guard()
            if not refused:
                self._look(intent)
            return refused

        return await self._inner.place(intent, checked)

    def _look(self, intent: OrderIntent) -> None:
        store = open_store(self._journal, readonly=True)
        try:
            trade = replayed(store.trade_records(intent.intent_id.rsplit(".", 2)[0]))
        finally:
            store.close()
        order = trade.order(intent.intent_id)
        assert order is not None, f"{intent.intent_id} is sent and not on the disk"
        assert trade.terms is not None
        assert intent_of(order, trade.terms) == intent
        self._seen.append(intent.intent_id)


@pytest.mark.parametrize("plan", ["simultaneous", "riskier_first"])
def test_scenario_15_every_intent_is_on_the_disk_before_its_first_byte(plan: str, tmp_path: Path) -> None:
    journal = str(tmp_path / "journal.db")
    seen: list[str] = []
    script = (
        fault(K.PARTIAL, role="entry", venue="kalshi", change={"fill_ppm": 500_000}),
        Fault(K.KILL, role="exit"),
    )

    async def body(bench: Bench) -> list[tuple[str, str]]:
        trade = await bench.submit()
        await trade.closed()
        await bench.close_all()
        assert exits(trade.value)
        assert bench.broken == []
        return requests(bench.world.truth) + requests(bench.world.truth, "exit")

    wrap: Callable[[SimulatedVenue], Any] = lambda venue: ReadsTheDisk(venue, journal, seen)  # noqa: E731
    sent = on_bench(Setup(script=script, journal=journal, wrap=wrap, plan=plan), body, operator=True)
    assert sorted(seen) == sorted(intent for _, intent in sent)
    assert len(seen) >= 3


# 16. Same title, other contract: pairs matched by name; matching that fails open.


def test_scenario_16_a_pair_that_nobody_reviewed_is_never_traded() -> None:
    async def body(bench: Bench) -> None:
        pair = bench.pair()
        bench.pairs.strange.add(pair.event_id)
        trade = await bench.submit(pair)
        result = await trade.closed()
        assert result.state is S.ROLLED_BACK
        assert result.refusal.startswith("resolution")
        assert requests(bench.world.truth) == []

    on_bench(Setup(), body)


def test_scenario_16_a_payout_breach_suspends_the_pair_for_good(tmp_path: Path) -> None:
    # The two venues resolved "the same" event differently: the pair was not one.
    def setup(*script: Fault) -> Setup:
        journal, truth = str(tmp_path / "journal.db"), Truth(str(tmp_path / "venues"))
        return Setup(script=script, journal=journal, truth=truth)

    async def breaks(bench: Bench) -> str:
        pair = bench.pair()
        result = await (await bench.submit(pair)).closed()
        assert result.verdict == "payout_breach"
        assert [halt.name for halt in bench.engine.halts] == ["payout_breach"]
        await bench.engine.sleep_ms(1_000)
        assert [a["type"] for a in bench.alerts if a["details"]["reason"] == "payout_breach"] == ["VERDICT"]
        await bench.engine.lift("payout_breach", "test")
        await _is_suspended(bench, pair.event_id)
        assert (await (await bench.submit()).closed()).state is S.SETTLED
        return pair.event_id

    event_id = on_bench(setup(Fault(K.OTHER_RESULT, "kalshi")), breaks)

    on_bench(setup(), lambda bench: _is_suspended(bench, event_id))


async def _is_suspended(bench: Bench, event_id: str) -> None:
    again = opportunity_of(bench.pair(), bench.world.clock.now_ms())
    with pytest.raises(TradingHalted, match="suspended"):
        await bench.engine.submit(evolve(again, event_id=event_id))


# 17. A 2xx answer with no order in it; success with an empty id; amounts as "".


@pytest.mark.parametrize("plan", ["simultaneous", "riskier_first"])
@pytest.mark.parametrize("venue", VENUES)
def test_scenario_17_a_2xx_answer_with_no_order_in_it_is_unknown_not_zero(venue: str, plan: str) -> None:
    played = play(Fault(K.NO_ORDER_IN_ANSWER, venue), Fault(K.STREAM_LOST, venue, times=0), plan=plan).check()
    assert played.fired["no_order_in_answer"] == 1
    assert played.trade.state is S.SETTLED
    (hidden,) = [
        o for o in entries(played.trade) if o.intent_id.split(".")[1] == str(_leg(played.trade, venue))
    ]
    assert (
        sum(f.qty_e6 for f in hidden.fills)
        == filled_e6(played.truth, hidden)
        == size_to_fill_e6(hidden.size_e2)
    )


def _leg(trade: Trade, venue: str) -> int:
    assert trade.terms is not None
    return [leg.venue for leg in trade.terms.legs].index(venue)


@pytest.mark.parametrize("venue", VENUES)
def test_scenario_17_an_exit_whose_answer_has_no_order_is_not_sent_twice(venue: str) -> None:
    script = (
        Fault(K.SHUT, other(venue), role="entry"),
        Fault(K.NO_ORDER_IN_ANSWER, venue, role="exit"),
        Fault(K.STREAM_LOST, venue, times=0),
    )
    played = play(*script, operator=False, exit_on="matched").check()
    assert len(requests(played.truth, "exit")) == 1
    assert played.trade.state is S.HEDGED


# 18. Keys that start to answer 401 in the middle of a trade; a 425 restart with two minutes of post-only.


@pytest.mark.parametrize("kind", [K.KEY_REVOKED, K.POST_ONLY, K.DISABLED, K.CANCEL_ONLY, K.PAUSED, K.SHUT])
@pytest.mark.parametrize("venue", VENUES)
def test_scenario_18_a_venue_that_shuts_in_the_middle_of_a_trade_leaves_nothing_open(
    kind: K, venue: str
) -> None:
    played = play(Fault(kind, venue, role="entry")).check()
    assert played.trade.state in (S.HEDGED, S.SETTLED)
    assert owed(played.truth) == 0


def test_scenario_18_a_shut_route_is_waited_for_and_the_trade_resumes_by_itself() -> None:
    # Both venues go post-only: no taker exit is possible at all, until the operator's rounds or the two minutes end.
    script = (
        Fault(K.KILL, "kalshi", role="entry"),
        fault(K.POST_ONLY, "polymarket", role="entry", change={"for_ms": 30_000}),
    )

    async def body(bench: Bench) -> None:
        bench.world.exchanges["kalshi"].enter(Condition.POST_ONLY, 40_000)
        trade = await bench.submit()
        await trade.closed()
        await bench.close_all()
        assert bench.broken == []
        assert trade.state is S.ROLLED_BACK  # both refused: nothing filled
        assert rows(bench.world.truth, "SELECT * FROM fills") == []

    on_bench(Setup(script=script), body)


# 20. A transition table beside the code that runs.


def test_scenario_20_every_recorded_move_is_a_row_of_the_table() -> None:
    moves = {(row.state, row.event): row.to for row in ROWS}
    script = (Fault(K.KILL, "kalshi", role="entry", times=2), Fault(K.KILL, role="exit"), Fault(K.GHOST_FILL))
    played = play(*script, trades=4).check()
    at: dict[str, S] = {}
    seen = 0
    for trade_id, events, state in played.steps:
        where = at.get(trade_id, S.DETECTED)
        for event in events:
            where = moves[where, event]
            seen += 1
        assert where is state
        at[trade_id] = where
    assert seen > 40


def test_scenario_20_the_engine_does_what_the_table_says_even_when_it_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A mutated row must show in what runs: were the state set anywhere else, this would pass unnoticed.
    rows_ = tuple(
        evolve(row, to=S.STUCK) if (row.state, row.event) == (S.EXECUTING, E.UNEQUAL) else row for row in ROWS
    )
    mutated = build_machines(rows=rows_)
    monkeypatch.setattr("pairlock.machine._installed", lambda: mutated)

    async def body(bench: Bench) -> None:
        trade = await bench.submit()
        await bench.until(lambda: trade.state not in PREPARING and trade.state is not S.EXECUTING)
        assert trade.state is S.STUCK

    on_bench(Setup(script=(Fault(K.KILL, "kalshi", role="entry"),)), body)


def test_scenario_20_no_code_but_the_step_assigns_a_state() -> None:
    root = Path(pairlock.__file__).parent
    found = []
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in (
                "evolve",
                "Trade",
                "Order",
            ):
                continue
            found += [
                path.relative_to(root).as_posix() for keyword in node.keywords if keyword.arg == "state"
            ]
    # `step` puts what the table answered; a repair begins where the table says that repairs begin.
    assert sorted(set(found)) == ["orders.py", "runner/repairs.py", "step.py"]
