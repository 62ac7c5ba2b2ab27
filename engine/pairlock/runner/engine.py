"""The engine: takes opportunities, runs one task per trade, and keeps operators in command.

Everything that an embedder calls is here; ``open_engine`` in ``opening.py`` makes one. No signal handler, no global
logging or metrics is installed.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from pairlock.absorb import quiet
from pairlock.errors import TradingHalted, UserError
from pairlock.facts import Fact
from pairlock.lifecycle import OS, E, S
from pairlock.model import PlanKind
from pairlock.model import Trade as TradeValue
from pairlock.opportunity import ArbitrageOpportunity
from pairlock.opportunity_checks import kind_problem
from pairlock.ports import PairRegistry
from pairlock.runner.alerts import AlertDesk
from pairlock.runner.callbacks import quietly
from pairlock.runner.clock import seconds
from pairlock.runner.control import refusal
from pairlock.runner.events import EventHub, Subscription, TradeEvent
from pairlock.runner.halting import halt_if_due
from pairlock.runner.handle import Trade
from pairlock.runner.monitor import Monitor
from pairlock.runner.operating import OperatorCommands
from pairlock.runner.prepare import Prepared
from pairlock.runner.repairs import RepairDesk
from pairlock.runner.task import TradeTask
from pairlock.step import Step

_PREPARING = (S.DETECTED, S.GATED, S.LOCKED)
_WORKING = (S.EXECUTING, S.HEDGING)
OnTrade = Callable[[TradeValue], None]
OnStep = Callable[[TradeValue, tuple[E, ...]], None]


class Engine(OperatorCommands):
    """One engine over one journal and one account per venue. Made by ``open_engine``."""

    def __init__(
        self,
        *,
        ready: Prepared,
        pairs: PairRegistry,
        desk: AlertDesk,
        plan: PlanKind | None,
        slowest_to_finality: str,
        nursery: trio.Nursery,
    ) -> None:
        self.store = ready.store
        self.journal = ready.journal
        self.recorder = ready.recorder
        self.venues = ready.venues
        self.limits = ready.limits
        self.clock = ready.clock
        self.digests = ready.digests
        self.pairs = pairs
        self.desk = desk
        self.plan = plan
        self.slowest_to_finality = slowest_to_finality
        self.hub = EventHub()
        self.monitor = Monitor(self, ready.venues, ready.limits, ready.clock)
        for venue in ready.venues.values():
            venue.monitor = self.monitor
        self.repairs = RepairDesk(self)
        self.on_closed: list[OnTrade] = []
        self.on_step: list[OnStep] = []
        self.callbacks_failed = 0
        self.recovered: list[Trade] = []
        self._nursery = nursery
        self._tasks: dict[str, TradeTask] = {}
        self._by_opportunity: dict[str, str] = {}
        self._no_new = ""
        self._changed = trio.Event()

    # --- the embedding API -------------------------------------------------------------------------------------

    async def submit(self, opportunity: ArbitrageOpportunity) -> Trade:
        """Begin a trade; the same ``opportunity_id`` twice is one trade. Durable when this returns.

        Raises TradingHalted (nothing was recorded) while halted, killed, draining or stopping; UserError when the
        opportunity has no id. Anything else wrong with it is a gate's refusal: the trade ends ROLLED_BACK.
        """
        problem = kind_problem(opportunity)
        if problem:
            raise UserError(f"the opportunity cannot be recorded: {problem}; see ArbitrageOpportunity")
        ident = opportunity.opportunity_id
        if not ident:
            raise UserError("the opportunity has no opportunity_id; give each opportunity an id of its own")
        known = self._by_opportunity.get(ident)
        if known is not None and known in self._tasks:
            handle = self._tasks[known].handle
            await self.commit(self.journal.head[0])  # whoever asked first may still be waiting for its commit
            return handle
        row = self.store.trade_by_opportunity(ident)
        if row is not None:
            return Trade(self.repairs.closed_trade(row.trade_id))
        reason = self.refusal(opportunity.event_id)
        if reason:
            raise TradingHalted(reason)
        if {opportunity.platform_a, opportunity.platform_b} - set(self.venues):
            names = ", ".join(sorted(self.venues))
            raise UserError(f"opportunity {ident} names a platform that is not open here; open are: {names}")
        value, seq = self.recorder.detected(opportunity)
        task = self._begin(value)
        await self.commit(seq)
        return task.handle

    def events(self, capacity: int = 1_000) -> Subscription:
        """The stream of durable steps from now on; a slow reader loses the oldest and is told (``Missed``)."""
        return self.hub.subscribe(capacity)

    def open_trades(self) -> list[Trade]:
        return [task.handle for task in self._tasks.values()]

    def refusal(self, event_id: str = "") -> str:
        """Why no new trade may begin now, or ""."""
        if self.store.low_on_space:
            return "the journal's disk is full; free space on it and restart the engine"
        return self._no_new or refusal(self.recorder.control, event_id)

    # --- for the tasks -----------------------------------------------------------------------------------------

    async def sleep_ms(self, duration_ms: int) -> None:
        await trio.sleep(seconds(duration_ms))

    async def sleep_until(self, at_ms: int) -> None:
        await self.sleep_ms(max(0, at_ms - self.clock.now_ms()))

    def reviewed(self, o: ArbitrageOpportunity) -> bool:
        known = self.pairs.reviewed(o.event_id, o.platform_a, o.market_a, o.platform_b, o.market_b)
        return known and o.event_id not in self.recorder.control.suspended

    def entry_refusal(self, trade: TradeValue) -> str:
        """Why a LOCKED trade must not be released now, or ""; a drain lets it go on."""
        return refusal(self.recorder.control, trade.opportunity.event_id)

    def write_refusal(self) -> str:
        """Why no byte may go to a venue now, or ""; asked in the same instant as the write."""
        if self.journal.poisoned:
            return "the journal failed"
        return "" if self.store.epoch_is_current() else "another engine holds the journal"

    def record(self, before: TradeValue, done: Step, fact: Fact) -> int:
        """Append the step, and in the same breath (the same transaction) every halt that follows from it."""
        seq = self.recorder.step(before, done, fact)
        halt_if_due(self, before, done.trade)
        return seq

    def stepped(self, task: TradeTask, before: TradeValue, done: Step, fact: Fact, seq: int) -> None:
        """After a step is durable: alerts, halts, measures, the event stream."""
        after = done.trade
        self.hub.publish(TradeEvent(seq, fact.at_ms, after.trade_id, done.events, after.state))
        for call in self.on_step:
            self.callbacks_failed += not quietly(call, after, done.events)
        for alert in done.alerts:
            self.desk.raise_alert(alert, after)
        was = {o.intent_id: o.state for o in before.orders}
        for order in after.orders:
            if order.state is OS.FINAL and was.get(order.intent_id) not in (OS.FINAL, OS.IDLE, None):
                self.monitor.entry_ended(after.terms.legs[order.leg].venue if after.terms else "", order)
        if before.state is not after.state:
            self._notify()

    def closed(self, task: TradeTask) -> None:
        """A trade's task ended because the trade is closed."""
        value = quiet(task.value)
        self._tasks.pop(value.trade_id, None)
        if not value.repairs:
            self._by_opportunity.pop(value.opportunity.opportunity_id, None)
        self.repairs.remember(value)
        for told in self.on_closed:
            self.callbacks_failed += not quietly(told, value)
        self._notify()

    def late_mail(self, value: TradeValue, fact: Fact) -> None:
        """A fact for a trade whose task has ended."""
        self.repairs.late(value, fact)

    async def open_repair(self, value: TradeValue, fact: Fact) -> None:
        self.repairs.late(value, fact)

    def route(self, fact: Fact) -> None:
        """Give a pushed order fact to the trade whose intent it names; facts about foreign orders are not ours."""
        intent_id = getattr(fact, "intent_id", "")
        trade_id = intent_id.rsplit(".", 2)[0]
        task = self._tasks.get(trade_id)
        if task is not None:
            task.tell(fact)
        elif trade_id:
            self.repairs.late_by_id(trade_id, fact)

    # --- inside ------------------------------------------------------------------------------------------------

    def _begin(self, value: TradeValue, first: Fact | None = None) -> TradeTask:
        task = TradeTask(self, value, first)
        self._tasks[value.trade_id] = task
        if not value.repairs:
            self._by_opportunity[value.opportunity.opportunity_id] = value.trade_id
        self._nursery.start_soon(task.run, name=f"trade {value.trade_id}")
        return task

    def begin(self, value: TradeValue, first: Fact | None = None) -> Trade:
        """For recovery and repairs: run a trade that is in the journal already."""
        return self._begin(value, first).handle
