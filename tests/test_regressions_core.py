"""Mistakes in the pure core that the explorer found: each with its shortest trace, and a test that names it."""

from attrs import evolve

from pairlock.commands import CancelOrder, FollowOrder, ReserveBoth, VerifyEntry
from pairlock.exposure import reservation_for
from pairlock.facts import (
    CancelAcked,
    DeadlinePassed,
    EntryVerified,
    Fact,
    GatesJudged,
    LocksJudged,
    NotSent,
    OrderReport,
    Reported,
)
from pairlock.lifecycle import OS, E, S
from pairlock.model import Trade
from pairlock.step import Step, step
from pairlock_specs.scope import OPPORTUNITY, Part, terms_of

TERMS = terms_of(Part())


def after(trade: Trade, *facts: Fact) -> Step:
    done = None
    for fact in facts:
        done = step(trade, fact)
        assert done is not None, fact
        trade = done.trade
    assert done is not None
    return done


def test_a_phase_waits_for_its_own_verdict() -> None:
    """1. the gates pass: GATES_PASSED > LOCK_REFUSED -> ROLLED_BACK (claim 23; no trade could ever be entered).

    The chain went on from GATED at once, and a reservation that was not judged yet read as a refused one.
    """
    gated = after(Trade("t", OPPORTUNITY), GatesJudged(0, True, TERMS))
    assert (gated.events, gated.trade.state) == ((E.GATES_PASSED,), S.GATED)
    assert gated.commands == (ReserveBoth(),)
    locked = after(gated.trade, LocksJudged(0, reservation_for(TERMS)))
    assert (locked.events, locked.trade.state) == ((E.LOCKS_DURABLE,), S.LOCKED)
    assert locked.commands == (VerifyEntry(),)


def test_a_cancel_that_was_only_echoed_is_asked_for_again() -> None:
    """... the deadline passes; the order is live; its cancel is acknowledged, without effect (claim 19-can-end-orders).

    An acknowledged cancel was never asked for again, so an order that lived on could be ended by its venue alone.
    """
    hedging = after(
        Trade("t", OPPORTUNITY),
        GatesJudged(0, True, TERMS),
        LocksJudged(0, reservation_for(TERMS)),
        EntryVerified(0, True),
        NotSent(0, "t.0.0", "no connection"),
        DeadlinePassed(0),
        OrderReport(0, "t.1.1", 0, Reported.LIVE, 0, ()),
    )
    assert hedging.trade.state is S.HEDGING
    assert CancelOrder("t.1.1") in hedging.commands
    echoed = after(hedging.trade, CancelAcked(0, "t.1.1"))
    assert echoed.trade.orders[1].state is OS.OPEN
    assert {CancelOrder("t.1.1"), FollowOrder("t.1.1")} <= set(echoed.commands)
    ended = after(echoed.trade, OrderReport(0, "t.1.1", 0, Reported.CERTAIN, 0, ()))
    assert ended.trade.state is S.ROLLED_BACK
    assert ended.commands == ()


def test_a_restart_before_the_gates_rolls_back_in_one_event() -> None:
    """The mend of the first mistake must not keep a refusal from ending the trade."""
    refused = after(Trade("t", OPPORTUNITY), GatesJudged(0, False, None, "too thin"))
    assert (refused.events, refused.trade.state) == ((E.GATE_REFUSED,), S.ROLLED_BACK)
    gated = after(Trade("t", OPPORTUNITY), GatesJudged(0, True, TERMS)).trade
    for fact, event in ((LocksJudged(0, None, "no cash"), E.LOCK_REFUSED),):
        done = after(evolve(gated), fact)
        assert (done.events, done.trade.state) == ((event,), S.ROLLED_BACK)
