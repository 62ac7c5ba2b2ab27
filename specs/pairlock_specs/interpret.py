"""The explorer's interpreter of the world: what every subject, effect and word of the vocabulary means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pairlock import facts as f
from pairlock.commands import FollowOrder
from pairlock.exposure import reservation_for
from pairlock.model import FillStatus, Role
from pairlock_specs import vocabulary as v
from pairlock_specs.answers import Answer, spoken
from pairlock_specs.conditions import Subject
from pairlock_specs.offers import RESOLUTIONS, offers
from pairlock_specs.scope import PENDS, terms_of
from pairlock_specs.truth import Truth, Wire
from pairlock_specs.view import View

CONTRACT_E6 = 1_000_000
Named = Iterator[tuple[str, Subject]]

# Subjects: (words, subject) pairs.


def _orders(view: View) -> Named:
    for number, order in enumerate(view.truth.orders):
        yield order.name, Subject(number)


def _matches(view: View) -> Named:
    for number, order in enumerate(view.truth.orders):
        left = order.left_e6
        for quantity in sorted({*range(CONTRACT_E6, left + 1, CONTRACT_E6), left} - {0}):
            yield f"{quantity} e6 of {order.name}", Subject(number, quantity)


def _odd_matches(view: View) -> Named:
    for number, order in enumerate(view.truth.orders):
        if order.left_e6 > 1 and PENDS[order.leg]:
            for quantity in (order.left_e6 - 1, order.left_e6 + 1)[: 1 if order.role is Role.SELL else 2]:
                yield f"{quantity} e6 of {order.name}", Subject(number, quantity)


def _pending(view: View) -> Named:
    for number, order in enumerate(view.truth.orders):
        for which, (quantity, status) in enumerate(order.fills):
            if status is FillStatus.PENDING:
                yield f"{quantity} e6 of {order.name}", Subject(number, which)


def _answers(view: View) -> Named:
    for number, order in enumerate(view.truth.orders):
        if FollowOrder(order.intent_id) in view.shell.commands:
            for sentence, rule, fact in spoken(order, view.truth.crashed):
                yield sentence, Subject(number, (rule, fact))


def _books(view: View) -> Named:
    for number, (words, _) in enumerate(offers(view.now, view.part.routes, view.part.depths)):
        yield words, Subject(item=number)


SUBJECTS: dict[v.Over, Callable[[View], Named]] = {
    v.Over.ONCE: lambda view: iter((("", Subject()),)),
    v.Over.ORDERS: _orders,
    v.Over.MATCHES: _matches,
    v.Over.ODD_MATCHES: _odd_matches,
    v.Over.PENDING: _pending,
    v.Over.PARTS: lambda view: (
        (part.name, Subject(item=number)) for number, part in enumerate(view.scope.parts)
    ),
    v.Over.RESOLUTIONS: lambda view: ((words, Subject(item=words)) for words in view.part.resolutions),
    v.Over.LEGS: lambda view: iter((("leg 0", Subject(item=0)), ("leg 1", Subject(item=1)))),
    v.Over.BOOKS: _books,
    v.Over.ANSWERS: _answers,
}


# Effects on the truth. ``truth`` is what earlier effects of the same action left.


def _set_wire(effect: v.SetWire, _: View, truth: Truth, subject: Subject) -> Truth:
    return truth.with_order(subject.order, truth.orders[subject.order]._replace(wire=effect.wire))


def _rewire(effect: v.Rewire, _: View, truth: Truth, __: Subject) -> Truth:
    kept = (order._replace(wire=effect.new) if order.wire is effect.old else order for order in truth.orders)
    return truth._replace(orders=tuple(kept))


def _add_fill(_: v.AddFill, __: View, truth: Truth, subject: Subject) -> Truth:
    order = truth.orders[subject.order]
    status = FillStatus.PENDING if PENDS[order.leg] else FillStatus.FINAL
    return truth.with_order(subject.order, order._replace(fills=(*order.fills, (subject.item, status))))


def _close_if_full(_: v.CloseIfFull, __: View, truth: Truth, subject: Subject) -> Truth:
    order = truth.orders[subject.order]
    return truth.with_order(subject.order, order if order.left_e6 else order._replace(wire=Wire.CLOSED))


def _settle_fill(effect: v.SettleFill, _: View, truth: Truth, subject: Subject) -> Truth:
    order = truth.orders[subject.order]
    fills = list(order.fills)
    fills[subject.item] = (fills[subject.item][0], effect.status)
    return truth.with_order(subject.order, order._replace(fills=tuple(fills)))


def _pick_part(_: v.PickPart, view: View, truth: Truth, subject: Subject) -> Truth:
    part = view.scope.parts[subject.item]
    return truth._replace(
        part=subject.item,
        blows_left=part.blows,
        alarms_left=part.alarms,
        grants_left=part.grants,
        odd_left=part.odd,
    )


def _spend(effect: v.Spend, _: View, truth: Truth, __: Subject) -> Truth:
    return truth._replace(**{effect.counter.value: getattr(truth, effect.counter) - 1})


CHANGES: dict[type, Callable[[Any, View, Truth, Subject], Truth]] = {
    v.SetWire: _set_wire,
    v.Rewire: _rewire,
    v.AddFill: _add_fill,
    v.CloseIfFull: _close_if_full,
    v.SettleFill: _settle_fill,
    v.Resolve: lambda _, __, truth, subject: truth._replace(resolution=subject.item),
    v.PickPart: _pick_part,
    v.MarkKilled: lambda _, __, truth, ___: truth._replace(killed=True),
    v.CountCrash: lambda _, __, truth, ___: truth._replace(crashed=truth.crashed + 1),
    v.Spend: _spend,
}


# Words: each makes the fact that the engine hears. The view is the one after the effects.


def _reserved(view: View, _: Subject) -> f.Fact:
    terms = view.shell.terms
    return f.LocksJudged(view.now, reservation_for(terms) if terms else None)


def _payout(view: View, subject: Subject) -> f.Fact:
    return f.LegResolved(view.now, subject.item, RESOLUTIONS[view.truth.resolution][subject.item])


def _books_read(view: View, subject: Subject) -> f.Fact:
    _, fact = offers(view.now, view.part.routes, view.part.depths)[int(subject.item)]
    return fact


def _answered(view: View, subject: Subject) -> f.Fact:
    said: tuple[Answer, f.Fact] = subject.item
    return said[1]


def _of(view: View, subject: Subject) -> str:
    return view.truth.orders[subject.order].intent_id


FACTS: dict[v.Word, Callable[[View, Subject], f.Fact]] = {
    v.Word.GATES_PASSED: lambda view, _: f.GatesJudged(view.now, True, terms_of(view.part)),
    v.Word.GATES_REFUSED: lambda view, _: f.GatesJudged(view.now, False, None, "refused"),
    v.Word.RESERVED: _reserved,
    v.Word.RESERVE_REFUSED: lambda view, _: f.LocksJudged(view.now, None, "refused"),
    v.Word.ENTRY_HOLDS: lambda view, _: f.EntryVerified(view.now, True),
    v.Word.ENTRY_MOVED: lambda view, _: f.EntryVerified(view.now, False, "moved"),
    v.Word.ABORTED: lambda view, _: f.Aborted(view.now, "breaker"),
    v.Word.KILLED: lambda view, _: f.Killed(view.now),
    v.Word.RESTARTED: lambda view, _: f.Restarted(view.now),
    v.Word.NOT_SENT: lambda view, s: f.NotSent(view.now, _of(view, s), "the connection could not be opened"),
    v.Word.OUTCOME_UNKNOWN: lambda view, s: f.OutcomeUnknown(view.now, _of(view, s), "no order in it"),
    v.Word.CANCEL_ACKED: lambda view, s: f.CancelAcked(view.now, _of(view, s)),
    v.Word.OVERDUE: lambda view, s: f.FinalityOverdue(view.now, _of(view, s)),
    v.Word.DEADLINE: lambda view, _: f.DeadlinePassed(view.now),
    v.Word.PAYOUT: _payout,
    v.Word.BOOKS: _books_read,
    v.Word.GRANTED: lambda view, _: f.Granted(
        view.now, 1, (2_000_000, 2_000_000), 2_000_000, "operator", 9_900, 0
    ),
    v.Word.ANSWER: _answered,
}


def done(effects: tuple[v.Effect, ...], view: View, subject: Any) -> tuple[View, f.Fact | None]:
    """The view after every effect in turn, and what the engine is told, if anything."""
    truth, word = view.truth, None
    for effect in effects:
        if type(effect) is v.Tell:
            word = effect.word
        else:
            truth = CHANGES[type(effect)](effect, view, truth, subject)
    if truth is not view.truth:
        view = View(truth, view.shell, view.scope)
    return view, None if word is None else FACTS[word](view, subject)
