"""A trace as a fault script for the simulated venues: its world, played again.

    pairlock demo --in-process --trades 1 --faults FILE


Each action of the world is the fault kind that brings it about there, or is what happens without any fault, or has no
counterpart: the file says which. The simulated venues' clock and books decide what the trace leaves open, so the run is
alike, not equal. Only the text form is known here; the tests read it with the simulator's own reader.
"""

from __future__ import annotations

from itertools import pairwise

from pairlock.model import Role
from pairlock_specs.explore import Explorer
from pairlock_specs.judge import Violation
from pairlock_specs.moves import Move
from pairlock_specs.scope import LEGS
from pairlock_specs.truth import Truth, VenueOrder, Wire

# By the action's name: the fault kind; "" happens without a fault; None: no script can bring it about.
KINDS: dict[str, str | None] = {
    "the request of {} is written": "",
    "no byte of {} was written": "connect_refused",
    "{} arrives and is accepted": "",
    "{} arrives and is refused": "no_balance",
    "{} is lost before it arrives": "lost_request",
    "match: {}": "",
    "odd match: {}": "overfill",
    "the venue ends {}": "kill",
    "our cancel ends {}": "",
    "final: {}": "",
    "failed: {}": "ghost_fill",
    "the markets resolve: {}": "early_resolution",
    "the gates pass: {}": "",
    "a gate refuses": None,
    "both reservations are durable": "",
    "a reservation is refused": None,
    "the market still holds": "",
    "the market moved": None,
    "a breaker aborts": None,
    "{}": "",
    "an answer with no order in it, for {}": "no_order_in_answer",
    "the cancel of {} is acknowledged": "cancel_echoed",
    "the deadline passes": "",
    "{} is overdue": "slow_finality",
    "the payout of {} is read": "",
    "books: {}": "",
    "an operator grants one more exit": None,
    "kill": None,
    "crash and restart": None,
}
_RESOLUTIONS = {"differ": "other_result", "void": "void", "fifty_fifty": "fifty_fifty"}
_OF_THE_MARKET = ("early_resolution", *_RESOLUTIONS.values())


def _kind(move: Move, truth: Truth, order: VenueOrder | None) -> str | None:
    """The kind of the fault, with what the words of the label and the order itself add to the action's name."""
    kind = KINDS.get(move.action)
    if move.action == "the markets resolve: {}":
        return next((k for words, k in _RESOLUTIONS.items() if move.label.endswith(words)), kind)
    if move.action == "books: {}" and move.label.endswith("every route is shut"):
        return "no_route"
    if order is None:
        return kind
    if move.action == "{}":
        return _read_kind(move.label)
    if move.action == "the venue ends {}" and order.fills:
        return "partial"
    if move.action == "odd match: {}" and f": {order.left_e6 - 1} e6 of" in move.label:
        return "partial"
    if move.action == "the cancel of {} is acknowledged" and order.wire is not Wire.LIVE:
        return ""
    return kind


def _read_kind(label: str) -> str:
    if label.startswith("early read") and "not found although it is there" in label:
        return "not_found_in_flight"
    if label.startswith("early read") and ", 0 of " in label and ", 0 of 0 " not in label:
        return "orders_fills_disagree" if "e6 matched" in label else "stale_order"
    return ""


def _order(label: str, truth: Truth) -> VenueOrder | None:
    return next((order for order in truth.orders if order.name in label), None)


def _table(kind: str, order: VenueOrder | None, truth: Truth) -> list[str]:
    lines = ["[[fault]]", f'kind = "{kind}"']
    if order is None or kind in _OF_THE_MARKET:
        return lines
    role = "entry" if order.role is Role.ENTRY else "exit"
    lines += [f'venue = "{LEGS[order.leg].venue}"', f'role = "{role}"']
    alike = [o for o in truth.orders if o.leg == order.leg and (o.role is Role.ENTRY) == (role == "entry")]
    if alike.index(order) > 0 and kind != "no_route":
        lines.append(f"nth = {alike.index(order) + 1}")
    return lines


def _step(explorer: Explorer, number: int, state: int, label: str) -> list[str]:
    truth = explorer.truth_of(state)
    move = next(m for m in explorer.moves_of(state) if m.label == label)
    order = _order(label, truth)
    kind = _kind(move, truth, order)
    if kind is None:
        return ["", f"# {number}. {label}", "#    no counterpart: this step is not of the venues' making"]
    if not kind:
        return ["", f"# {number}. {label}", "#    happens without a fault, or by itself"]
    return ["", f"# {number}. {label}", *_table(kind, order, truth)]


def text(explorer: Explorer, violation: Violation) -> str:
    """The trace to ``violation`` as a TOML script, one comment or fault for each step."""
    path = explorer.path_to(violation.state)
    part = explorer.part_of(violation.state)
    scope = part.name if part else "before the gates"
    lines = [
        f"# {violation.claim}: {violation.words}",
        "# Play it again: pairlock demo --in-process --trades 1 --faults THIS-FILE",
        f"# The part of the scope: {scope}; plan and bounds are the configuration's.",
    ]
    steps = [(before, label) for (before, _), (_, label) in pairwise(path)]
    if violation.action:
        steps.append((violation.state, violation.action))
    for number, (state, label) in enumerate(steps, start=1):
        lines += _step(explorer, number, state, label)
    lines += [f"# and then for ever: {each}" for each in violation.again]
    return "\n".join(lines) + "\n"
