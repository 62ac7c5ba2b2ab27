"""What a run came to: the keys of ``pairlock demo --json``. Money in micro-dollars, times in ms."""

from __future__ import annotations

from typing import Any

from pairlock.absorb import quiet
from pairlock.exposure import worst_loss_micros
from pairlock.lifecycle import E, S
from pairlock.model import Trade
from pairlock.positions import EXITS
from pairlock.verdict import booked_micros, promised_micros

_CLOSED = {S.SETTLED: "settled", S.ROLLED_BACK: "rolled_back", S.HEDGED: "hedged"}


def rate(part: int, whole: int) -> int | float:
    """A share of a whole for display, 1 of nothing being nothing; exact ends stay integers."""
    if whole == 0:
        return 0
    return part // whole if part % whole == 0 else round(part / whole, 6)


class Tally:
    """Counts trades as they close; each in constant memory."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(("settled", "rolled_back", "hedged", "refused", "repairs"), 0)
        self.promised_micros = 0
        self.realized_micros = 0
        self.exit_cost_micros = 0
        self.max_execution_ms = 0
        self.losers = 0
        self.peak_worst_loss_micros = 0
        self._worst: dict[str, int] = {}
        self._worst_sum = 0

    def stepped(self, trade: Trade, events: tuple[E, ...]) -> None:
        """Follow the sum of worst losses over all open trades: its peak is ``worst_loss_micros``."""
        if E.GATE_REFUSED in events:
            self.counts["refused"] += 1
        now = worst_loss_micros(trade) if trade.state not in _CLOSED else 0
        before = self._worst.pop(trade.trade_id, 0)
        if now:
            self._worst[trade.trade_id] = now
        self._worst_sum += now - before
        self.peak_worst_loss_micros = max(self.peak_worst_loss_micros, self._worst_sum)

    def closed(self, trade: Trade) -> None:
        trade = quiet(trade)
        booked = booked_micros(trade)
        self.realized_micros += booked
        promised = promised_micros(trade) if trade.state is S.SETTLED else 0
        if trade.repairs:
            self.counts["repairs"] += 1
            self.exit_cost_micros -= booked
            return
        self.counts[_CLOSED[trade.state]] += 1
        if trade.state is S.SETTLED:
            self.promised_micros += promised
        if any(order.role in EXITS for order in trade.orders):
            # What the exits cost: a pair completed late against its promise, a flat or carried trade against nothing.
            self.exit_cost_micros += promised - booked
        if booked < 0:
            self.losers += 1
        if trade.executing_ms >= 0:
            self.max_execution_ms = max(self.max_execution_ms, trade.executed_ms - trade.executing_ms)

    def as_plain(self, *, stuck: int, open_: int) -> dict[str, Any]:
        """Every key that the tally itself knows; ``stuck`` and ``open_`` are what is left of the trades."""
        done = self.counts["settled"] + self.counts["rolled_back"] + self.counts["hedged"]
        trades = done + stuck + open_
        return {
            "trades": trades,
            "settled": self.counts["settled"],
            "rolled_back": self.counts["rolled_back"],
            "hedged": self.counts["hedged"],
            "stuck": stuck,
            "open": open_,
            "refused": self.counts["refused"],
            "repairs": self.counts["repairs"],
            "worst_loss_micros": self.peak_worst_loss_micros,
            "promised_micros": self.promised_micros,
            "realized_micros": self.realized_micros,
            "exit_cost_micros": self.exit_cost_micros,
            "max_execution_ms": self.max_execution_ms,
            "completion_rate": rate(done, trades),
            "loss_rate": rate(self.losers, done),
        }
