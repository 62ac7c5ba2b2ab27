"""A counterexample as a person reads it: what each step changed, in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pairlock_specs.proof.state import KINDS, STATES

_WORDS = {
    "tf": "really final", "tp": "really pending", "tx": "really failed", "bf": "believed final",
    "bp": "believed pending", "bx": "believed failed", "cf": "cost of what is final", "cp": "cost of what is pending",
    "uf": "believed cost of what is final", "up": "reckoned cost of the rest", "cash": "reserved",
    "size": "size of the order", "gross": "really matched of it", "known": "believed matched of it",
    "paid": "what its matches cost", "budget": "what it may really cost yet", "left": "what it is believed to cost yet",
    "kind": "kind of the order", "over": "cost beyond budgets", "b_over": "the same as believed",
    "over_add": "bought above sizes", "over_take": "taken above sizes", "counted": "failures that an exit knew of",
    "booked": "booked for what is not final", "pay": "paid by the market", "funds": "left by other trades",
    "active": "believed able to fill", "opened": "believed named by the venue", "alive": "alive at the venue",
    "written": "written to the wire", "durable": "durable", "read": "payout read", "at_once": "sets paid at once",
}  # fmt: skip


def _words(name: str) -> str:
    parts = name.split(".")
    if len(parts) == 1:
        return {"label": "state", "on_final": "exits on final fills"}[name]
    what = _WORDS[parts[0]]
    return f"leg {parts[-1]}: {what}" + (f" ({parts[1]})" if len(parts) == 3 else "")


def _value(name: str, value: int | bool) -> str:
    if name == "label":
        return STATES[value].value if 0 <= value < len(STATES) else str(value)
    if name.startswith("kind."):
        return KINDS[value]
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def differences(states: Sequence[dict[str, int | bool]], names: Sequence[str] = ()) -> list[str]:
    """The first state's values that matter, then what each step changes. Empty states say nothing."""
    if not states or not states[0]:
        return []
    touched = {name for a, b in pairwise(states) for name in a if a[name] != b[name]}
    first = states[0]
    shown = [
        name
        for name in first
        if name in touched or name == "label" or name.startswith(("cash", "alive", "active"))
    ]
    lines = ["    before: " + "; ".join(f"{_words(name)} {_value(name, first[name])}" for name in shown)]
    for number, (a, b) in enumerate(pairwise(states), 1):
        moved = [
            f"{_words(name)} {_value(name, a[name])} -> {_value(name, b[name])}"
            for name in a
            if a[name] != b[name]
        ]
        step = names[number] if number < len(names) else "after"
        lines.append(f"    {step}: " + "; ".join(moved))
    return lines
