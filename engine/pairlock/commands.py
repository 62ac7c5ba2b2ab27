"""Commands: everything that a trade may ask of the shell. A closed set of plain values.

``Send`` and ``RaiseAlert`` are given once, in the step that made them durable. All others are *standing*: ``decide``
names them for as long as they should be going on, and the runner starts and stops them to match.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen


class AlertKind(StrEnum):
    EMERGENCY_EXIT = "EMERGENCY_EXIT"  # HEDGING entered: one leg may be open
    EXIT_FAILED = "EXIT_FAILED"  # an exit attempt ended without its fill
    STUCK = "STUCK"
    VERDICT = "VERDICT"  # settled otherwise than promised
    OVERFILL = "OVERFILL"
    REPAIR = "REPAIR"
    HALT = "HALT"


@frozen
class JudgeGates:
    """Run the seven gates."""


@frozen
class ReserveBoth:
    """Reserve on both accounts in one transaction."""


@frozen
class VerifyEntry:
    """Read both books again and check that the trade still holds."""


@frozen
class Send:
    """Write the order to its venue, once, before its own deadline."""

    intent_id: str


@frozen
class FollowOrder:
    """Read the order until it is final."""

    intent_id: str


@frozen
class CancelOrder:
    """Ask the venue to cancel what may still fill."""

    intent_id: str


@frozen
class WakeAt:
    """Say ``DeadlinePassed`` (no intent) or ``FinalityOverdue`` at ``at_ms`` of the engine's clock."""

    at_ms: int
    intent_id: str = ""


@frozen
class WatchOverdue:
    """Say ``FinalityOverdue`` when the order stays open longer than the alarm allows."""

    intent_id: str


@frozen
class ReadExitBooks:
    """Read what the exit routes need, again and again; ``slow`` while the trade is STUCK."""

    slow: bool = False


@frozen
class WatchResolution:
    """Follow the leg's market until its payout is read."""

    leg: int


@frozen
class RaiseAlert:
    kind: AlertKind
    detail: str


Command = (
    JudgeGates
    | ReserveBoth
    | VerifyEntry
    | Send
    | FollowOrder
    | CancelOrder
    | WakeAt
    | WatchOverdue
    | ReadExitBooks
    | WatchResolution
    | RaiseAlert
)
