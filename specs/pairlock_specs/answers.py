"""What a venue may say of one order, given the truth about it: every answer and read that fault model F allows.

Time is two words. *Early*: before the bounds of F are over, when a read may be stale in any way: not found although
it is there, live although it is closed, fills that are missing, a total without its fills. *Late*: after them, when
a read is exhaustive; the world allows it only once the request has arrived or is gone for good. A restart begins a
new early (its times are larger than all bounds counted from before it).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pairlock.facts import Fact, NotFound, OrderReport, Reported
from pairlock.model import Fill
from pairlock_specs.truth import AT_VENUE, VenueOrder, Wire

RESTART_MS = 1_000_000  # beyond every bound that began before the restart
LATE_MS = 1_000_000_000_000

Answer = tuple[str, Fact]


def now_ms(crashed: int) -> int:
    """The time of everything early: 0, and after each crash a time beyond all bounds that began before it."""
    return crashed * RESTART_MS


def _report(
    order: VenueOrder, now: int, asked: int, word: Reported, matched: int, fills: tuple[Fill, ...]
) -> OrderReport:
    return OrderReport(now, order.intent_id, asked, word, matched, fills)


def _said(order: VenueOrder, word: Reported, shown: int, matched_e6: int, when: str) -> str:
    total = "" if matched_e6 == sum(q for q, _ in order.fills[:shown]) else f" of {matched_e6} e6 matched"
    return f"{when}: {order.name} is {word}, {shown} of {len(order.fills)} fills shown{total}"


def _early(order: VenueOrder, now: int) -> Iterator[Answer]:
    """What may be said before the bounds are over, beyond what was true and could be said earlier: a stale read of an
    older truth is met as that read at the older time, because nothing that a read needs is ever taken away."""
    yield f"early read: {order.name} not found although it is there", NotFound(now, order.intent_id, now)
    fills = tuple(order.fill(number) for number in range(len(order.fills)))
    closed = order.wire is Wire.CLOSED
    for word in (Reported.TERMINAL, Reported.CERTAIN) if closed else (Reported.LIVE,):
        # The total and its fills may disagree for a while; a terminal word may come before any fill is to be seen.
        shown = {(len(fills), order.matched_e6), (0, order.matched_e6)}
        if word is Reported.TERMINAL:
            shown.add((0, 0))
        for count, matched in sorted(shown):
            fact = _report(order, now, now, word, matched, fills[:count])
            yield _said(order, word, count, matched, "early read"), fact


def _late(order: VenueOrder, now: int) -> Iterator[Answer]:
    fills = tuple(order.fill(number) for number in range(len(order.fills)))
    words = [Reported.LIVE] if order.wire is Wire.LIVE else [Reported.TERMINAL, Reported.CERTAIN]
    for word in words:
        fact = _report(order, now, LATE_MS + now, word, order.matched_e6, fills)
        yield _said(order, word, len(fills), order.matched_e6, "late read"), fact
    if order.wire is Wire.CLOSED and order.matched_e6 == 0:
        # Polymarket shows a killed order nowhere.
        yield f"late read: {order.name} is not found any more", NotFound(now, order.intent_id, LATE_MS + now)


@cache
def answers(order: VenueOrder, crashed: int) -> tuple[Answer, ...]:
    """Every (sentence, fact) that the venue may say of the order now."""
    now = now_ms(crashed)
    if order.wire in AT_VENUE:
        return (*_early(order, now), *_late(order, now))
    said: list[Answer] = [(f"early read: {order.name} not found", NotFound(now, order.intent_id, now))]
    if order.wire is Wire.REFUSED:
        refusal = _report(order, now, now, Reported.CERTAIN, 0, ())
        said.append((f"answer: {order.name} was refused", refusal))
    if order.wire in (Wire.GONE, Wire.REFUSED):
        said.append((f"late read: {order.name} not found", NotFound(now, order.intent_id, LATE_MS + now)))
    return tuple(said)
