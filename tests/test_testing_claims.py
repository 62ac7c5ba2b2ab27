"""Each claim of `pairlock_adapters.testing` holds of a good truth and says what broke a bad one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from pairlock.errors import UserError
from pairlock_adapters.testing import (
    Control,
    ControlRefused,
    FaultKind,
    RunningLaboratory,
    Truth,
    equal_or_flat,
    everything_final,
    fault,
    faults_of,
    held_at_most,
    no_duplicate_orders,
    nothing_live,
    nothing_sold_short,
    one_order_per_id,
)

EVENTS = {("kalshi", "KX"): "event", ("polymarket", "0x"): "event"}


def order(**changed: Any) -> dict[str, Any]:
    plain = {
        "venue": "kalshi", "market": "KX", "outcome": "yes", "buys": 1, "size_e2": 1_000, "limit_e4": 5_000,
        "intent_id": "a", "status": "executed", "fault_duplicate": 0, "live": 0, "due_ms": -1,
    }  # fmt: skip
    return plain | changed


def fill(**changed: Any) -> dict[str, Any]:
    plain = {
        "venue": "kalshi", "market": "KX", "outcome": "yes", "buys": 1, "qty_e6": 10_000_000, "status": "final",
        "fill_id": "f",
    }  # fmt: skip
    return plain | changed


def request(**changed: Any) -> dict[str, Any]:
    return {"venue": "kalshi", "intent_id": "a", "arrived_ms": 5, "due_ms": 5} | changed


OTHER_LEG = {"venue": "polymarket", "market": "0x", "outcome": "no"}
GOOD = Truth(
    requests=(request(),),
    orders=(order(), order(**OTHER_LEG)),
    fills=(fill(), fill(**OTHER_LEG)),
    events=EVENTS,
)
CLAIMS: tuple[Callable[[Truth], None], ...] = (
    equal_or_flat,
    everything_final,
    lambda truth: held_at_most(truth, 10_000_000),
    no_duplicate_orders,
    nothing_live,
    nothing_sold_short,
    one_order_per_id,
)


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_holds_of_a_pair_of_equal_legs_and_of_nothing(claim: Callable[[Truth], None]) -> None:
    claim(GOOD)
    claim(Truth())


@pytest.mark.parametrize(
    ("claim", "broken", "says"),
    [
        (no_duplicate_orders, {"orders": (order(), order(intent_id="b"))}, "2 orders to buy 10.00 yes at 5000 e4"),
        (one_order_per_id, {"orders": (order(), order(size_e2=1))}, "ids booked twice: a on kalshi"),
        (nothing_live, {"orders": (order(status="held"),)}, "order a on kalshi is held"),
        (nothing_live, {"requests": (request(arrived_ms=None),)}, "order a on kalshi is on its way"),
        (everything_final, {"fills": (fill(status="pending"),)}, "not final yet: fill f on kalshi"),
        (equal_or_flat, {"fills": (fill(),)}, "naked: event: 10 YES on kalshi"),
        (
            equal_or_flat,
            {"fills": (fill(), fill(**(OTHER_LEG | {"qty_e6": 9_950_000})))},
            "10 YES on kalshi, -9.95 YES on polymarket",
        ),
        (CLAIMS[2], {"fills": (fill(), fill(fill_id="g", qty_e6=1))}, "10.000001 yes of KX on kalshi"),
        (nothing_sold_short, {"fills": (fill(buys=0),)}, "sold beyond what was held: -10 yes of KX"),
    ],
)  # fmt: skip
def test_a_claim_says_what_broke_it(
    claim: Callable[[Truth], None], broken: dict[str, Any], says: str
) -> None:
    with pytest.raises(AssertionError) as told:
        claim(evolve(GOOD, **broken))
    assert says in str(told.value)


def test_what_a_fault_did_is_not_held_against_the_bot() -> None:
    copied = evolve(GOOD, orders=(order(), order(fault_duplicate=1)))
    one_order_per_id(copied)
    no_duplicate_orders(copied)
    no_duplicate_orders(evolve(GOOD, orders=(order(status="killed"), order(intent_id="b"))))
    no_duplicate_orders(evolve(GOOD, orders=(order(), order(intent_id="b"))), most=2)
    equal_or_flat(evolve(GOOD, fills=(fill(status="failed"), fill(**(OTHER_LEG | {"status": "failed"})))))
    equal_or_flat(evolve(GOOD, fills=(fill(), fill(fill_id="g", buys=0))))


def test_faults_are_data() -> None:
    table = {"kind": "kill", "venue": "kalshi", "nth": 2, "slip_e4": 200}
    assert faults_of([table]) == (fault(FaultKind.KILL, "kalshi", nth=2, change={"slip_e4": 200}),)
    with pytest.raises(UserError, match=r"faults, entry 1.*'often' is no key of kind 'kill'"):
        faults_of([{"kind": "kill", "often": True}])


@pytest.mark.laboratory(seed=7)
def test_a_laboratory_takes_faults_while_it_runs(laboratory: RunningLaboratory) -> None:
    assert laboratory.ready["pairs"][0]["kalshi_ticker"] == "KXLAB7-1"
    laboratory.inject([{"kind": "market_halt"}])
    laboratory.heal()
    assert laboratory.fired == {}
    assert laboratory.control.get("/ready") == laboratory.ready
    with Control(str(laboratory.ready["control"])) as control, pytest.raises(ControlRefused, match="404"):
        control.get("/nowhere")


def test_a_project_that_uses_no_laboratory_does_not_pay_for_the_plugin() -> None:
    """pytest loads it for every project where Pairlock is installed."""
    heavy = "{'trio', 'starlette', 'hypothesis', 'httpx', 'attrs'}"
    check = f"import sys, pairlock_adapters.pytest_plugin; sys.exit(str({heavy} & sys.modules.keys() or ''))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
