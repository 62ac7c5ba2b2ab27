"""How the subject of an action is called in the exports' sentences."""

from __future__ import annotations

from pairlock_specs.answers import Answer
from pairlock_specs.vocabulary import Over

_CALLED = {
    Over.ORDERS: "order i",
    Over.MATCHES: "x e6 of order i",
    Over.ODD_MATCHES: "x e6 of order i",
    Over.PENDING: "fill x of order i",
    Over.PARTS: "part x",
    Over.LEGS: "leg x",
}


def about(over: Over) -> str:
    """The subject in words."""
    return _CALLED.get(over, "x")


def answered_about(rule: Answer) -> str:
    """The answer's sentence, of any order."""
    return rule.sentence.format("order i", shown="all", count="its", matched="all")
