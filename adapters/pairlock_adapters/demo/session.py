"""One demo run on an open stage: opportunities fed, everything brought to a close, the truth compared."""

from __future__ import annotations

from hashlib import sha256
from random import Random
from typing import Any

import trio
from attrs import define, field

from pairlock import Engine, S, TradingHalted, open_engine
from pairlock.journal.store import Store
from pairlock.lifecycle import E
from pairlock.model import Trade
from pairlock_adapters.demo.beliefs import Beliefs, beliefs_of, beliefs_of_accounts
from pairlock_adapters.demo.breaches import Breaches
from pairlock_adapters.demo.judge import Broken, Judge, require_judged
from pairlock_adapters.demo.money import MoneyJudge
from pairlock_adapters.demo.operator import operate
from pairlock_adapters.demo.registry import Reviewed
from pairlock_adapters.demo.settings import Progress, Report, Settings
from pairlock_adapters.demo.stage import Stage
from pairlock_adapters.demo.tally import Tally
from pairlock_adapters.simulated.scripts import Script
from pairlock_adapters.simulated.world import World
from pairlock_adapters.simulated.worldgen import opportunity_of

_SHORTEST_GAP_MS, _LONGEST_GAP_MS = 300, 1_500
_HOLD_BACK_MS = 1_000
# Longer than any market lives, any match takes and any operator waits.
_CLOSING_S = 3_600

# Of how many trades both sides are kept.
_MOST_BELIEFS = 20
# Beyond the fault model: how long after the last close a venue may still contradict what was final.
_LATE_S = 120


@define
class Run:
    """What a run keeps while it goes on."""

    settings: Settings
    stage: Stage
    judge: Judge
    money: MoneyJudge
    progress: Progress
    tally: Tally = field(factory=Tally)
    registry: Reviewed = field(factory=Reviewed)
    broken: list[Broken] = field(factory=list)
    done: int = 0
    breaches: Breaches = field(factory=Breaches)
    script: Script = field(factory=Script)
    events: dict[str, int] = field(factory=dict)
    beliefs: dict[str, Beliefs] = field(factory=dict)
    numbers: dict[str, int] = field(factory=dict)
    engine: Engine | None = None
    scope: trio.CancelScope = field(factory=trio.CancelScope)

    @property
    def world(self) -> World:
        return self.stage.world

    def report(self, plain: dict[str, Any], virtual_ms: int) -> Report:
        recording = Script(
            self.stage.plainly(self.world.recording()), self.world.profile.name, self.script.events
        )
        new = self.world.truth.run == 1
        return Report(plain, self.broken, virtual_ms, recording, new, self.beliefs, self.numbers)

    def broke(self, broken: list[Broken], trade: Trade | None = None) -> None:
        """Keep what broke, and both sides' beliefs of this moment."""
        self.broken += broken
        if self.settings.stop is not None and any(map(self.settings.stop, broken)):
            self.scope.cancel()
        ident = trade.trade_id if trade else ""
        if not broken or ident in self.beliefs or len(self.beliefs) >= _MOST_BELIEFS or self.engine is None:
            return
        truth, ledger, now_ms = self.world.truth, self.engine.recorder.ledger, self.world.clock.now_ms()
        if trade is None:
            self.beliefs[ident] = beliefs_of_accounts(truth, ledger, now_ms)
            return
        self.beliefs[ident] = beliefs_of(trade, truth, ledger, now_ms)
        if trade.opportunity.event_id in self.events:
            self.numbers[ident] = self.events[trade.opportunity.event_id]

    def stepped(self, trade: Trade, events: tuple[E, ...]) -> None:
        self.tally.stepped(trade, events)
        self.broke(self.judge.stepped(trade), trade)

    def closed(self, trade: Trade) -> None:
        self.tally.closed(trade)
        self.broke(self.judge.closed(trade), trade)
        self.breaches.closed(trade)
        self.money.closed(trade)
        self.registry.forget(trade.opportunity.event_id)
        self.done += 0 if trade.repairs else 1
        self.progress(self.done, self.settings.trades)


async def _feed(run: Run, engine: Engine, rng: Random) -> None:
    """Submit opportunities as they appear; while trading is halted they are held back."""
    for index in range(run.settings.trades):
        await engine.sleep_ms(rng.randrange(_SHORTEST_GAP_MS, _LONGEST_GAP_MS))
        while engine.refusal():
            await engine.sleep_ms(_HOLD_BACK_MS)
        number = run.script.event(index)
        pair = run.world.open_pair(number)
        run.events[pair.event_id] = number
        run.registry.add(pair)
        submitted = False
        while not submitted:
            try:
                await engine.submit(opportunity_of(pair, run.world.clock.now_ms()))
                submitted = True
            except TradingHalted:
                await engine.sleep_ms(_HOLD_BACK_MS)


async def _close_all(engine: Engine) -> None:
    """Wait until every trade is closed, for at most an hour of virtual time."""
    with trio.move_on_after(_CLOSING_S):
        await engine.drain("demo")


async def _receivables_paid(engine: Engine) -> None:
    with trio.move_on_after(_CLOSING_S):
        while engine.recorder.ledger.receivables:
            await engine.sleep_ms(5_000)


async def session(run: Run, store: Store) -> Report:
    """Open an engine on the stage's venues, trade, bring everything to a close."""
    settings, world = run.settings, run.world
    # Not chance: the same seed on a new journal gives the same ids; a run on the same venues never the same again.
    nonce = sha256(f"{settings.seed}:{world.truth.run}".encode()).hexdigest()[:8]
    began_ms = world.clock.now_ms()
    run.money.earlier(store)
    async with trio.open_nursery() as nursery:
        async with open_engine(
            venues=run.stage.venues,
            journal=store,
            pairs=run.registry,
            limits=settings.limits,
            clock=world.clock,
            alerts=(),
            nonce=nonce,
        ) as engine:
            run.engine = engine
            engine.on_step.append(run.stepped)
            engine.on_closed.append(run.closed)
            recovered = list(engine.recovered)
            nursery.start_soon(operate, engine, world.reopen)
            await _feed(run, engine, Random(f"feed:{settings.seed}:{world.truth.run}"))
            await _close_all(engine)
            await _receivables_paid(engine)
            if world.bounds is None:
                await trio.sleep(_LATE_S)
                await _close_all(engine)
                await _receivables_paid(engine)
                run.broke(run.breaches.unanswered(world.truth))
            require_judged(engine)
            left = [handle for handle in engine.open_trades() if not handle.value.repairs]
            run.broke(run.money.broken(engine))
        nursery.cancel_scope.cancel()
    stuck = sum(1 for handle in left if handle.state is S.STUCK)
    plain = run.tally.as_plain(stuck=stuck, open_=len(left) - stuck)
    closed_recovered = sum(1 for handle in recovered if handle.state in (S.SETTLED, S.ROLLED_BACK, S.HEDGED))
    plain |= {
        "recovered": closed_recovered,
        "claims_broken": len(run.broken),
        "duplicate_orders": run.judge.duplicate_orders(),
        "naked_contract_ms": world.naked_contract_ms(),
        "seed": settings.seed,
        "trace_hash": None if run.stage.on_wire else engine.journal.head[1],
        "journal": settings.journal,
        "faults": dict(sorted(world.fired.items())),
    }
    return run.report(plain, world.clock.now_ms() - began_ms)
