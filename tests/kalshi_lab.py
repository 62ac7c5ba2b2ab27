"""An account of the adapter in a laboratory, and orders of its first market; shared by tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import trio
from attrs import evolve

from lab_kit import kalshi_ready, laboratory
from pairlock.model import Outcome
from pairlock.ports import OrderIntent, TimeInForce
from pairlock_adapters.kalshi.build import client_order_id
from pairlock_adapters.kalshi.config import KalshiConfig, KalshiKey
from pairlock_adapters.kalshi.venue import KalshiVenue, open_kalshi
from pairlock_adapters.laboratory.lab import Laboratory
from pairlock_adapters.net.secrets import Secret
from pairlock_adapters.simulated.faults import Fault


async def config(lab: Laboratory, *others: dict[str, Any], sockets: bool = False) -> KalshiConfig:
    ready = kalshi_ready(lab)
    keys = []
    for number, who in enumerate((*others, ready)):
        pem = await trio.Path(who["private_key_pem"]).read_text()
        keys.append(KalshiKey(f"number {number}", who["key_id"], Secret(pem, "a test")))
    return KalshiConfig(
        keys=tuple(keys),
        region="test",
        rest_url=ready["rest"],
        ws_url=ready["ws"],
        direct_member=True,
        sockets=sockets,
    )


@asynccontextmanager
async def account(*faults: Fault, sockets: bool = False) -> AsyncIterator[tuple[Laboratory, KalshiVenue]]:
    with trio.fail_after(60):
        async with (
            laboratory(*faults) as lab,
            open_kalshi(await config(lab, sockets=sockets), lab.clock) as venue,
        ):
            yield lab, venue


def intent(lab: Laboratory, number: int = 0, *, in_ms: int = 15_000, **changes: Any) -> OrderIntent:
    """Buys ten YES at the best ask, fill or kill."""
    market = next(iter(lab.world.exchanges["kalshi"].markets.values()))
    plain = OrderIntent(
        f"lab.0.{number}", "kalshi", market.spec.market, Outcome.YES, True, 1_000, market.book.asks[0].price_e4,
        TimeInForce.FILL_OR_KILL, lab.clock.now_ms() + in_ms,
    )  # fmt: skip
    return evolve(plain, **changes)


def truth_e6(lab: Laboratory, order: OrderIntent) -> int | None:
    """What the venue booked of an order; None if it never had it."""
    found = lab.world.exchanges["kalshi"].order(client_order_id(order.intent_id))
    return None if found is None else sum(each.qty_e6 for each in found.fills)
