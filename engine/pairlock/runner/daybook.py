"""What the daily-loss and consecutive-exits breakers count, kept in the durable control. Pure."""

from __future__ import annotations

from attrs import evolve

from pairlock.breakers import daily_loss_tripped, exits_tripped
from pairlock.lifecycle import S
from pairlock.limits import BreakerLimits
from pairlock.model import Trade
from pairlock.runner.control import Control
from pairlock.verdict import booked_micros


def after_close(
    control: Control, trade: Trade, now_ms: int, limits: BreakerLimits
) -> tuple[Control, list[tuple[str, str]]]:
    """The control once ``trade`` is closed, and the (name, reason) of each breaker that it trips."""
    day = now_ms // limits.day_ms
    result = (control.day_result_micros if day == control.day else 0) + booked_micros(trade)
    exits = control.consecutive_exits
    if trade.state is S.HEDGED:
        exits += 1
    elif trade.state is S.SETTLED:
        exits = 0
    counted = evolve(control, day=day, day_result_micros=result, consecutive_exits=exits)
    # Judged only when this very close made it worse: a breaker that an operator lifted does not trip again by itself.
    tripped = [
        ("daily_loss", daily_loss_tripped(result, limits) if booked_micros(trade) < 0 else ""),
        ("consecutive_exits", exits_tripped(exits, limits) if trade.state is S.HEDGED else ""),
    ]
    return counted, [(name, reason) for name, reason in tripped if reason]
