"""Every kind of fault, alone, over the whole engine: it takes hold, and every claim holds by the venues' truth."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import fields

from docs_pages import DOCS, code, rows
from engine_kit import play
from pairlock_adapters.simulated.effects import NOTHING, Effect, Hook
from pairlock_adapters.simulated.fault_kinds import BEYOND, KINDS
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.fault_parameters import PARAMETERS, RANGES
from pairlock_adapters.simulated.faults import Fault, fault

INSIDE_F = [kind for kind in K if kind not in BEYOND]
HELD = fault(K.DELAYED, "kalshi", role="entry", change={"hold_ms": 60_000})
UNANSWERED = Fault(K.LOST_ANSWER, "kalshi", role="entry")
NO_NEWS = Fault(K.STREAM_LOST, "kalshi", times=0)
ONE_LEG = fault(K.KILL, "polymarket", role="entry", change={"slip_e4": 0})

# What a kind needs around it to take hold.
AROUND: dict[Hook, tuple[Fault, ...]] = {
    Hook.CANCEL: (HELD,),
    Hook.ORDER_READ: (UNANSWERED, NO_NEWS),
    Hook.POSITION_READ: (ONE_LEG,),
}
AROUND_KIND = {
    K.RATE_LIMITED_CANCEL: (HELD,),
    K.UNSELLABLE: (ONE_LEG,),
    K.RESOLVED_WHILE_EXPOSED: (ONE_LEG,),
}
WHEN: dict[K, dict[str, Any]] = {
    K.UNSELLABLE: {"role": "exit"},
    K.RESOLVED_WHILE_EXPOSED: {"venue": "kalshi"},
    K.KILL_400: {"venue": "polymarket"},
    K.KILL_409: {"venue": "kalshi"},
    K.PART_FAILS: {"venue": "polymarket"},
    K.FILL_AFTER_EXPIRY: {"role": "entry"},
}
# The venues answer within 60 ms here: an exit is soon done.
CHANGE = {K.RESOLVED_WHILE_EXPOSED: {"resolve_in_ms": 50}}
# Reads are bent several times, so that one of them falls where it matters.
OFTEN = {Hook.ORDER_READ: 3, Hook.BALANCE_READ: 6, Hook.POSITION_READ: 6}


def script_of(kind: K) -> tuple[Fault, ...]:
    hook = KINDS[kind][0]
    when = WHEN.get(kind, {})
    if hook is Hook.ORDER_READ:
        when = {"venue": "kalshi", **when}
    if hook in (Hook.READ, Hook.BALANCE_READ):
        when = {"from_ms": 1_000, **when}
    around = AROUND_KIND.get(kind, AROUND.get(hook, ()))
    return (*around, fault(kind, change=CHANGE.get(kind), times=OFTEN.get(hook, 1), **when))


@pytest.mark.parametrize("kind", INSIDE_F)
def test_each_kind_takes_hold_and_every_claim_holds(kind: K) -> None:
    played = play(*script_of(kind), trades=3).check()
    assert played.fired[kind.value] >= 1


@pytest.mark.parametrize("kind", INSIDE_F)
def test_each_kind_whichever_leg_goes_first(kind: K) -> None:
    play(*script_of(kind), trades=3, plan="riskier_first", exit_on="matched", seed=2).check()


def test_every_kind_changes_something_and_names_its_parameters() -> None:
    assert set(KINDS) == set(K)
    assert [kind for kind, (_, effect) in KINDS.items() if effect == NOTHING] == []
    known = {field.name for field in fields(Effect)}
    for kind, names in PARAMETERS.items():
        assert set(names) <= known & set(RANGES), kind
        for name in names:
            assert RANGES[name].refuses(getattr(KINDS[kind][1], name)) == "", (kind, name)
    assert {name for names in PARAMETERS.values() for name in names} == set(RANGES)


def test_the_parameters_that_are_told_are_those_that_exist() -> None:
    told = {row[0].strip("`"): tuple(code(row[3])) for row in rows(DOCS / "simulated-venues.md", "Faults")}
    assert told == {kind.value: PARAMETERS.get(kind, ()) for kind in K}
