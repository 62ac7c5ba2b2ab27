"""A shortest trace as lines that a person can follow: what happened, what the engine was told, what it made of it."""

from __future__ import annotations

from itertools import pairwise

from pairlock.model import FillStatus, Trade
from pairlock.positions import nets_e6 as believed_nets_e6
from pairlock_specs.engine import Taken
from pairlock_specs.explore import Explorer
from pairlock_specs.judge import Violation
from pairlock_specs.moves import Move
from pairlock_specs.truth import Truth, nets_e6


def _nets(trade: Trade, truth: Truth) -> str:
    a, b = believed_nets_e6(trade)
    c, d = nets_e6(truth)
    return f"nets believed {a} / {b} e6, true {c} / {d} e6"


def _orders(trade: Trade, truth: Truth) -> list[str]:
    found: list[str] = []
    for order in trade.orders:
        venue = next((v for v in truth.orders if v.intent_id == order.intent_id), None)
        held = "not sent"
        if venue is not None:
            pending = sum(q for q, s in venue.fills if s is FillStatus.PENDING)
            held = f"{venue.wire.name}, {venue.final_e6} e6 final, {pending} e6 pending"
        found.append(
            f"       {order.intent_id} ({order.role}, leg {order.leg}): believed {order.state}; truly {held}"
        )
    return found


def _line(explorer: Explorer, number: int, before: int, move: Move) -> list[str]:
    taken = explorer.taken(before, move)
    lines = [f"{number:>4}. {move.label}"]
    if isinstance(taken, Taken):
        chain = " > ".join(str(event) for event in taken.stepped.step.events)
        lines.append(
            f"       told {type(taken.stepped.fact).__name__}: {chain} -> {taken.stepped.step.trade.state}"
        )
        lines += [
            f"       sends {order.name}, {order.size_e2} e2 at {order.limit_e4} e4" for order in taken.sends
        ]
    return lines


def lines(explorer: Explorer, violation: Violation) -> list[str]:
    """The trace to ``violation``, each action with the fact, the events and both nets, and at last what is wrong."""
    path = explorer.path_to(violation.state)
    out = ["   0. DETECTED"]
    for number, ((before, _), (after, label)) in enumerate(pairwise(path), start=1):
        move = next(m for m in explorer.moves_of(before) if m.label == label)
        out += _line(explorer, number, before, move)
        out.append(f"       {_nets(explorer.trade_of(after), explorer.truth_of(after))}")
    if violation.action:
        move = next(m for m in explorer.moves_of(violation.state) if m.label == violation.action)
        out += _line(explorer, len(path), violation.state, move)
    out += _orders(explorer.trade_of(violation.state), explorer.truth_of(violation.state))
    out += [f"  for ever: {each}" for each in violation.again]
    out.append(f"   => {violation.claim}: {violation.words}")
    return out
