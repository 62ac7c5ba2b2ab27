"""The world as data: a list of actions in the closed vocabulary, which the explorer interprets and exports print.

First what happens at venues and on the wire, which the engine does not see; then what it is told.
"""

from __future__ import annotations

from pairlock import commands as c
from pairlock.lifecycle import S
from pairlock.model import FillStatus
from pairlock_specs.action import Action
from pairlock_specs.truth import AT_VENUE, Wire
from pairlock_specs.vocabulary import (
    AddFill,
    Blow,
    CloseIfFull,
    CountCrash,
    Counter,
    CounterLeft,
    MarketOpen,
    MarketResolved,
    MarkKilled,
    MayStrike,
    Over,
    PickPart,
    Resolve,
    Rewire,
    SettleFill,
    SetWire,
    Spend,
    Stands,
    StandsForBothLegs,
    StateIn,
    Tell,
    WireIs,
    Word,
)

_DURABLE, _FLIGHT, _LIVE = (WireIs((wire,)) for wire in (Wire.DURABLE, Wire.FLIGHT, Wire.LIVE))
_OPEN, _FOLLOWED, _CANCELLED = MarketOpen(), Stands(c.FollowOrder), Stands(c.CancelOrder)
_ALARM, _GRANT, _ODD = (CounterLeft(each) for each in (Counter.ALARMS, Counter.GRANTS, Counter.ODD))

# fmt: off
ACTIONS: tuple[Action, ...] = (
    # At the venues and on the wire.
    Action("RequestWritten", "the request of {} is written", Over.ORDERS, (_DURABLE,), (SetWire(Wire.FLIGHT),)),
    Action("NothingWritten", "no byte of {} was written", Over.ORDERS, (_DURABLE,),
           (SetWire(Wire.GONE), Tell(Word.NOT_SENT))),
    Action("Accepted", "{} arrives and is accepted", Over.ORDERS, (_FLIGHT, _OPEN), (SetWire(Wire.LIVE),), ours=False),
    Action("Refused", "{} arrives and is refused", Over.ORDERS, (_FLIGHT,), (SetWire(Wire.REFUSED),), ours=False),
    Action("Lost", "{} is lost before it arrives", Over.ORDERS, (_FLIGHT,), (SetWire(Wire.GONE),)),
    Action("Matched", "match: {}", Over.MATCHES, (_LIVE, _OPEN), (AddFill(), CloseIfFull()), ours=False),
    Action("OddlyMatched", "odd match: {}", Over.ODD_MATCHES, (_LIVE, _OPEN, _ODD),
           (AddFill(), SetWire(Wire.CLOSED), Spend(Counter.ODD)), ours=False),
    Action("VenueEnds", "the venue ends {}", Over.ORDERS, (_LIVE,), (SetWire(Wire.CLOSED),), ours=False),
    Action("CancelEnds", "our cancel ends {}", Over.ORDERS, (_LIVE, _CANCELLED), (SetWire(Wire.CLOSED),)),
    Action("FillFinal", "final: {}", Over.PENDING, (), (SettleFill(FillStatus.FINAL),)),
    Action("FillFailed", "failed: {}", Over.PENDING, (), (SettleFill(FillStatus.FAILED),)),
    Action("MarketsResolve", "the markets resolve: {}", Over.RESOLUTIONS,
           (_OPEN, StandsForBothLegs(c.WatchResolution)), (Resolve(),), ours=False),
    # What the engine is told.
    Action("GatesPass", "the gates pass: {}", Over.PARTS, (Stands(c.JudgeGates),),
           (PickPart(), Tell(Word.GATES_PASSED))),
    Action("GateRefuses", "a gate refuses", Over.ONCE, (Stands(c.JudgeGates),), (Tell(Word.GATES_REFUSED),)),
    Action("BothReserved", "both reservations are durable", Over.ONCE, (Stands(c.ReserveBoth),),
           (Tell(Word.RESERVED),)),
    Action("ReserveRefused", "a reservation is refused", Over.ONCE, (Stands(c.ReserveBoth),),
           (Tell(Word.RESERVE_REFUSED),)),
    Action("EntryHolds", "the market still holds", Over.ONCE, (Stands(c.VerifyEntry),), (Tell(Word.ENTRY_HOLDS),)),
    Action("EntryMoved", "the market moved", Over.ONCE, (Stands(c.VerifyEntry),), (Tell(Word.ENTRY_MOVED),)),
    Action("BreakerAborts", "a breaker aborts", Over.ONCE, (StateIn((S.DETECTED, S.GATED, S.LOCKED)),),
           (Tell(Word.ABORTED),)),
    Action("Answered", "{}", Over.ANSWERS, (), (Tell(Word.ANSWER),)),
    Action("AnswerEmpty", "an answer with no order in it, for {}", Over.ORDERS, (_FOLLOWED,),
           (Tell(Word.OUTCOME_UNKNOWN),)),
    Action("CancelAcknowledged", "the cancel of {} is acknowledged", Over.ORDERS, (WireIs(AT_VENUE), _CANCELLED),
           (Tell(Word.CANCEL_ACKED),)),
    Action("DeadlinePasses", "the deadline passes", Over.ONCE, (Stands(c.WakeAt),), (Tell(Word.DEADLINE),)),
    Action("BecomesOverdue", "{} is overdue", Over.ORDERS, (_ALARM, Stands(c.WatchOverdue)),
           (Spend(Counter.ALARMS), Tell(Word.OVERDUE))),
    Action("PayoutRead", "the payout of {} is read", Over.LEGS, (MarketResolved(), Stands(c.WatchResolution)),
           (Tell(Word.PAYOUT),)),
    Action("BooksRead", "books: {}", Over.BOOKS, (Stands(c.ReadExitBooks),), (Tell(Word.BOOKS),)),
    Action("OperatorGrants", "an operator grants one more exit", Over.ONCE, (StateIn((S.STUCK,)), _GRANT),
           (Spend(Counter.GRANTS), Tell(Word.GRANTED))),
    Action("Kill", "kill", Over.ONCE, (MayStrike(Blow.KILL),),
           (MarkKilled(), Spend(Counter.BLOWS), Tell(Word.KILLED))),
    # What was not written never will be, and the answers under way are lost; requests in flight stay so.
    Action("CrashAndRestart", "crash and restart", Over.ONCE, (MayStrike(Blow.CRASH),),
           (Rewire(Wire.DURABLE, Wire.GONE), Rewire(Wire.REFUSED, Wire.GONE), CountCrash(), Spend(Counter.BLOWS),
            Tell(Word.RESTARTED))),
)
# fmt: on
