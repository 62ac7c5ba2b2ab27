"""The demo's operator: within 60 virtual seconds restores a shut route, grants STUCK trades a new exit budget, and
lifts halts that no STUCK trade holds. Everything goes through the engine, so everything is journalled."""

from __future__ import annotations

from collections.abc import Callable

from pairlock import Engine, S, UserError
from pairlock.model import StuckCause

NAME = "demo operator"
ROUND_MS = 20_000
GRANT_SLIP_E4 = 4_000
GRANT_ATTEMPTS = 6


async def _grant(engine: Engine) -> None:
    for handle in engine.open_trades():
        value = handle.value
        if handle.state is not S.STUCK or value.terms is None or value.stuck_cause is StuckCause.OVERDUE:
            continue
        # Where neither the accounts nor the cap leave that much, attempts alone may do: sales need no cash.
        for cash in (value.terms.size_e2 * 10_000, 0):
            try:
                await engine.grant(
                    handle.trade_id,
                    operator=NAME,
                    attempts=GRANT_ATTEMPTS,
                    cash_micros=(cash, cash),
                    slip_e4=GRANT_SLIP_E4,
                )
            except UserError:
                continue  # or it returned by itself in the meantime
            break


async def _lift(engine: Engine) -> None:
    for halt in engine.halts:
        if not engine.holds(halt):
            await engine.lift(halt.name, NAME)


async def operate(engine: Engine, restore_routes: Callable[[], object]) -> None:
    """Walk the rounds until cancelled. ``restore_routes`` reopens what the script does not keep shut."""
    while True:
        await engine.sleep_ms(ROUND_MS)
        restore_routes()
        await _grant(engine)
        await _lift(engine)
