"""What a venue may say of one order, given the truth about it: every answer and read that fault model F allows.

Time is two words. *Early*: before the bounds of F are over, when a read may be stale in any way: not found although
it is there, live although it is closed, fills that are missing, a total without its fills. *Late*: after them, when
a read is exhaustive; the world allows it only once the request has arrived or is gone for good. A restart begins a
new early (its times are larger than all bounds counted from before it).

Early reads say no more than what could not be said earlier: a stale read of an older truth is met as that read at the
older time, because nothing that a read needs is ever taken away.
"""

from __future__ import annotations

from functools import cache

from attrs import frozen

from pairlock.facts import Fact, NotFound, OrderReport, Reported
from pairlock_specs.conditions import order_holds
from pairlock_specs.truth import AT_VENUE, VenueOrder, Wire
from pairlock_specs.vocabulary import HasFills, OrderCondition, WireIs

RESTART_MS = 1_000_000  # beyond every bound that began before the restart
LATE_MS = 1_000_000_000_000


def now_ms(crashed: int) -> int:
    """The time of everything early: 0, and after each crash a time beyond all bounds that began before it."""
    return crashed * RESTART_MS


@frozen
class Answer:
    """``reported``: the venue's word; None: it does not find the order. ``late``: when the read began.

    ``fills``: whether the order's fills are shown; ``total``: whether what it matched in all is named.
    """

    ident: str
    sentence: str
    when: tuple[OrderCondition, ...]
    reported: Reported | None = None
    late: bool = False
    fills: bool = False
    total: bool = False


_LIVE, _CLOSED, _THERE = WireIs((Wire.LIVE,)), WireIs((Wire.CLOSED,)), WireIs(AT_VENUE)
_NOT_THERE = WireIs((Wire.DURABLE, Wire.FLIGHT, Wire.GONE, Wire.REFUSED))
_REFUSED, _NEVER = WireIs((Wire.REFUSED,)), WireIs((Wire.GONE, Wire.REFUSED))
_FILLED, _UNFILLED = HasFills(), HasFills(no=True)
_L, _T, _C = Reported.LIVE, Reported.TERMINAL, Reported.CERTAIN
_SHOWN = "{shown} of {count} fills shown"
_TOTAL = "0 of {count} fills shown of {matched} e6 matched"
_NONE = "0 of {count} fills shown"

# fmt: off
ANSWERS: tuple[Answer, ...] = (
    # Early, of an order that is at the venue. The total and its fills may disagree for a while; a terminal word may
    # come before any fill is to be seen.
    Answer("EarlyMissed", "early read: {} not found although it is there", (_THERE,)),
    Answer("EarlyLiveTotal", "early read: {} is live, " + _TOTAL, (_LIVE, _FILLED), _L, total=True),
    Answer("EarlyLive", "early read: {} is live, " + _SHOWN, (_LIVE,), _L, fills=True, total=True),
    Answer("EarlyTerminalBare", "early read: {} is terminal, " + _NONE, (_CLOSED, _FILLED), _T),
    Answer("EarlyTerminalTotal", "early read: {} is terminal, " + _TOTAL, (_CLOSED, _FILLED), _T, total=True),
    Answer("EarlyTerminal", "early read: {} is terminal, " + _SHOWN, (_CLOSED,), _T, fills=True, total=True),
    Answer("EarlyCertainTotal", "early read: {} is certain, " + _TOTAL, (_CLOSED, _FILLED), _C, total=True),
    Answer("EarlyCertain", "early read: {} is certain, " + _SHOWN, (_CLOSED,), _C, fills=True, total=True),
    # Late: exhaustive.
    Answer("LateLive", "late read: {} is live, " + _SHOWN, (_LIVE,), _L, late=True, fills=True, total=True),
    Answer("LateTerminal", "late read: {} is terminal, " + _SHOWN, (_CLOSED,), _T, late=True, fills=True, total=True),
    Answer("LateCertain", "late read: {} is certain, " + _SHOWN, (_CLOSED,), _C, late=True, fills=True, total=True),
    # Polymarket shows a killed order nowhere.
    Answer("LateVanished", "late read: {} is not found any more", (_CLOSED, _UNFILLED), late=True),
    # Of an order that is not at the venue.
    Answer("EarlyAbsent", "early read: {} not found", (_NOT_THERE,)),
    Answer("Refusal", "answer: {} was refused", (_REFUSED,), _C),
    Answer("LateAbsent", "late read: {} not found", (_NEVER,), late=True),
)
# fmt: on


def _fact(rule: Answer, order: VenueOrder, now: int) -> Fact:
    asked = LATE_MS + now if rule.late else now
    if rule.reported is None:
        return NotFound(now, order.intent_id, asked)
    matched = order.matched_e6 if rule.total else 0
    fills = tuple(order.fill(number) for number in range(len(order.fills))) if rule.fills else ()
    return OrderReport(now, order.intent_id, asked, rule.reported, matched, fills)


@cache
def spoken(order: VenueOrder, crashed: int) -> tuple[tuple[str, Answer, Fact], ...]:
    """Every (sentence, rule, fact) that the venue may say of the order now."""
    count = len(order.fills)
    return tuple(
        (
            rule.sentence.format(order.name, shown=count, count=count, matched=order.matched_e6),
            rule,
            _fact(rule, order, now_ms(crashed)),
        )
        for rule in ANSWERS
        if all(order_holds(term, order) for term in rule.when)
    )


@cache
def answers(order: VenueOrder, crashed: int) -> tuple[tuple[str, Fact], ...]:
    """Every (sentence, fact) that the venue may say of the order now."""
    return tuple((sentence, fact) for sentence, _, fact in spoken(order, crashed))
