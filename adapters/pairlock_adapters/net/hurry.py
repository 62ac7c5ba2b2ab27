"""How urgent a request is, in three steps; each may use what the one before may, and more."""

from __future__ import annotations

from enum import IntEnum

from pairlock.ports import OrderIntent, TimeInForce


class Hurry(IntEnum):
    NONE = 0  # entries, and what is read before one
    EXITS = 1  # what an exit must know (books, holdings): also the budget's reserve
    ORDERS = 2  # orders that may be alive (exits, cancels, reads of them): also the connections that are kept for it

    @property
    def urgent(self) -> bool:
        """Whether it may use what a budget keeps in reserve, and a key that is aside."""
        return self > Hurry.NONE


def hurry_of(intent: OrderIntent) -> Hurry:
    """An exit's; entries fill or are killed, and are in none."""
    return Hurry.ORDERS if intent.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL else Hurry.NONE
