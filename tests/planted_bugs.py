"""Bugs planted into the engine, each one that a careful review could miss: whoever judges the engine must find them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from pairlock import absorb, orders
from pairlock.exits import plan_exit
from pairlock.facts import NotFound, OrderReport
from pairlock.lifecycle import OE, OS
from pairlock.model import ExitPlan, FillStatus, Order
from pairlock.runner import perform
from pairlock.runner import task as tasks

Plant = Callable[[pytest.MonkeyPatch], None]


def not_found_is_zero(patch: pytest.MonkeyPatch) -> None:
    """The first read that does not find an order ends it, whatever may still arrive."""

    def found(order: Order, fact: Any, terms: Any) -> Any:
        if isinstance(fact, NotFound) and order.state is OS.SENT:
            return orders.Absorbed(orders._moved(order, OE.ABSENT_PROVEN), event=OE.ABSENT_PROVEN)
        return careful(order, fact, terms)

    careful = orders.absorb_order
    patch.setattr(absorb, "absorb_order", found)


def match_is_final(patch: pytest.MonkeyPatch) -> None:
    """A matched fill counts as final as soon as it is seen."""

    def hurried(order: Order, fact: Any, terms: Any) -> Any:
        if isinstance(fact, OrderReport):
            fills = tuple(
                evolve(fill, status=FillStatus.FINAL) if fill.status is FillStatus.PENDING else fill
                for fill in fact.fills
            )
            fact = evolve(fact, fills=fills)
        return careful(order, fact, terms)

    careful = orders.absorb_order
    patch.setattr(absorb, "absorb_order", hurried)


def exit_twice_as_large(patch: pytest.MonkeyPatch) -> None:
    """An exit order is twice as large as what is to be traded away."""

    def doubled(trade: Any, fact: Any) -> Any:
        plan = plan_exit(trade, fact)
        return evolve(plan, size_e2=2 * plan.size_e2) if isinstance(plan, ExitPlan) else plan

    patch.setattr(absorb, "plan_exit", doubled)


def resent(patch: pytest.MonkeyPatch) -> None:
    """An order whose answer did not come is sent again under another id."""

    async def twice(task: Any, intent_id: str) -> None:
        await careful(task, intent_id)
        order, intent, venue = perform._target(task, intent_id)
        if order.state is OS.SENT and task.engine.clock.now_ms() >= intent.deadline_ms:
            again = evolve(intent, intent_id=f"{intent_id}r", deadline_ms=intent.deadline_ms + 4_000)
            await venue.place(again, lambda: "")

    careful = perform.send_order
    patch.setattr(tasks, "send_order", twice)


PLANTED: dict[str, Plant] = {
    "not found counts as zero": not_found_is_zero,
    "a match counts as final": match_is_final,
    "an exit is twice as large": exit_twice_as_large,
    "an order is sent again": resent,
}
