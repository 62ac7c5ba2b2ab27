"""The closed vocabulary in which the world is written: who an action can be done to, when, and what it changes.

Nothing here does anything. ``conditions.py`` and ``interpret.py`` give every term its meaning for the explorer;
``export/`` prints every term as Promela and as TLA+. A term that one of them does not know is refused by a test.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from pairlock.commands import Command
from pairlock.lifecycle import S
from pairlock.model import FillStatus
from pairlock_specs.truth import Wire


class Over(StrEnum):
    """What an action can be done to, one by one: its subjects."""

    ONCE = "once"
    ORDERS = "each order"
    MATCHES = "each order and what of it may match: whole contracts, and all that is left"
    ODD_MATCHES = (
        "each pending-leg order and a match a millionth short of all that is left or, of a purchase, above it"
    )
    PENDING = "each fill that is pending"
    PARTS = "each part of the scope"
    RESOLUTIONS = "each way in which the part lets the markets resolve"
    LEGS = "each leg"
    BOOKS = "each state of the books that the part allows"
    ANSWERS = "each order that is followed and each answer that may be given of it"


class Counter(StrEnum):
    """What the part still allows to happen; names of the truth's fields."""

    BLOWS = "blows_left"
    ALARMS = "alarms_left"
    GRANTS = "grants_left"
    ODD = "odd_left"


class Blow(StrEnum):
    """What may strike at any time, as often as the part says; names of the part's fields."""

    KILL = "kills"
    CRASH = "crashes"


class Word(StrEnum):
    """Everything that the engine can be told, apart from the answers about one order (``answers.py``)."""

    GATES_PASSED = "the gates passed, with the terms of the part"
    GATES_REFUSED = "a gate refused"
    RESERVED = "both reservations are durable"
    RESERVE_REFUSED = "a reservation was refused"
    ENTRY_HOLDS = "the market still holds"
    ENTRY_MOVED = "the market moved"
    ABORTED = "aborted"
    KILLED = "killed"
    RESTARTED = "restarted"
    NOT_SENT = "no byte of the order was written"
    OUTCOME_UNKNOWN = "the outcome of the order is unknown"
    CANCEL_ACKED = "the order's cancel is acknowledged"
    OVERDUE = "the order is overdue"
    DEADLINE = "the deadline passed"
    PAYOUT = "the leg's payout"
    BOOKS = "what the books offer"
    GRANTED = "one more exit is granted"
    ANSWER = "the answer about the order"


# Conditions.


@frozen
class WireIs:
    """The order is on one of these."""

    wires: tuple[Wire, ...]


@frozen
class HasFills:
    """The order matched, at least in part; ``no``: it never did."""

    no: bool = False


@frozen
class MarketOpen:
    """The markets have not resolved."""


@frozen
class MarketResolved:
    """The markets have resolved."""


@frozen
class Stands:
    """The engine's command stands: for the subject's order or leg, if it is a command about one."""

    command: type[Command]


@frozen
class StandsForBothLegs:
    """The engine's command stands for both legs."""

    command: type[Command]


@frozen
class StateIn:
    """The trade's label is one of these."""

    states: tuple[S, ...]


@frozen
class CounterLeft:
    """The part still allows it."""

    counter: Counter


@frozen
class MayStrike:
    """The trade is open, and before the gates, or the part allows one more of these and one more blow at all."""

    blow: Blow


OrderCondition = WireIs | HasFills
Condition = (
    OrderCondition
    | MarketOpen
    | MarketResolved
    | Stands
    | StandsForBothLegs
    | StateIn
    | CounterLeft
    | MayStrike
)

# Effects, done one after another. `Tell` comes last.


@frozen
class SetWire:
    """The order is now on this."""

    wire: Wire


@frozen
class Rewire:
    """Every order that was on ``old`` is now on ``new``."""

    old: Wire
    new: Wire


@frozen
class AddFill:
    """The order matches by the subject's quantity: pending on a leg whose matches can fail, else final at once."""


@frozen
class CloseIfFull:
    """The order can match no more if nothing of it is left."""


@frozen
class SettleFill:
    """The subject's fill becomes this."""

    status: FillStatus


@frozen
class Resolve:
    """The markets resolve as the subject says."""


@frozen
class PickPart:
    """The subject's part of the scope is the one from now on, and its counters begin."""


@frozen
class MarkKilled:
    """The kill is remembered."""


@frozen
class CountCrash:
    """One more crash has happened: a new early begins."""


@frozen
class Spend:
    """The part allows one less."""

    counter: Counter


@frozen
class Tell:
    """The engine is told this."""

    word: Word


Effect = (
    SetWire
    | Rewire
    | AddFill
    | CloseIfFull
    | SettleFill
    | Resolve
    | PickPart
    | MarkKilled
    | CountCrash
    | Spend
    | Tell
)
