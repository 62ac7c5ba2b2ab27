"""Bugs that the tests of the whole engine found, each by name with what it did."""

from __future__ import annotations

from pairlock.facts import NotFound, OrderReport, Reported
from pairlock.lifecycle import OS
from pairlock.model import Order, Role
from pairlock.orders import absorb_order
from trade_kit import terms_of

TERMS = terms_of()


OPEN = Order("t.0.0", 0, Role.ENTRY, 100, 5_000, 1_000, 11_000, OS.OPEN)


def terminal(asked_at_ms: int, at_ms: int) -> OrderReport:
    return OrderReport(at_ms, "t.0.0", asked_at_ms, Reported.TERMINAL, 0, ())


def test_a_terminal_word_counts_from_when_it_was_heard_not_from_when_it_was_asked_for() -> None:
    """A read that was under way for 1.5 s may tell of a cancel at its end: a fill may follow for fill_lag_ms after it,
    and be readable read_lag_ms later. Counted from the question, the order was FINAL while its fill could appear."""
    after = absorb_order(OPEN, terminal(asked_at_ms=10_000, at_ms=11_500), TERMS).order
    safe_ms = 11_500 + TERMS.fill_lag_ms + TERMS.read_lag_ms
    early = absorb_order(after, terminal(asked_at_ms=safe_ms - 1, at_ms=safe_ms), TERMS).order
    assert early.state is OS.OPEN
    assert (
        absorb_order(early, terminal(asked_at_ms=safe_ms, at_ms=safe_ms + 10), TERMS).order.state is OS.FINAL
    )


def test_an_order_that_is_gone_counts_from_when_that_was_heard() -> None:
    """The same mistake for an order that the venue no longer lists: it was FINAL before its last fill could be read."""
    asked_ms = 11_000 + TERMS.read_lag_ms
    after = absorb_order(OPEN, NotFound(asked_ms + 1_500, "t.0.0", asked_ms), TERMS).order
    safe_ms = asked_ms + 1_500 + TERMS.fill_lag_ms + TERMS.read_lag_ms
    early = absorb_order(after, NotFound(safe_ms, "t.0.0", safe_ms - 1), TERMS).order
    assert early.state is OS.OPEN
    assert absorb_order(early, NotFound(safe_ms + 10, "t.0.0", safe_ms), TERMS).order.state is OS.FINAL
