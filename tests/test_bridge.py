"""Explorer and simulator know the same faults: every kind has its place in the world, or a reason why not."""

import pytest

from pairlock_adapters.simulated.fault_kinds import BEYOND, FaultKind
from pairlock_specs.bridge import FAULTS, ORDINARY, Met, Outside
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
