"""One trade, one task: a serial mailbox of facts, each made durable before anything that follows from it is done.

    fact -> step (pure) -> ledger and journal (synchronous) -> commit (shielded) -> commands

Standing commands are child tasks; each change of the trade starts the missing ones and cancels those no longer due.
A cancellation never falls between the journal and memory: both change before the first await, and the commit is
shielded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import trio

from pairlock.commands import Command, ReserveBoth, Send
from pairlock.decide import decide
from pairlock.facts import Fact, Killed
from pairlock.lifecycle import CLOSED
from pairlock.model import Trade as TradeValue
from pairlock.runner.handle import Trade
from pairlock.runner.perform import perform, send_order
from pairlock.step import Step, step

if TYPE_CHECKING:
    from pairlock.runner.engine import Engine

Judge = Callable[[TradeValue], Fact]
"""A fact that must be judged in the instant in which it is recorded (locks)."""


class TradeTask:
    def __init__(self, engine: Engine, trade: TradeValue, first: Fact | None = None) -> None:
        self.engine = engine
        self.value = trade
        self.handle = Trade(trade)
        self.sent_ms: dict[str, int] = {}
        self._running: dict[Command, trio.CancelScope] = {}
        self._mail, self._inbox = trio.open_memory_channel[Fact | Judge](math.inf)
        self._nursery: trio.Nursery | None = None
        if first is not None:
            self.tell(first)

    def tell(self, fact: Fact | Judge) -> None:
        """Put a fact in the mailbox; never blocks. A closed trade still hears late facts."""
        try:
            self._mail.send_nowait(fact)
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            if not callable(fact):
                self.engine.late_mail(self.value, fact)

    async def run(self) -> None:
        """Until the trade is closed, or cancelled."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            self._sync(decide(self.value))
            while self.value.state not in CLOSED:
                await self._take(await self._inbox.receive())
            nursery.cancel_scope.cancel()
        self._mail.close()
        self._drain_late()
        self.engine.closed(self)

    def _drain_late(self) -> None:
        """Facts that were already in the mailbox when the trade closed."""
        while True:
            try:
                item = self._inbox.receive_nowait()
            except (trio.WouldBlock, trio.EndOfChannel):
                break
            if not callable(item):
                self.engine.late_mail(self.value, item)
        self._inbox.close()

    async def _take(self, item: Fact | Judge) -> None:
        if self.engine.recorder.control.killed and not self.value.killed:
            # A fact that was in the mailbox before the kill must not begin a new step after it.
            await self._apply(Killed(self.engine.clock.now_ms()))
        if self.value.state not in CLOSED:
            await self._apply(item(self.value) if callable(item) else item)

    async def _apply(self, fact: Fact) -> None:
        done = step(self.value, fact)
        if done is None:
            return
        if done.late:
            await self.engine.open_repair(self.value, fact)
            return
        with trio.CancelScope(shield=True):
            before, self.value = self.value, done.trade
            seq = self.engine.record(before, done, fact)
            await self.engine.commit(seq)
        self._after(before, done, fact, seq)

    def _after(self, before: TradeValue, done: Step, fact: Fact, seq: int) -> None:
        self.handle.update(self.value, self.skew_ms())
        self.engine.stepped(self, before, done, fact, seq)
        self._sync(done.commands)

    def skew_ms(self) -> int:
        """Time between the first bytes of the two entries, -1 unless both were sent by this process."""
        times = [self.sent_ms[o.intent_id] for o in self.value.orders[:2] if o.intent_id in self.sent_ms]
        return abs(times[0] - times[1]) if len(times) == 2 else -1

    def _sync(self, commands: tuple[Command, ...]) -> None:
        """Start what is due and not running, cancel what runs and is no longer due."""
        assert self._nursery is not None
        wanted = set(commands)
        for command in [c for c in self._running if c not in wanted]:
            self._running.pop(command).cancel()
        for command in commands:
            if isinstance(command, Send):
                self._nursery.start_soon(send_order, self, command.intent_id)
            elif command not in self._running:
                scope = trio.CancelScope()
                self._running[command] = scope
                if isinstance(command, ReserveBoth):
                    self.tell(self.engine.recorder.judge_locks)
                else:
                    self._nursery.start_soon(self._stand, scope, command)

    async def _stand(self, scope: trio.CancelScope, command: Command) -> None:
        with scope:
            await perform(self, command)
