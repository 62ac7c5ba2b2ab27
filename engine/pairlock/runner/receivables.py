"""Complete sets of closed trades: follows each market until the venue has paid them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pairlock.model import Outcome
from pairlock.ports import VenueError

if TYPE_CHECKING:
    from pairlock.runner.engine import Engine


async def watch_receivables(engine: Engine) -> None:
    """For as long as the engine runs; one durable record per payment."""
    while True:
        await engine.sleep_ms(engine.limits.polls.resolution_read_ms)
        for item in engine.recorder.ledger.receivables:
            try:
                payout = await engine.venues[item.venue].resolution(item.market, Outcome.YES)
            except VenueError:
                continue
            if payout is not None:
                await engine.commit(engine.recorder.paid(item))
