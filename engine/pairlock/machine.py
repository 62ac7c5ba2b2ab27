"""Runs the table: ``advance(state, event)`` is the only way in which a trade or an order changes its state.

One ``transitions`` Machine per table is shared by every trade and order of the process. Nothing is ever registered
with it as a model (a registered model costs about 7 kB and makes each further one slower): a call puts the state on
a throw-away object, triggers, and reads the state back. There are no callbacks, conditions or queue, so a Machine
is only read after it is built, and any number of threads may do so at once.

Each answer of the Machine is compared with the table's own line for the cell. A difference is our own bug, raised
before the new state is seen by anyone.
"""

from __future__ import annotations

from functools import cache
from typing import Generic, TypeVar

from attrs import frozen
from transitions import Machine, MachineError

from pairlock.errors import EngineBug, PairlockError
from pairlock.lifecycle import (
    OE,
    ORDER_REFUSALS,
    ORDER_ROWS,
    OS,
    REFUSALS,
    ROWS,
    E,
    OrderRefusal,
    OrderRow,
    R,
    Refusal,
    Row,
    S,
)
from pairlock.table_cells import Cell, Table, cell_name, order_table, trade_table
from pairlock.table_check import UNBUILDABLE, TableInvalid, check

StateT = TypeVar("StateT", S, OS)
EventT = TypeVar("EventT", E, OE)
MoveT = TypeVar("MoveT", bound=Row | OrderRow)
RefusalT = TypeVar("RefusalT", bound=Refusal | OrderRefusal)


class Refused(PairlockError):
    """The table refuses ``event`` in ``state``; ``reason`` and ``why`` are the table's own. Nothing has changed."""

    def __init__(self, state: S | OS, event: E | OE, reason: R, why: str) -> None:
        super().__init__(state, event, reason, why)
        self.state = state
        self.event = event
        self.reason = reason
        self.why = why

    def __str__(self) -> str:
        return f"{self.state} refuses {self.event}: {self.why} ({self.reason})"


class _Holder:
    """What the Machine takes for its model, for the length of one call."""

    __slots__ = ("state",)

    def __init__(self, state: object) -> None:
        self.state = state


class TableMachine(Generic[StateT, EventT, MoveT, RefusalT]):
    """One table and the Machine built from its rows, held against each other at every step.

    Raises TableInvalid for a table that names something unknown or decides a cell twice. One with other faults
    (undecided cells, traps) can be built, so that mutants of the table can be run.
    """

    __slots__ = ("_decided", "machine", "table")

    def __init__(self, table: Table[MoveT, RefusalT]) -> None:
        # `transitions` would find neither fault: it keeps both rows of a cell and takes the first, and looks a
        # target up only when it is entered.
        faults = [finding for finding in check(table) if finding.code in UNBUILDABLE]
        if faults:
            raise TableInvalid(faults)
        self.table = table
        self._decided: dict[Cell, MoveT | RefusalT] = dict(table.decisions())
        self.machine = Machine(
            model=None,
            states=list(table.states),
            initial=None,  # the default would add an eleventh state named "initial"
            transitions=[[str(row.event), str(row.state), str(row.to)] for row in table.rows],
            auto_transitions=False,  # else every state could be entered from anywhere by `to_<state>`
            send_event=False,
            ignore_invalid_triggers=False,  # else a refusal would look like a move to the same state
            queued=False,
            name=table.name,
        )

    def cell(self, state: StateT, event: EventT) -> MoveT | RefusalT:
        """The line that decides a cell. Raises EngineBug if none does or the names are not the table's."""
        try:
            return self._decided[state, event]
        except (KeyError, TypeError):
            where = cell_name(str(state), str(event))
            raise EngineBug(f"the {self.table.name} table decides nothing in {where}") from None

    def advance(self, state: StateT, event: EventT) -> StateT:
        """The state after ``event``. Raises Refused where the table does, EngineBug where it and the Machine differ.

        About 15 microseconds; safe from any thread.
        """
        line = self.cell(state, event)
        after = self._trigger(state, event)
        if isinstance(line, Row | OrderRow):
            if after is None or after != line.to:
                raise self._bug(state, event, after, line.to)
            return after
        if after is not None:
            raise self._bug(state, event, after, None)
        raise Refused(state, event, line.reason, line.why)

    def _trigger(self, state: StateT, event: EventT) -> StateT | None:
        """The Machine's own answer; None if it has no such transition."""
        trigger = self.machine.events.get(event)
        if trigger is None:  # an event that moves nothing anywhere (LATE_FACT) is not in the Machine at all
            return None
        holder = _Holder(state)
        try:
            moved = trigger.trigger(holder)
        except MachineError:
            return None
        if not moved:
            raise EngineBug(f"the Machine neither moved nor refused {cell_name(state, event)}")
        after: StateT = holder.state  # type: ignore[assignment]  # the Machine wrote one of the states it was given
        return after

    def _bug(self, state: StateT, event: EventT, machine_to: object, table_to: object) -> EngineBug:
        said = [
            f"goes to {target!s}" if target is not None else "refuses" for target in (machine_to, table_to)
        ]
        where = cell_name(state, event)
        return EngineBug(f"in {where} the Machine {said[0]} and the {self.table.name} table {said[1]}")


@frozen
class Machines:
    """The machine of trades and the machine of orders."""

    trade: TableMachine[S, E, Row, Refusal]
    order: TableMachine[OS, OE, OrderRow, OrderRefusal]


def build_machines(
    rows: tuple[Row, ...] = ROWS,
    refusals: tuple[Refusal, ...] = REFUSALS,
    order_rows: tuple[OrderRow, ...] = ORDER_ROWS,
    order_refusals: tuple[OrderRefusal, ...] = ORDER_REFUSALS,
) -> Machines:
    """Machines for the given tables (tests and mutation give others). Raises TableInvalid, see ``TableMachine``."""
    return Machines(
        trade=TableMachine(trade_table(rows, refusals)),
        order=TableMachine(order_table(order_rows, order_refusals)),
    )


@cache
def _installed() -> Machines:
    # Built at first use: importing a broken table must not fail, or `verify` could not report it.
    return build_machines()


def advance(state: S, event: E) -> S:
    """The state of a trade after ``event``, by the installed table. Raises Refused; EngineBug for our own bugs."""
    return _installed().trade.advance(state, event)


def advance_order(state: OS, event: OE) -> OS:
    """The state of an order after ``event``, by the installed table. Raises Refused; EngineBug for our own bugs."""
    return _installed().order.advance(state, event)


def cell(state: S, event: E) -> Row | Refusal:
    """The line of the installed trade table that decides this cell."""
    return _installed().trade.cell(state, event)


def order_cell(state: OS, event: OE) -> OrderRow | OrderRefusal:
    """The line of the installed order table that decides this cell."""
    return _installed().order.cell(state, event)
