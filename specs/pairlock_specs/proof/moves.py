"""What the engine does and is told, as actions: each names the rows of the tables that it stands for.

Where a label goes is read from the installed table; when, from what ``classify`` asks for.
"""

from __future__ import annotations

from collections.abc import Callable

from pairlock.lifecycle import CLOSED, OE, OS, ROWS, E, S
from pairlock_specs.proof.action import Action, each_kind, each_leg, legs
from pairlock_specs.proof.intents import entry, exit_order, release
from pairlock_specs.proof.knowledge import absent, close, learn, settle
from pairlock_specs.proof.logic import Named, Value, both, choose, either, implies, least, no
from pairlock_specs.proof.state import KINDS, LEGS, State
from pairlock_specs.proof.table import by_table, of_event, starts


def flat(s: State) -> Value:
    return both(s.net(0) == 0, s.net(1) == 0)


def unequal(s: State) -> Value:
    return either(s.net(0) != s.net(1), s.net(0) < 0)


def nothing_final(s: State) -> Value:
    return both(*(s.of("bf", leg, kind) == 0 for leg in LEGS for kind in KINDS))


def _always(s: State) -> Value:
    return True


# When `classify` names the event, as far as quantities matter.
LABELS: dict[E, Callable[[State], Value]] = {
    E.GATES_PASSED: _always,
    E.GATE_REFUSED: _always,
    E.LOCK_REFUSED: _always,
    E.ABORTED: _always,
    E.KILLED: _always,
    E.LEG_MOVED: _always,
    E.DEADLINE: _always,
    E.EXHAUSTED: _always,
    E.RETURNED: _always,
    E.EQUAL: lambda s: s.pair,
    E.EQUAL_FINAL: lambda s: both(s.all_final, s.pair),
    E.UNEQUAL: lambda s: no(s.pair),
    E.OVERDUE: lambda s: no(s.all_final),
    E.NONE_FINAL: lambda s: both(s.all_final, flat(s), nothing_final(s)),
    E.FLAT_FINAL: lambda s: both(s.all_final, flat(s)),
    E.PAID: lambda s: both(s.all_final, s.pair, *(s.of("read", leg) for leg in LEGS)),
    E.RESOLVED: lambda s: both(
        s.all_final, unequal(s), *(either(s.net(leg) == 0, s.of("read", leg)) for leg in LEGS)
    ),
}


def _payment(s: State, t: State) -> list[Named]:
    """On closing, what is left is paid at nothing to a dollar a contract; rounded against us."""
    found: list[Named] = []
    for leg in LEGS:
        net, pay = s.net(leg), t.of("pay", leg)
        most_paid = choose(net >= 0, net, 0)
        fair = both(least(net, 0) <= pay, pay <= most_paid)
        found.append((f"leg {leg}: the payout", implies(t.closed, fair)))
        found.append((f"leg {leg}: none before", either(t.closed, pay == s.of("pay", leg))))
    return found


def label(event: E) -> Action:
    closes = any(row.to in CLOSED for row in ROWS if row.event is event)
    changes = frozenset({"label"}) | (legs(0, "pay") | legs(1, "pay") if closes else frozenset())

    if event is E.GATES_PASSED:  # the terms are fixed here: what exits go on, and when sets are paid
        changes |= {"on_final"} | legs(0, "at_once") | legs(1, "at_once")

    def guard(s: State) -> list[Named]:
        return [("in a state with this row", starts(s, event)), (f"{event} is called for", LABELS[event](s))]

    def effect(s: State, t: State) -> list[Named]:
        return [("by the table", by_table(s, t, event)), *(_payment(s, t) if closes else [])]

    withdrawn = (
        ((OS.IDLE, OE.WITHDRAWN),)
        if any(row.state is S.EXECUTING for row in ROWS if row.event is event)
        else ()
    )
    return Action(f"the event {event}", changes, guard, effect, of_event(event), withdrawn)


def locks() -> Action:
    changes = legs(0, "cash") | legs(1, "cash") | {"label"}

    def effect(s: State, t: State) -> list[Named]:
        granted: list[Named] = [("by the table", by_table(s, t, E.LOCKS_DURABLE))]
        for leg in LEGS:
            fits = both(t.of("cash", leg) >= 0, t.of("cash", leg) <= s.free(leg))
            granted.append((f"leg {leg}: no more than is free", fits))
        return granted

    return Action("both reservations are durable", changes, lambda s: [("GATED", starts(s, E.LOCKS_DURABLE))], effect,
                  of_event(E.LOCKS_DURABLE), takes_cash=True)  # fmt: skip


def grant() -> Action:
    changes = legs(0, "cash") | legs(1, "cash")

    def effect(s: State, t: State) -> list[Named]:
        granted: list[Named] = []
        for leg in LEGS:
            more = t.of("cash", leg) - s.of("cash", leg)
            granted.append(
                (f"leg {leg}: no more than is free", both(more >= 0, either(more == 0, more <= s.free(leg))))
            )
        return granted

    return Action(
        "an operator grants cash", changes, lambda s: [("STUCK", s.is_in(S.STUCK))], effect, takes_cash=True
    )


def payout_read(leg: int) -> Action:
    def effect(s: State, t: State) -> list[Named]:
        return [("read", t.of("read", leg))]

    open_states = (S.EXECUTING, S.PAIRED, S.HEDGING, S.STUCK)
    return Action(
        f"the payout of leg {leg} is read",
        legs(leg, "read"),
        lambda s: [("open", s.is_in(*open_states))],
        effect,
    )


MOVES: tuple[Action, ...] = (
    *(make(leg, kind) for leg, kind in each_kind() for make in (learn, close, absent, settle, exit_order)),
    *(release(leg) for leg, _ in each_leg()),
    entry(0, 1),
    entry(0),
    entry(1),
    locks(),
    grant(),
    *(payout_read(leg) for leg in LEGS),
    *(label(event) for event in LABELS),
)
