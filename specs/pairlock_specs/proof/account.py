"""Many trades on one account, on the shipped ledger's own arithmetic: ``_posted``, ``adjust`` and the buckets.

A trade's part is its posting. Each lemma is about one step with any sums of all other trades, so that the sums hold for
any number of trades, by induction over the steps. That a step is of this kind is the claims 13-risk-only-falls and
14-free-never-falls; that a reservation is, ``lock_refusal``, whose bounds a test holds to the same inequalities.
"""

from __future__ import annotations

from collections.abc import Callable

import z3

from pairlock.ledger import Account, Ledger, Posting, _posted, adjust

_FIELDS = "held_micros spent_micros receivable_micros net_in_micros".split()


def _ints(prefix: str, count: int) -> list[z3.ArithRef]:
    return [z3.Int(f"{prefix}{number}") for number in range(count)]


def _account() -> Account:
    deposits, held, spent, receivable, net_in = _ints("account", 5)
    return Account(deposits, held, spent, receivable, net_in)


def _posting(prefix: str) -> Posting:
    held, spent, receivable, net_in = _ints(prefix, 4)
    return Posting(held, spent, receivable, net_in)


def _balanced(a: Account) -> z3.BoolRef:
    return (
        a.free_micros + a.held_micros + a.spent_micros + a.receivable_micros
        == a.deposits_micros + a.net_in_micros + a.receivable_micros
    )


def conserved() -> z3.BoolRef:
    """A posting changes each bucket by the difference of the two postings, and nothing else."""
    before, old, new = _account(), _posting("old"), _posting("new")
    after = _posted(before, old, new)
    moved = [getattr(after, f) - getattr(before, f) == getattr(new, f) - getattr(old, f) for f in _FIELDS]
    return z3.And(_balanced(after), after.deposits_micros == before.deposits_micros, *moved)


def none_negative() -> z3.BoolRef:
    """Buckets that are sums of postings stay so, and so stay not negative: with r the sum over all other trades."""
    before, old, new = _account(), _posting("old"), _posting("new")
    rest = _posting("rest")
    after = _posted(before, old, new)
    buckets = _FIELDS[:3]
    sums = [getattr(before, f) == getattr(rest, f) + getattr(old, f) for f in buckets]
    positive = [getattr(p, f) >= 0 for p in (rest, new) for f in buckets]
    return z3.Implies(z3.And(*sums, *positive), z3.And(*(getattr(after, f) >= 0 for f in buckets)))


def _debit(p: Posting) -> z3.ArithRef:
    return p.held_micros + p.spent_micros - p.net_in_micros


def free_kept() -> z3.BoolRef:
    """A step that does not raise its trade's debit by more than a declared deficit lowers free cash by no more."""
    before, old, new = _account(), _posting("old"), _posting("new")
    deficit = z3.Int("deficit")
    given = z3.And(before.free_micros >= 0, deficit >= 0, _debit(new) <= _debit(old) + deficit)
    return z3.Implies(given, _posted(before, old, new).free_micros >= -deficit)


def reserve_kept() -> z3.BoolRef:
    """A reservation that ``lock_refusal`` grants leaves the repair reserve free."""
    before, wanted, reserve = _account(), z3.Int("wanted"), z3.Int("reserve")
    new = Posting(wanted, 0, 0, 0)
    given = z3.And(wanted >= 0, reserve >= 0, wanted <= before.free_micros - reserve)
    return z3.Implies(given, _posted(before, Posting(), new).free_micros >= reserve)


def cap_kept() -> z3.BoolRef:
    """Risk over all accounts: a reservation within the cap stays within it, a step that lowers risk as well."""
    before, old, new = _account(), _posting("old"), _posting("new")
    elsewhere, cap, wanted = z3.Ints("elsewhere cap wanted")

    def risk(a: Account) -> z3.ArithRef:
        return elsewhere + a.held_micros + a.spent_micros

    falls = new.held_micros + new.spent_micros <= old.held_micros + old.spent_micros
    stepped = z3.Implies(z3.And(risk(before) <= cap, falls), risk(_posted(before, old, new)) <= cap)
    reserved = _posted(before, Posting(), Posting(wanted, 0, 0, 0))
    return z3.And(stepped, z3.Implies(risk(before) + wanted <= cap, risk(reserved) <= cap))


def adjusted() -> z3.BoolRef:
    """A deposit or withdrawal moves free cash by itself and nothing else."""
    before, amount = _account(), z3.Int("amount")
    after = adjust(Ledger({"venue": before}, {}), "venue", amount).accounts["venue"]
    same = [getattr(after, f) == getattr(before, f) for f in _FIELDS]
    return z3.And(_balanced(after), after.free_micros == before.free_micros + amount, *same)


NAMES: dict[str, Callable[[], z3.BoolRef]] = {
    "a posting conserves every bucket": conserved,
    "no bucket of any number of trades is negative": none_negative,
    "a step lowers free cash by no more than a declared deficit": free_kept,
    "a reservation leaves the repair reserve free": reserve_kept,
    "risk over all trades stays within the cap": cap_kept,
    "an adjustment moves free cash alone": adjusted,
}


def unproved(name: str, goal: z3.BoolRef, timeout_ms: int = 20_000) -> list[str]:
    """Why the goal is not valid; nothing if it is. What z3 does not decide counts as not proved."""
    solver = z3.Solver()
    solver.set("timeout", timeout_ms)
    solver.add(z3.Not(goal))
    answer = solver.check()
    if answer == z3.unsat:
        return []
    return [f"{name}: {'undecided' if answer == z3.unknown else f'counterexample {solver.model()}'}"]


def broken() -> list[str]:
    """The lemmas that do not hold."""
    return [words for name, goal in NAMES.items() for words in unproved(name, goal())]
