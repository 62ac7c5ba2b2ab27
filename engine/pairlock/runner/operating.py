"""What an operator (a person, the host, a breaker) may tell a running engine. Every word of it is journalled."""

from __future__ import annotations

from collections.abc import Callable

import trio

from pairlock.commands import AlertKind, RaiseAlert
from pairlock.errors import UserError
from pairlock.facts import Aborted, Fact, Killed
from pairlock.journal.journal import Journal
from pairlock.journal.records import Kind
from pairlock.journal.store import Store
from pairlock.lifecycle import S
from pairlock.model import StuckCause
from pairlock.model import Trade as TradeValue
from pairlock.ports import Clock
from pairlock.runner.alerts import AlertDesk
from pairlock.runner.control import Halt
from pairlock.runner.grants import Grant
from pairlock.runner.recorder import Recorder
from pairlock.runner.task import TradeTask

_PREPARING = (S.DETECTED, S.GATED, S.LOCKED)
_WORKING = (S.EXECUTING, S.HEDGING)


class OperatorCommands:
    """The part of ``Engine`` that stops, kills, halts, lifts and grants."""

    store: Store
    recorder: Recorder
    journal: Journal
    clock: Clock
    desk: AlertDesk
    _tasks: dict[str, TradeTask]
    _nursery: trio.Nursery
    _no_new: str
    _full: bool = False
    _changed: trio.Event

    async def commit(self, seq: int) -> None:
        """Return once record ``seq`` is durable. A disk that was found full halts new trades."""
        await self.journal.commit(seq)
        if self.store.low_on_space and not self._full:
            # Once: the store says so until it is opened again, and a halt that was lifted needs no second record.
            self._full = True
            self.halt("journal", "its disk is full; live trades go on in the space set aside")

    async def drain(self, operator: str = "host") -> None:
        """No new trades; returns when every open trade is closed (STUCK ones need an operator first)."""
        self._no_new = "the engine is draining"
        await self._ordered(Kind.DRAIN, operator)
        await self._until(lambda: not self._tasks)

    async def stop(self, operator: str = "host") -> None:
        """No new trades; trades that sent nothing abort; returns once nothing is EXECUTING or HEDGING."""
        self._no_new = "the engine is stopping"
        await self._ordered(Kind.STOP, operator)
        self.abort_preparing("the engine is stopping")
        busy = (*_PREPARING, *_WORKING)
        await self._until(lambda: not any(task.value.state in busy for task in self._tasks.values()))

    async def kill(self, operator: str = "host") -> None:
        """Durable until ``resume``: no new trade and no new step; what may be at a venue is completed or exited."""
        seq = self.recorder.order(Kind.KILL, operator)
        for task in list(self._tasks.values()):
            task.tell(Killed(self.clock.now_ms()))
        await self.commit(seq)

    async def resume(self, operator: str = "host") -> None:
        """Lift a kill, and a drain or stop that has not ended the engine. Trades killed before stay killed."""
        self._no_new = ""
        await self._ordered(Kind.RESUME, operator)

    async def grant(
        self, trade_id: str, *, operator: str, attempts: int = 3, cash_micros: tuple[int, int], slip_e4: int
    ) -> None:
        """Give a STUCK trade a new exit budget: attempts, cash per leg, and how far exits may now trade.

        Durable when this returns. Raises UserError when the trade is not STUCK, or the grant makes no sense.
        """
        wanted = Grant(trade_id, operator, attempts, cash_micros, slip_e4)
        answers: list[str] = []

        def judged(trade: TradeValue) -> Fact:
            answers.append(wanted.refusal(trade, self.recorder.ledger))
            self._notify()
            return wanted.fact(trade, self.clock.now_ms(), answers[0])

        if trade_id in self._tasks:
            self._tasks[trade_id].tell(judged)
            await self._until(lambda: bool(answers) or trade_id not in self._tasks)
        refused = answers[0] if answers else wanted.refusal(None, self.recorder.ledger)
        if refused:
            raise UserError(refused)
        await self.commit(self.journal.head[0])

    def halt(self, name: str, reason: str, trade_id: str = "") -> None:
        """A breaker or a broken promise: no new trades, and those that sent nothing abort. Durable."""
        seq = self.recorder.halt(Halt(name, reason, trade_id))
        if seq is None:
            return
        self.desk.raise_alert(RaiseAlert(AlertKind.HALT, f"{name}: {reason}"), None)
        self.abort_preparing(f"trading was halted: {name}")
        self._nursery.start_soon(self.commit, seq)

    async def lift(self, name: str, operator: str) -> None:
        """Lift a halt. Raises UserError when it does not hold, or while the STUCK trade that made it is stuck."""
        held = self.recorder.control.halted_by(name)
        if held is None:
            raise UserError(f"there is no halt named {name}; see the engine's halts")
        if self.holds(held):
            raise UserError(f"halt {name} is held by STUCK trade {held.trade_id}; resolve that trade first")
        await self.commit(self.recorder.lift(name, operator))
        self._notify()

    @property
    def halts(self) -> tuple[Halt, ...]:
        return self.recorder.control.halts

    def holds(self, halt: Halt) -> bool:
        """Whether the trade that made the halt is still STUCK."""
        task = self._tasks.get(halt.trade_id)
        if task is None or task.value.state is not S.STUCK:
            return False
        return task.value.stuck_cause is not StuckCause.DUST

    async def reinstate(self, event_id: str, operator: str) -> None:
        """Allow a pair again that a payout breach suspended. Raises UserError when it is not suspended."""
        if event_id not in self.recorder.control.suspended:
            raise UserError(f"the pair {event_id} is not suspended; nothing was changed")
        await self.commit(self.recorder.reinstate(event_id, operator))

    def abort_preparing(self, reason: str) -> None:
        for task in list(self._tasks.values()):
            if task.value.state in _PREPARING:
                task.tell(Aborted(self.clock.now_ms(), reason))

    async def _ordered(self, kind: Kind, operator: str) -> None:
        await self.commit(self.recorder.order(kind, operator))

    def _notify(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def _until(self, done: Callable[[], bool]) -> None:
        while not done():
            await self._changed.wait()
