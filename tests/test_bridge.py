"""Explorer and simulator know the same faults: every kind has its place in the world, or a reason why not."""

from collections.abc import Callable
from functools import cache

import pytest

from pairlock.commands import CancelOrder
from pairlock.decide import decide
from pairlock.model import Trade
from pairlock_adapters.simulated.fault_kinds import BEYOND, FaultKind
from pairlock_specs.bridge import FAULTS, ORDINARY, Met, Outside
from pairlock_specs.explore import Explorer
from pairlock_specs.scope import KILL
from pairlock_specs.truth import AT_VENUE, Truth, VenueOrder, Wire
from pairlock_specs.world import ACTIONS

NAMES = {action.name for action in ACTIONS}


def test_every_fault_of_the_simulator_has_its_line() -> None:
    assert set(FAULTS) == {kind.value for kind in FaultKind}


@pytest.mark.parametrize("kind", sorted(name for name, line in FAULTS.items() if isinstance(line, Met)))
def test_the_actions_of_a_fault_exist(kind: str) -> None:
    line = FAULTS[kind]
    assert isinstance(line, Met)
    assert line.actions
    assert set(line.actions) <= NAMES


def test_every_action_of_the_world_is_some_fault_or_the_ordinary_course() -> None:
    met = {name for line in FAULTS.values() if isinstance(line, Met) for name in line.actions}
    assert met | set(ORDINARY) == NAMES
    assert not met & set(ORDINARY)


def test_what_is_outside_says_what_checks_it_and_is_little() -> None:
    outside = {name: line.reason for name, line in FAULTS.items() if isinstance(line, Outside)}
    assert all(":" in reason for reason in outside.values())
    assert {name for name, reason in outside.items() if reason.startswith("beyond")} == {
        k.value for k in BEYOND
    }
    assert len(outside) - len(BEYOND) <= 10


@cache
def _explored() -> Explorer:
    return Explorer(KILL).run()


def _moves_of(where: Callable[[Trade, Truth], bool]) -> set[str]:
    """The names of everything that the kill scope's world may do in the states of which ``where`` is true."""
    explorer = _explored()
    found: set[str] = set()
    for state in range(len(explorer.states)):
        if where(explorer.trade_of(state), explorer.truth_of(state)):
            found |= {move.action for move in explorer.moves_of(state)} | {
                move.label for move in explorer.moves_of(state)
            }
    return found


def _in_flight(truth: Truth) -> list[VenueOrder]:
    return [order for order in truth.orders if order.wire is Wire.FLIGHT]


def test_a_request_may_arrive_after_its_cancel_was_asked_for() -> None:
    """`late_past_cancel`: and no acknowledgement may come before it is there."""

    def cancelled(trade: Trade, truth: Truth) -> bool:
        stands = decide(trade)
        return any(CancelOrder(order.intent_id) in stands for order in _in_flight(truth))

    line = FAULTS["late_past_cancel"]
    assert isinstance(line, Met)
    assert set(line.actions) <= _moves_of(cancelled)
    acked = "the cancel of {} is acknowledged"
    alone = _moves_of(lambda t, w: cancelled(t, w) and len(w.orders) == 1)
    assert acked not in alone
    assert acked not in line.actions


def test_a_request_may_arrive_after_a_crash_and_reads_be_stale_again() -> None:
    late = _moves_of(lambda trade, truth: truth.crashed > 0 and bool(_in_flight(truth)))
    assert {"{} arrives and is accepted", "{} arrives and is refused"} <= late
    there = _moves_of(
        lambda trade, truth: truth.crashed > 0 and any(order.wire in AT_VENUE for order in truth.orders)
    )
    assert any("not found although it is there" in label for label in there)
    assert any("is terminal, 0 of 1 fills shown of" in label for label in there)


def test_a_fault_that_lets_a_request_arrive_lets_it_be_taken() -> None:
    for kind in ("late_arrival", "late_past_expiry", "late_past_cancel", "late_past_restart", "reordered"):
        line = FAULTS[kind]
        assert isinstance(line, Met)
        assert "{} arrives and is accepted" in line.actions, kind
