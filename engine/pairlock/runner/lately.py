"""At a start: the FINAL orders of open trades, and of those that closed lately, are read once more.

What a venue did to them while no engine listened (a fill after its request should have been dead: beyond fault model
F) was pushed to nobody. Unread, it would be taken for a trade by hand, or for nothing, and the leg would stay open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from pairlock.codec import parse
from pairlock.facts import OrderReport
from pairlock.journal.records import Kind
from pairlock.journal.store import Store
from pairlock.lifecycle import CLOSED, OS
from pairlock.model import Role, Trade
from pairlock.runner.clock import seconds
from pairlock.runner.perform import intent_of

if TYPE_CHECKING:
    from pairlock.runner.engine import Engine

_RECORDS = 2_000
_MOST_TRADES = 100
_WITHIN_MS = 600_000
_WAITED_MS = 10_000
_NEVER_SENT = (Role.ADOPTED_IN, Role.ADOPTED_OUT)


def lately_closed(store: Store) -> list[str]:
    """Ids of the trades that closed within the last ten minutes of the journal, the newest last."""
    ended = {str(state) for state in CLOSED}
    closed: dict[str, int] = {}
    last_ms = 0
    for record in store.records(max(0, store.head()[0] - _RECORDS)):
        last_ms = max(last_ms, record.at_ms)
        if record.kind == Kind.STEP and parse(record.body)["state"] in ended:
            closed[record.trade_id] = record.at_ms
    return [name for name, at_ms in closed.items() if at_ms >= last_ms - _WITHIN_MS][-_MOST_TRADES:]


async def _read_again(engine: Engine, venue: str, trades: list[Trade]) -> None:
    for trade in trades:
        terms = trade.terms
        for order in trade.orders:
            sent = order.role not in _NEVER_SENT and order.deadline_ms > 0
            if terms is None or order.state is not OS.FINAL or not sent:
                continue  # what is not FINAL is followed anyway
            intent = intent_of(order, terms)
            if intent.venue == venue:
                fact = await engine.venues[venue].read_order(intent, order.venue_ref)
                if isinstance(fact, OrderReport):
                    engine.route(fact)


async def read_finals_again(
    engine: Engine, still_open: list[Trade], lately: list[str], nursery: trio.Nursery
) -> None:
    """Read them in the background; returns once that is done, or after ten seconds.

    Once more when every match must be final: what reads hide for a while may have been pushed while nobody listened.
    """
    trades = [*still_open, *(engine.repairs.closed_trade(name) for name in lately)]
    done = [trio.Event() for _ in engine.venues]

    async def of_one(venue: str, ended: trio.Event) -> None:
        await _read_again(engine, venue, trades)
        ended.set()
        await engine.sleep_ms(engine.limits.bounds.finality_ms)
        await _read_again(engine, venue, trades)

    for venue, ended in zip(engine.venues, done, strict=True):
        nursery.start_soon(of_one, venue, ended)
    with trio.move_on_after(seconds(_WAITED_MS)):
        for ended in done:
            await ended.wait()
