"""The truth: what really is at the two venues and on the wire, whatever the engine believes of it.

A venue's order goes DURABLE (our record is written, the request is not) -> FLIGHT -> LIVE -> CLOSED, or ends GONE
(it never can be at the venue) or REFUSED (the venue said no and made no order). Quantities in 1/1,000,000 contract.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from pairlock.fees import fee_micros
from pairlock.model import Fill, FillStatus, Role
from pairlock.units import cost_up_micros, proceeds_down_micros, size_to_fill_e6
from pairlock_specs.scope import LEGS


class Wire(IntEnum):
    DURABLE = 0  # the record with Send is durable; the request is not written yet
    FLIGHT = 1  # written; it may arrive at any time, or be lost
    GONE = 2  # never written, or lost: it can never be at the venue
    REFUSED = 3  # arrived; the venue said no and knows no such order
    LIVE = 4  # at the venue; it may match
    CLOSED = 5  # at the venue; it can match no more


ALIVE = (Wire.DURABLE, Wire.FLIGHT, Wire.LIVE)
AT_VENUE = (Wire.LIVE, Wire.CLOSED)


class VenueOrder(NamedTuple):
    """One order as the venue knows it. ``fills`` are (quantity in e6, status), in the order of matching."""

    intent_id: str
    leg: int
    role: Role
    size_e2: int
    limit_e4: int
    wire: Wire
    fills: tuple[tuple[int, FillStatus], ...] = ()

    @property
    def name(self) -> str:
        return f"{self.intent_id} ({self.role}, leg {self.leg})"

    @property
    def matched_e6(self) -> int:
        """Everything that ever matched, failed matches included."""
        return sum(quantity for quantity, _ in self.fills)

    @property
    def final_e6(self) -> int:
        return sum(quantity for quantity, status in self.fills if status is FillStatus.FINAL)

    @property
    def standing_e6(self) -> int:
        """Matched and not failed."""
        return sum(quantity for quantity, status in self.fills if status is not FillStatus.FAILED)

    @property
    def left_e6(self) -> int:
        return max(0, size_to_fill_e6(self.size_e2) - self.matched_e6)

    def fill(self, number: int) -> Fill:
        """The venue's own record of one fill: at the limit price, with the fee of the schedule."""
        quantity_e6, status = self.fills[number]
        fees = LEGS[self.leg].fees
        fee = fee_micros(fees, self.limit_e4, quantity_e6)
        if not fees.per_fill:
            # Rounded on the order's total: a fill is charged what it adds to that.
            before_e6 = sum(quantity for quantity, _ in self.fills[:number])
            fee = fee_micros(fees, self.limit_e4, before_e6 + quantity_e6) - fee_micros(
                fees, self.limit_e4, before_e6
            )
        if self.role is Role.SELL:
            cost = proceeds_down_micros(self.limit_e4, quantity_e6)
        else:
            cost = cost_up_micros(self.limit_e4, quantity_e6)
        return Fill(f"{self.intent_id}.f{number}", quantity_e6, cost, fee, status)


class Truth(NamedTuple):
    """Everything outside the engine. The counters are what the scope still allows to happen."""

    orders: tuple[VenueOrder, ...] = ()
    part: int = -1
    resolution: str = ""
    crashed: int = 0
    killed: bool = False
    blows_left: int = 0
    alarms_left: int = 0
    grants_left: int = 0
    odd_left: int = 0

    def with_order(self, number: int, order: VenueOrder) -> Truth:
        return self._replace(orders=(*self.orders[:number], order, *self.orders[number + 1 :]))


def _sign(role: Role) -> int:
    return 1 if role in (Role.ENTRY, Role.COMPLETE) else -1


def final_nets_e6(truth: Truth) -> tuple[int, int]:
    """Nets by final fills alone."""
    nets = [0, 0]
    for order in truth.orders:
        nets[order.leg] += _sign(order.role) * order.final_e6
    return nets[0], nets[1]


def nets_e6(truth: Truth) -> tuple[int, int]:
    """Nets by everything matched and not failed."""
    nets = [0, 0]
    for order in truth.orders:
        nets[order.leg] += _sign(order.role) * order.standing_e6
    return nets[0], nets[1]


def sized_nets_e6(truth: Truth) -> tuple[int, int]:
    """As ``nets_e6``, each order counted up to its own size only: what we asked for, not what a venue did beyond."""
    nets = [0, 0]
    for order in truth.orders:
        asked_e6 = size_to_fill_e6(order.size_e2)
        nets[order.leg] += _sign(order.role) * min(asked_e6, order.standing_e6)
    return nets[0], nets[1]
