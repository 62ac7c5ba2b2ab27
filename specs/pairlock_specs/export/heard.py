"""What the engine hears, as a plain word with its particulars: the same fact as the explorer's, without its ids.

An export prints how each word is made from the truth; the engine's answer to it is looked up in a table. Nothing
else of the truth may get into a word than what the fact itself says.
"""

from __future__ import annotations

from typing import NamedTuple

from pairlock_specs.answers import Answer
from pairlock_specs.conditions import Subject
from pairlock_specs.offers import offers
from pairlock_specs.truth import VenueOrder
from pairlock_specs.view import View
from pairlock_specs.vocabulary import Word

NOT_FOUND = "not_found"
ABOUT_AN_ORDER = frozenset({Word.NOT_SENT, Word.OUTCOME_UNKNOWN, Word.CANCEL_ACKED, Word.OVERDUE})

# An order as it was sent: id, leg, role, size in e2, limit in e4.
Spec = tuple[str, int, str, int, int]


def spec_of(order: VenueOrder) -> Spec:
    """What was asked for, without what became of it."""
    return order.intent_id, order.leg, str(order.role), order.size_e2, order.limit_e4


class Heard(NamedTuple):
    """``crashed`` dates it. ``spec``: the order it is about; ``number``: a part or leg; ``words``: how the markets
    resolved, or what books offer; the rest is what a read says: ``total`` in e6, ``fills`` as (e6, status)."""

    word: str
    crashed: int
    spec: Spec | None = None
    number: int = -1
    words: str = ""
    late: bool = False
    total: int = 0
    fills: tuple[tuple[int, str], ...] = ()


def heard(word: Word, view: View, subject: Subject) -> Heard:
    """The word that is told; ``view`` is the one after the action's effects."""
    crashed = view.truth.crashed
    if word in ABOUT_AN_ORDER:
        return Heard(word.name, crashed, spec_of(view.truth.orders[subject.order]))
    if word is Word.ANSWER:
        return _answer(subject.item[0], view.truth.orders[subject.order], crashed)
    if word is Word.GATES_PASSED:
        return Heard(word.name, crashed, number=subject.item)
    if word is Word.PAYOUT:
        return Heard(word.name, crashed, number=subject.item, words=view.truth.resolution)
    if word is Word.BOOKS:
        words, _ = offers(view.now, view.part.routes, view.part.depths)[subject.item]
        return Heard(word.name, crashed, words=words)
    return Heard(word.name, crashed)


def _answer(rule: Answer, order: VenueOrder, crashed: int) -> Heard:
    word = NOT_FOUND if rule.reported is None else str(rule.reported)
    total = order.matched_e6 if rule.total else 0
    fills = tuple((quantity, str(status)) for quantity, status in order.fills) if rule.fills else ()
    return Heard(word, crashed, spec_of(order), late=rule.late, total=total, fills=fills)
