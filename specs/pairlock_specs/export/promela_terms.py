"""The vocabulary printed as Promela: one expression or statement for each term.

``i`` is the order's slot; ``x`` the subject's quantity, fill, part, leg, way or books.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pairlock import commands as c
from pairlock_specs import vocabulary as v
from pairlock_specs.answers import Answer
from pairlock_specs.export.heard import ABOUT_AN_ORDER, NOT_FOUND

# The commands that stand for the trade, by their bit. WatchResolution has two: leg 0 and leg 1.
BITS = (c.JudgeGates, c.ReserveBoth, c.VerifyEntry, c.WakeAt, c.ReadExitBooks)
WATCH_COMMAND = c.WatchResolution
WATCH_BIT = len(BITS)
_ORDER_COMMANDS = {c.FollowOrder: "FOLLOWED(i)", c.CancelOrder: "CANCELLED(i)", c.WatchOverdue: "WATCHED(i)"}


def bit_name(command: type) -> str:
    """The name of the bit under which the command stands."""
    return f"DO_{command.__name__}"


def _stands(term: v.Stands) -> str:
    if term.command in _ORDER_COMMANDS:
        return _ORDER_COMMANDS[term.command]
    if term.command is WATCH_COMMAND:
        return "STANDS(DO_WatchResolution + x)"
    return f"STANDS({bit_name(term.command)})"


def _may_strike(term: v.MayStrike) -> str:
    done, most = ("killed", "KILLS") if term.blow is v.Blow.KILL else ("crashed", "CRASHES")
    return f"(part < 0 || (blows_left > 0 && {done} < {most}))"


CONDITIONS: dict[type, Callable[[Any], str]] = {
    v.WireIs: lambda term: "(" + " || ".join(f"o[i].wire == {wire.name}" for wire in term.wires) + ")",
    v.HasFills: lambda term: "o[i].n == 0" if term.no else "o[i].n > 0",
    v.MarketOpen: lambda _: "resolution == UNRESOLVED",
    v.MarketResolved: lambda _: "resolution != UNRESOLVED",
    v.Stands: _stands,
    v.StandsForBothLegs: lambda term: " && ".join(f"STANDS({bit_name(term.command)} + {n})" for n in (0, 1)),
    v.StateIn: lambda term: "(" + " || ".join(f"state == {state}" for state in term.states) + ")",
    v.CounterLeft: lambda term: f"{term.counter.value} > 0",
    v.MayStrike: _may_strike,
}


def _pick_part(_: v.PickPart) -> str:
    left = ("blows", "alarms", "grants", "odd")
    return "part = x; " + "; ".join(f"{name}_left = PART_{name.upper()}" for name in left)


EFFECTS: dict[type, Callable[[Any], str]] = {
    v.SetWire: lambda effect: f"o[i].wire = {effect.wire.name}",
    v.Rewire: lambda effect: f"{{each:REWIRE(#, {effect.old.name}, {effect.new.name})}}",
    v.AddFill: lambda _: "ADD_FILL(i, x)",
    v.CloseIfFull: lambda _: "CLOSE_IF_FULL(i)",
    v.SettleFill: lambda effect: f"o[i].st[x] = {effect.status.name}",
    v.Resolve: lambda _: "resolution = x",
    v.PickPart: _pick_part,
    v.MarkKilled: lambda _: "killed = 1",
    v.CountCrash: lambda _: "crashed = crashed + 1",
    v.Spend: lambda effect: f"{effect.counter.value} = {effect.counter.value} - 1",
}

# For each kind of subject: the macro's parameters, and what must hold of the subject itself.
SUBJECTS: dict[v.Over, tuple[str, str]] = {
    v.Over.ONCE: ("", ""),
    v.Over.ORDERS: ("i", "EXISTS(i)"),
    v.Over.MATCHES: ("i, x", "(x) > 0"),
    v.Over.ODD_MATCHES: ("i, x", "LEFT(i) > 1 && MAY_FAIL(o[i].leg) && (o[i].role != SELL || (x) < LEFT(i))"),
    v.Over.PENDING: ("i, x", "o[i].st[x] == PENDING"),
    v.Over.PARTS: ("x", ""),
    v.Over.RESOLUTIONS: ("x", "MAY_RESOLVE(x)"),
    v.Over.LEGS: ("x", ""),
    v.Over.BOOKS: ("x", "OFFERED(x)"),
    v.Over.ANSWERS: ("i", "FOLLOWED(i)"),
}


def told(word: v.Word) -> str:
    """The arguments of LEARNS and HEAR: word, slot, number, words, late, total, fills."""
    if word in ABOUT_AN_ORDER:
        return f"{word_name(word.name)}, i, 0, 0, 0, 0, 0"
    if word is v.Word.GATES_PASSED:
        return f"{word_name(word.name)}, -1, x, 0, 0, 0, 0"
    if word is v.Word.PAYOUT:
        return f"{word_name(word.name)}, -1, x, now.resolution, 0, 0, 0"
    if word is v.Word.BOOKS:
        return f"{word_name(word.name)}, -1, 0, x, 0, 0, 0"
    return f"{word_name(word.name)}, -1, 0, 0, 0, 0, 0"


def told_by(rule: Answer) -> str:
    """The same of an answer about an order."""
    word = NOT_FOUND if rule.reported is None else str(rule.reported)
    read = (
        "LATE" if rule.late else "EARLY",
        "TOTAL" if rule.total else "NO_TOTAL",
        "SHOWN" if rule.fills else "HIDDEN",
    )
    return f"{word_name(word)}, i, 0, 0, {', '.join(read)}"


def word_name(word: str) -> str:
    """How the word is named in Promela."""
    return f"SAY_{word.upper()}"
