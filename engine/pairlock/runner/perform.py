"""How each command is carried out. Every function reads the world and tells the trade a fact; none changes a trade."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import trio
from attrs import evolve

from pairlock.book import Book, trimmed
from pairlock.commands import (
    CancelOrder,
    Command,
    FollowOrder,
    JudgeGates,
    ReadExitBooks,
    VerifyEntry,
    WakeAt,
    WatchOverdue,
    WatchResolution,
)
from pairlock.facts import DeadlinePassed, ExitBooksRead, Fact, FinalityOverdue, LegResolved
from pairlock.lifecycle import OS
from pairlock.model import Order, Role, Terms, Trade
from pairlock.opportunity_checks import book_problem
from pairlock.ports import OrderIntent, TimeInForce, Venue, VenueError
from pairlock.positions import EXITS, nets_e6, recent_failures
from pairlock.runner.clock import seconds
from pairlock.runner.gatekeeper import judge_gates, verify_entry
from pairlock.units import E6_PER_E2, ceil_div

if TYPE_CHECKING:
    from pairlock.runner.task import TradeTask


def intent_of(order: Order, terms: Terms) -> OrderIntent:
    """The order as its venue sees it: a complement buys the other outcome."""
    leg = terms.legs[order.leg]
    complement = order.role is Role.COMPLEMENT
    return OrderIntent(
        intent_id=order.intent_id,
        venue=leg.venue,
        market=leg.market,
        outcome=leg.outcome.other if complement else leg.outcome,
        buys=order.buys,
        size_e2=order.size_e2,
        limit_e4=order.limit_e4,
        time_in_force=TimeInForce.FILL_OR_KILL
        if order.role is Role.ENTRY
        else TimeInForce.IMMEDIATE_OR_CANCEL,
        deadline_ms=order.deadline_ms,
    )


def _target(task: TradeTask, intent_id: str) -> tuple[Order, OrderIntent, Venue]:
    order = task.value.order(intent_id)
    assert order is not None
    assert task.value.terms is not None
    intent = intent_of(order, task.value.terms)
    return order, intent, task.engine.venues[intent.venue]


async def send_order(task: TradeTask, intent_id: str) -> None:
    """Write the order once. The guard runs with no await before the first byte: deadline, epoch, journal."""
    engine = task.engine
    _, intent, venue = _target(task, intent_id)

    def guard() -> str:
        now_ms = engine.clock.now_ms()
        reason = engine.write_refusal()
        if not reason and now_ms >= intent.deadline_ms:
            reason = f"its own deadline passed {now_ms - intent.deadline_ms} ms ago"
        if not reason:
            task.sent_ms[intent_id] = now_ms
        return reason

    task.tell(await venue.place(intent, guard))


async def _follow(task: TradeTask, command: FollowOrder) -> None:
    """Read the order until this command is no longer standing; slower as it stays pending."""
    polls = task.engine.limits.polls
    pause_ms = polls.order_read_ms
    order, intent, venue = _target(task, command.intent_id)
    if order.state is OS.SENT:
        # Its own answer is due first; reading sooner only costs requests.
        await task.engine.sleep_until(order.deadline_ms)
    while True:
        order, intent, venue = _target(task, command.intent_id)
        task.tell(await venue.read_order(intent, order.venue_ref))
        await task.engine.sleep_ms(pause_ms)
        pause_ms = min(polls.order_read_max_ms, pause_ms * 2)


async def _cancel(task: TradeTask, command: CancelOrder) -> None:
    """Ask for the cancel once the order's own answer is overdue, and again until it can fill no more."""
    pause_ms = task.engine.limits.polls.order_read_ms
    order, intent, venue = _target(task, command.intent_id)
    await task.engine.sleep_until(order.deadline_ms)
    while True:
        order, intent, venue = _target(task, command.intent_id)
        task.tell(await venue.cancel(intent, order.venue_ref))
        await task.engine.sleep_ms(pause_ms)
        pause_ms = min(task.engine.limits.polls.order_read_max_ms, pause_ms * 2)


async def _wake(task: TradeTask, command: WakeAt) -> None:
    await task.engine.sleep_until(command.at_ms)
    task.tell(DeadlinePassed(task.engine.clock.now_ms()))


async def _overdue(task: TradeTask, command: WatchOverdue) -> None:
    await task.engine.sleep_ms(task.engine.limits.bounds.overdue_alarm_ms)
    task.tell(FinalityOverdue(task.engine.clock.now_ms(), command.intent_id))


async def _exit_side(task: TradeTask, terms: Terms, leg: int) -> tuple[Book | None, int]:
    """One venue's book and what it lets us sell; None where the route is shut or not read."""
    leg_terms = terms.legs[leg]
    venue = task.engine.venues[leg_terms.venue]
    # A slow venue must not hold up the other one's exit, nor be traded on with an old book.
    with trio.move_on_after(seconds(task.engine.limits.gates.max_book_age_ms)):
        try:
            if await venue.taker_open(leg_terms.market):
                sellable_e6 = await venue.sellable_e6(leg_terms.market, leg_terms.outcome)
                book = await venue.book(leg_terms.market)
                if not book_problem(book):
                    return trimmed(book, _most_e2(task.value)), sellable_e6
        except VenueError:
            pass  # counted where it was called; without an answer the route is shut
    return None, 0


def _most_e2(trade: Trade) -> int:
    """No exit trades more than this, so no level beyond it needs to be journalled."""
    size_e2 = trade.terms.size_e2 if trade.terms else 0
    return max(size_e2, *(ceil_div(abs(net), E6_PER_E2) for net in nets_e6(trade)))


async def _exit_books(task: TradeTask, command: ReadExitBooks) -> None:
    limits = task.engine.limits.execution
    pause_ms = limits.stuck_book_interval_ms if command.slow else limits.exit_book_interval_ms
    # Exits that ended empty wait longer and longer: what refuses now will refuse in a moment, too.
    empty = sum(recent_failures(task.value, role, leg) for role in EXITS for leg in (0, 1))
    await task.engine.sleep_ms(limits.exit_book_interval_ms * ((1 << min(empty, 4)) - 1))
    while True:
        terms = task.value.terms
        assert terms is not None
        sides: list[tuple[Book | None, int]] = [(None, 0), (None, 0)]

        async def read(leg: int, terms: Terms = terms, sides: list[tuple[Book | None, int]] = sides) -> None:
            sides[leg] = await _exit_side(task, terms, leg)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(read, 0)
            nursery.start_soon(read, 1)
        books, sellable = (sides[0][0], sides[1][0]), (sides[0][1], sides[1][1])
        task.tell(ExitBooksRead(task.engine.clock.now_ms(), books, sellable))
        await task.engine.sleep_ms(pause_ms)


async def _resolution(task: TradeTask, command: WatchResolution) -> None:
    engine = task.engine
    assert task.value.terms is not None
    terms = task.value.terms.legs[command.leg]
    venue = engine.venues[terms.venue]
    polls = engine.limits.polls
    pause_ms = polls.resolution_read_ms
    while True:
        await engine.sleep_ms(pause_ms)
        pause_ms = min(polls.resolution_read_max_ms, pause_ms * 2)
        try:
            payout = await venue.resolution(terms.market, terms.outcome)
        except VenueError:
            continue
        if payout is not None:
            task.tell(LegResolved(engine.clock.now_ms(), command.leg, payout))


async def _gates(task: TradeTask, command: JudgeGates) -> None:
    task.tell(await judge_gates(task.engine, task.value))


async def _verify(task: TradeTask, command: VerifyEntry) -> None:
    seen = await verify_entry(task.engine, task.value)

    def judged(trade: Trade) -> Fact:
        # Asked again in the instant of the record: a kill or a halt may have come since the books were read.
        refused = task.engine.entry_refusal(trade) if seen.ok else ""
        return evolve(seen, ok=False, reason=refused) if refused else seen

    task.tell(judged)


_PERFORMERS: dict[type[Any], Callable[[TradeTask, Any], Awaitable[None]]] = {
    JudgeGates: _gates,
    VerifyEntry: _verify,
    FollowOrder: _follow,
    CancelOrder: _cancel,
    WakeAt: _wake,
    WatchOverdue: _overdue,
    ReadExitBooks: _exit_books,
    WatchResolution: _resolution,
}


async def perform(task: TradeTask, command: Command) -> None:
    """Carry out one standing command until it is done or cancelled."""
    await _PERFORMERS[type(command)](task, command)
