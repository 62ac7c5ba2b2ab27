"""A journalled fact in words: which order it is about, what the venue said, what was learnt. Pure."""

from __future__ import annotations

from attrs import frozen

from pairlock.audit.words import LEGS, contracts, dollars, price, safe, size, span
from pairlock.book import Book
from pairlock.facts import (
    Aborted,
    CancelAcked,
    DeadlinePassed,
    EntryVerified,
    ExitBooksRead,
    Fact,
    FinalityOverdue,
    GatesJudged,
    Granted,
    Killed,
    LegResolved,
    LocksJudged,
    NotFound,
    NotSent,
    OrderReport,
    OutcomeUnknown,
    Reported,
)
from pairlock.lifecycle import OS
from pairlock.model import Fill, NoExit, Order, Trade
from pairlock.units import size_to_fill_e6

_REPORTED = {
    Reported.LIVE: "it may still fill",
    Reported.TERMINAL: "it is done, fills may still appear",
    Reported.CERTAIN: "it can fill no more",
}


@frozen
class Told:
    """A fact and the trade's value before and after it. ``began_ms``: when the trade was detected."""

    before: Trade
    after: Trade
    began_ms: int

    def venue(self, leg: int) -> str:
        return (self.after.opportunity.platform_a, self.after.opportunity.platform_b)[leg]

    def order(self, intent_id: str) -> Order | None:
        return self.after.order(intent_id)

    def name(self, intent_id: str) -> str:
        order = self.order(intent_id)
        return short_name(order) if order is not None else safe(intent_id)

    def where(self, intent_id: str) -> str:
        order = self.order(intent_id)
        return self.venue(order.leg) if order is not None else "a venue"


def short_name(order: Order) -> str:
    """``A0``: the leg, and how many orders of the trade came before. The intent's id ends in the same two."""
    return f"{LEGS[order.leg]}{order.intent_id.rpartition('.')[2]}"


def because(reason: str) -> str:
    return f": {safe(reason)}" if reason else ""


def _fill(fill: Fill, before: Order | None) -> str:
    known = before is not None and any(each.fill_id == fill.fill_id for each in before.fills)
    fee = f" + fee {dollars(fill.fee_micros)}" if fill.fee_micros else ""
    now = "now " if known else ""
    return f"{contracts(fill.qty_e6)} for {dollars(fill.cost_micros)}{fee} ({now}{fill.status})"


def _report(fact: OrderReport, told: Told) -> str:
    before, after = told.before.order(fact.intent_id), told.order(fact.intent_id)
    known = set(before.fills) if before is not None else set()
    news = [fill for fill in (after.fills if after is not None else fact.fills) if fill not in known]
    whole = f" of {contracts(size_to_fill_e6(after.size_e2))}" if after is not None else ""
    said = f"{told.where(fact.intent_id)} on {told.name(fact.intent_id)}: {_REPORTED[fact.reported]}; "
    said += f"{contracts(fact.matched_e6)}{whole} matched" if fact.matched_e6 else "nothing matched"
    if news:
        said += "; fill " + ", ".join(_fill(fill, before) for fill in news)
    return said + because(fact.reason)


def _not_found(fact: NotFound, told: Told) -> str:
    order = told.order(fact.intent_id)
    said = f"{told.where(fact.intent_id)} names {told.name(fact.intent_id)} in neither orders nor fills"
    if order is not None and order.state is OS.FINAL:
        return f"{said}, and it can no longer arrive: it never was"
    return f"{said}, which is not yet zero"


def _book(book: Book | None, outcome: str) -> str:
    if book is None:
        return "route shut"
    sides = []
    for side, levels in (("bid", book.bids_of(outcome)), ("ask", book.asks_of(outcome))):
        best = f"{price(levels[0][0])} x {size(levels[0][1])}" if levels else "none"
        sides.append(f"{side} {best}")
    return " ".join(sides)


def _books(fact: ExitBooksRead, told: Told) -> str:
    terms = told.after.terms
    parts = []
    for leg, book in enumerate(fact.books):
        outcome = str(terms.legs[leg].outcome) if terms is not None else ("yes", "no")[leg]
        parts.append(f"{LEGS[leg]} {outcome.upper()} {_book(book, outcome)}")
    said = "books for an exit: " + "; ".join(parts)
    if isinstance(told.after.exit, NoExit):
        said += f"; no exit now ({told.after.exit.cause}): {told.after.exit.detail}"
    return said


def _gates(fact: GatesJudged) -> str:
    terms = fact.terms
    if not fact.passed or terms is None:
        return f"a gate refused{because(fact.reason)}"
    plan = str(terms.plan).replace("_", " ")
    return (
        f"every gate passed: {size(terms.size_e2)} contracts, {plan}, {LEGS[terms.first_leg]} first, "
        f"{dollars(terms.promised_micros)} promised"
    )


def _locks(fact: LocksJudged, told: Told) -> str:
    kept = fact.reservation
    if kept is None:
        return f"the reservations were refused{because(fact.reason)}"
    cash = " and ".join(f"{dollars(kept.cash_micros[leg])} on {told.venue(leg)}" for leg in (0, 1))
    return f"reserved {cash}; exits may lose {dollars(kept.exit_loss_micros)}"


def _resolved(fact: LegResolved, told: Told) -> str:
    terms = told.after.terms
    outcome = str(terms.legs[fact.leg].outcome).upper() if terms is not None else LEGS[fact.leg]
    kind = "" if fact.payout.kind == "normal" else f" ({safe(fact.payout.kind)})"
    return f"{told.venue(fact.leg)} resolved: {outcome} pays {price(fact.payout.per_contract_e4)}{kind}"


def _granted(fact: Granted) -> str:
    cash = " / ".join(dollars(micros) for micros in fact.cash_micros)
    return (
        f"{safe(fact.operator)} grants {fact.attempts} more exit attempts, cash {cash}, loss "
        f"{dollars(fact.exit_loss_micros)}, buying to {price(fact.dearest_buy_e4)}, "
        f"selling from {price(fact.cheapest_sale_e4)}"
    )


def _of_order(fact: NotSent | OutcomeUnknown | CancelAcked | FinalityOverdue, told: Told) -> str:
    name, where = told.name(fact.intent_id), told.where(fact.intent_id)
    if isinstance(fact, NotSent):
        return f"{name} was never written to {where}{because(fact.reason)}"
    if isinstance(fact, OutcomeUnknown):
        return f"what became of {name} at {where} is unknown{because(fact.reason)}"
    if isinstance(fact, CancelAcked):
        return f"{where} acknowledged the cancel of {name}, fills may still appear"
    return f"{name} at {where} is neither known nor final for longer than the alarm allows"


def said(fact: Fact, told: Told) -> str:
    """The fact as one line for a person."""
    if isinstance(fact, GatesJudged):
        return _gates(fact)
    if isinstance(fact, LocksJudged):
        return _locks(fact, told)
    if isinstance(fact, EntryVerified):
        return f"both books read again: {'still good' if fact.ok else safe(fact.reason)}"
    if isinstance(fact, Aborted):
        return f"aborted before anything was sent{because(fact.reason)}"
    if isinstance(fact, Killed):
        return "an operator's kill"
    if isinstance(fact, DeadlinePassed):
        return f"the deadline passed, {span(fact.at_ms - told.began_ms)} after detection"
    if isinstance(fact, OrderReport):
        return _report(fact, told)
    if isinstance(fact, NotFound):
        return _not_found(fact, told)
    if isinstance(fact, LegResolved):
        return _resolved(fact, told)
    if isinstance(fact, ExitBooksRead):
        return _books(fact, told)
    if isinstance(fact, Granted):
        return _granted(fact)
    if isinstance(fact, NotSent | OutcomeUnknown | CancelAcked | FinalityOverdue):
        return _of_order(fact, told)
    return "the engine restarted: every open order is read to its end again"
