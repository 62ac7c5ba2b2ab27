"""The world as data: a list of actions, each with a name, a guard and an effect, which the explorer interprets.

First what happens at venues and on the wire, which the engine does not see; then what it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pairlock import commands as c
from pairlock import facts as f
from pairlock.exposure import reservation_for
from pairlock.lifecycle import CLOSED, S
from pairlock.model import FillStatus, Role
from pairlock_specs.answers import answers, now_ms
from pairlock_specs.offers import RESOLUTIONS, offers
from pairlock_specs.scope import PENDS, terms_of
from pairlock_specs.truth import AT_VENUE, Wire
from pairlock_specs.view import Action, Effect, View

PREPARING = (S.DETECTED, S.GATED, S.LOCKED)
CONTRACT_E6 = 1_000_000
_PENDING, _FINAL, _FAILED = FillStatus.PENDING, FillStatus.FINAL, FillStatus.FAILED

Named = Iterable[tuple[str, Any]]


def orders(view: View) -> Named:
    return ((order.name, number) for number, order in enumerate(view.truth.orders))


def once(view: View) -> Named:
    return (("", None),)


def always(view: View, subject: object) -> bool:
    return True


def on(wire: Wire) -> Callable[[View, int], bool]:
    return lambda view, number: view.order(number).wire is wire


def becomes(wire: Wire) -> Callable[[View, int], Effect]:
    def effect(view: View, number: int) -> Effect:
        return view.truth.with_order(number, view.order(number)._replace(wire=wire)), None

    return effect


def not_written(view: View, number: int) -> Effect:
    truth, _ = becomes(Wire.GONE)(view, number)
    return truth, f.NotSent(view.now, view.order(number).intent_id, "the connection could not be opened")


def market_open(view: View) -> bool:
    return view.truth.resolution == ""


def matches(view: View) -> Named:
    """Whole contracts, and all that is left."""
    for number, order in enumerate(view.truth.orders):
        left = order.left_e6
        for quantity in sorted({*range(CONTRACT_E6, left + 1, CONTRACT_E6), left} - {0}):
            yield f"{quantity} e6 of {order.name}", (number, quantity)


def odd_matches(view: View) -> Named:
    """A millionth of a contract short of all that is left; for a purchase also one above it."""
    for number, order in enumerate(view.truth.orders):
        if order.left_e6 > 1 and PENDS[order.leg]:
            for quantity in (order.left_e6 - 1, order.left_e6 + 1)[: 1 if order.role is Role.SELL else 2]:
                yield f"{quantity} e6 of {order.name}", (number, quantity)


def matched(view: View, subject: tuple[int, int], *, odd: bool = False) -> Effect:
    number, quantity = subject
    order = view.order(number)
    order = order._replace(fills=(*order.fills, (quantity, _PENDING if PENDS[order.leg] else _FINAL)))
    if odd or order.left_e6 == 0:
        order = order._replace(wire=Wire.CLOSED)
    truth = view.truth.with_order(number, order)
    return truth._replace(odd_left=truth.odd_left - int(odd)), None


def pending(view: View) -> Named:
    for number, order in enumerate(view.truth.orders):
        for which, (quantity, status) in enumerate(order.fills):
            if status is _PENDING:
                yield f"{quantity} e6 of {order.name}", (number, which)


def final_as(status: FillStatus) -> Callable[[View, tuple[int, int]], Effect]:
    def effect(view: View, subject: tuple[int, int]) -> Effect:
        number, which = subject
        fills = list(view.order(number).fills)
        fills[which] = (fills[which][0], status)
        return view.truth.with_order(number, view.order(number)._replace(fills=tuple(fills))), None

    return effect


def crash(view: View, _: None) -> Effect:
    """What was not written never will be, and the answers under way are lost; requests in flight stay so."""
    lost = {Wire.DURABLE: Wire.GONE, Wire.REFUSED: Wire.GONE}
    kept = tuple(order._replace(wire=lost.get(order.wire, order.wire)) for order in view.truth.orders)
    truth = view.truth._replace(
        orders=kept, crashed=view.truth.crashed + 1, blows_left=view.truth.blows_left - 1
    )
    return truth, f.Restarted(now_ms(truth.crashed))


def told(make: Callable[[View, Any], f.Fact]) -> Callable[[View, Any], Effect]:
    return lambda view, subject: (view.truth, make(view, subject))


def parts(view: View) -> Named:
    return ((part.name, number) for number, part in enumerate(view.scope.parts))


def gated(view: View, number: int) -> Effect:
    """What the part still allows to happen begins to count here; a kill or a crash before needs no budget."""
    part = view.scope.parts[number]
    truth = view.truth._replace(
        part=number,
        blows_left=part.blows,
        alarms_left=part.alarms,
        grants_left=part.grants,
        odd_left=part.odd,
    )
    return truth, f.GatesJudged(view.now, True, terms_of(part))


def reserved(view: View, _: None) -> f.Fact:
    terms = view.shell.terms
    return f.LocksJudged(view.now, reservation_for(terms) if terms else None)


def reports(view: View) -> Named:
    for order in view.truth.orders:
        if view.stands(c.FollowOrder(order.intent_id)):
            yield from answers(order, view.truth.crashed)


def resolutions(view: View) -> Named:
    return ((words, words) for words in view.part.resolutions)


def payout_read(view: View, leg: int) -> f.Fact:
    return f.LegResolved(view.now, leg, RESOLUTIONS[view.truth.resolution][leg])


def legs(view: View) -> Named:
    return (("leg 0", 0), ("leg 1", 1))


def books(view: View) -> Named:
    return offers(view.now, view.part.routes, view.part.depths)


def books_wanted(view: View, _: object) -> bool:
    return view.stands(c.ReadExitBooks(slow=False)) or view.stands(c.ReadExitBooks(slow=True))


def deadline_set(view: View, _: None) -> bool:
    return any(isinstance(command, c.WakeAt) for command in view.shell.commands)


def killed(view: View, _: None) -> Effect:
    truth = view.truth._replace(killed=True, blows_left=view.truth.blows_left - 1)
    return truth, f.Killed(view.now)


def overdue(view: View, number: int) -> Effect:
    truth = view.truth._replace(alarms_left=view.truth.alarms_left - 1)
    return truth, f.FinalityOverdue(view.now, view.order(number).intent_id)


def may_strike(view: View, left: int) -> bool:
    """Whether a kill or a crash may come now; before the gates it always may."""
    if view.truth.part < 0:
        return view.shell.state not in CLOSED
    return view.shell.state not in CLOSED and view.truth.blows_left > 0 and left > 0


def granted(view: View, _: None) -> Effect:
    truth = view.truth._replace(grants_left=view.truth.grants_left - 1)
    return truth, f.Granted(view.now, 1, (2_000_000, 2_000_000), 2_000_000, "operator", 9_900, 0)


def _id(view: View, number: int) -> str:
    return view.order(number).intent_id


# fmt: off
ACTIONS: tuple[Action, ...] = (
    # At the venues and on the wire.
    Action("the request of {} is written", orders, on(Wire.DURABLE), becomes(Wire.FLIGHT)),
    Action("no byte of {} was written", orders, on(Wire.DURABLE), not_written),
    Action("{} arrives and is accepted", orders,
           lambda v, n: v.order(n).wire is Wire.FLIGHT and market_open(v), becomes(Wire.LIVE), ours=False),
    Action("{} arrives and is refused", orders, on(Wire.FLIGHT), becomes(Wire.REFUSED), ours=False),
    Action("{} is lost before it arrives", orders, on(Wire.FLIGHT), becomes(Wire.GONE)),
    Action("match: {}", matches,
           lambda v, s: v.order(s[0]).wire is Wire.LIVE and market_open(v), matched, ours=False),
    Action("odd match: {}", odd_matches,
           lambda v, s: v.order(s[0]).wire is Wire.LIVE and market_open(v) and v.truth.odd_left > 0,
           lambda v, s: matched(v, s, odd=True), ours=False),
    Action("the venue ends {}", orders, on(Wire.LIVE), becomes(Wire.CLOSED), ours=False),
    Action("our cancel ends {}", orders,
           lambda v, n: v.order(n).wire is Wire.LIVE and v.stands(c.CancelOrder(_id(v, n))), becomes(Wire.CLOSED)),
    Action("final: {}", pending, always, final_as(_FINAL)),
    Action("failed: {}", pending, always, final_as(_FAILED)),
    Action("the markets resolve: {}", resolutions,
           lambda v, _: market_open(v) and v.stands(c.WatchResolution(0)) and v.stands(c.WatchResolution(1)),
           lambda v, words: (v.truth._replace(resolution=words), None), ours=False),
    # What the engine is told.
    Action("the gates pass: {}", parts, lambda v, _: v.stands(c.JudgeGates()), gated),
    Action("a gate refuses", once, lambda v, _: v.stands(c.JudgeGates()),
           told(lambda v, _: f.GatesJudged(v.now, False, None, "refused"))),
    Action("both reservations are durable", once, lambda v, _: v.stands(c.ReserveBoth()), told(reserved)),
    Action("a reservation is refused", once, lambda v, _: v.stands(c.ReserveBoth()),
           told(lambda v, _: f.LocksJudged(v.now, None, "refused"))),
    Action("the market still holds", once, lambda v, _: v.stands(c.VerifyEntry()),
           told(lambda v, _: f.EntryVerified(v.now, True))),
    Action("the market moved", once, lambda v, _: v.stands(c.VerifyEntry()),
           told(lambda v, _: f.EntryVerified(v.now, False, "moved"))),
    Action("a breaker aborts", once, lambda v, _: v.shell.state in PREPARING,
           told(lambda v, _: f.Aborted(v.now, "breaker"))),
    Action("{}", reports, always, told(lambda v, fact: fact)),
    Action("an answer with no order in it, for {}", orders, lambda v, n: v.stands(c.FollowOrder(_id(v, n))),
           told(lambda v, n: f.OutcomeUnknown(v.now, _id(v, n), "no order in it"))),
    Action("the cancel of {} is acknowledged", orders,
           lambda v, n: v.order(n).wire in AT_VENUE and v.stands(c.CancelOrder(_id(v, n))),
           told(lambda v, n: f.CancelAcked(v.now, _id(v, n)))),
    Action("the deadline passes", once, deadline_set, told(lambda v, _: f.DeadlinePassed(v.now))),
    Action("{} is overdue", orders,
           lambda v, n: v.truth.alarms_left > 0 and v.stands(c.WatchOverdue(_id(v, n))), overdue),
    Action("the payout of {} is read", legs,
           lambda v, leg: not market_open(v) and v.stands(c.WatchResolution(leg)), told(payout_read)),
    Action("books: {}", books, books_wanted, told(lambda v, fact: fact)),
    Action("an operator grants one more exit", once,
           lambda v, _: v.shell.state is S.STUCK and v.truth.grants_left > 0, granted),
    Action("kill", once, lambda v, _: may_strike(v, v.part.kills - v.truth.killed), killed),
    Action("crash and restart", once, lambda v, _: may_strike(v, v.part.crashes - v.truth.crashed), crash),
)
# fmt: on
