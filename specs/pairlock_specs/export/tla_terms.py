"""The vocabulary printed as TLA+: one formula for each condition; for each effect, what a variable becomes.

``i`` is the order's number; ``x`` the subject's quantity, fill, part, leg, way or books.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pairlock import commands as c
from pairlock_specs import vocabulary as v
from pairlock_specs.answers import Answer
from pairlock_specs.conditions import ABOUT_A_LEG, ABOUT_AN_ORDER
from pairlock_specs.export.heard import ABOUT_AN_ORDER as WORDS_OF_AN_ORDER
from pairlock_specs.export.heard import NOT_FOUND
from pairlock_specs.truth import Wire


def _standing(command: type, leg: str) -> str:
    if command in ABOUT_AN_ORDER:
        return f'Stands(<<"{command.__name__}", orders[i].id>>)'
    if command in ABOUT_A_LEG:
        return f'Stands(<<"{command.__name__}", {leg}>>)'
    return f'Stands(<<"{command.__name__}">>)'


def _wires(wires: tuple[Wire, ...]) -> str:
    if len(wires) == 1:
        return f'orders[i].wire = "{wires[0].name}"'
    return "orders[i].wire \\in {" + ", ".join(f'"{wire.name}"' for wire in wires) + "}"


def _may_strike(term: v.MayStrike) -> str:
    more = (
        "~killed /\\ Parts[part].kills > 0" if term.blow is v.Blow.KILL else "crashed < Parts[part].crashes"
    )
    return f"part > 0 => (blows_left > 0 /\\ {more})"


CONDITIONS: dict[type, Callable[[Any], str]] = {
    v.WireIs: lambda term: _wires(term.wires),
    v.HasFills: lambda term: f"orders[i].fills {'=' if term.no else '#'} <<>>",
    v.MarketOpen: lambda _: 'resolution = ""',
    v.MarketResolved: lambda _: 'resolution # ""',
    v.Stands: lambda term: _standing(term.command, "x"),
    v.StandsForBothLegs: lambda term: " /\\ ".join(_standing(term.command, leg) for leg in "01"),
    v.StateIn: lambda term: "Label \\in {" + ", ".join(f'"{state}"' for state in term.states) + "}",
    v.CounterLeft: lambda term: f"{term.counter.value} > 0",
    v.MayStrike: _may_strike,
}

Changes = dict[str, str]  # variable -> what it becomes


def _orders(make: str) -> Callable[[Any, Changes], Changes]:
    """``%`` in the text stands for the orders as earlier effects left them; names in braces are the effect's own."""

    def change(effect: Any, now: Changes) -> Changes:
        held = {
            name: getattr(effect, name) for name in ("wire", "old", "new", "status") if hasattr(effect, name)
        }
        words = {name: value.name if isinstance(value, Wire) else str(value) for name, value in held.items()}
        return {"orders": make.format(**words).replace("%", now.get("orders", "orders"))}

    return change


def _pick_part(_: Any, __: Changes) -> Changes:
    left = ("blows", "alarms", "grants", "odd")
    return {"part": "x", **{f"{name}_left": f"Parts[x].{name}" for name in left}}


EFFECTS: dict[type, Callable[[Any, Changes], Changes]] = {
    v.SetWire: _orders('OnWire(%, i, "{wire}")'),
    v.Rewire: _orders('Rewired(%, "{old}", "{new}")'),
    v.AddFill: _orders("Filled(%, i, x)"),
    v.CloseIfFull: _orders("ClosedIfFull(%, i)"),
    v.SettleFill: _orders('SettledFill(%, i, x, "{status}")'),
    v.Resolve: lambda _, __: {"resolution": "x"},
    v.PickPart: _pick_part,
    v.MarkKilled: lambda _, __: {"killed": "TRUE"},
    v.CountCrash: lambda _, __: {"crashed": "crashed + 1"},
    v.Spend: lambda effect, _: {effect.counter.value: f"{effect.counter.value} - 1"},
}

# For each kind of subject: the operator's parameters, the quantifiers in Next, and what must hold of the subject.
SUBJECTS: dict[v.Over, tuple[str, str, str]] = {
    v.Over.ONCE: ("", "", ""),
    v.Over.ORDERS: ("i", "\\E i \\in DOMAIN orders : ", ""),
    v.Over.MATCHES: ("i, x", "\\E i \\in DOMAIN orders : \\E x \\in WholeMatches(orders[i]) : ", ""),
    v.Over.ODD_MATCHES: ("i, x", "\\E i \\in DOMAIN orders : \\E x \\in OddMatches(orders[i]) : ", ""),
    v.Over.PENDING: ("i, x", "\\E i \\in DOMAIN orders : \\E x \\in PendingFills(orders[i]) : ", ""),
    v.Over.PARTS: ("x", "\\E x \\in DOMAIN Parts : ", ""),
    v.Over.RESOLUTIONS: ("x", "\\E x \\in Ways : ", "part > 0 /\\ x \\in Parts[part].resolutions"),
    v.Over.LEGS: ("x", "\\E x \\in {0, 1} : ", ""),
    v.Over.BOOKS: ("x", "\\E x \\in Books : ", "part > 0 /\\ x \\in Parts[part].books"),
    v.Over.ANSWERS: ("i", "\\E i \\in DOMAIN orders : ", "Followed(i)"),
}


def told(word: v.Word, crashed: str) -> str:
    """The word as a tuple, made from the truth."""
    if word in WORDS_OF_AN_ORDER:
        return f'<<"{word.name}", orders[i].spec, {crashed}>>'
    if word in (v.Word.GATES_PASSED, v.Word.BOOKS):
        return f'<<"{word.name}", x, {crashed}>>'
    if word is v.Word.PAYOUT:
        return f'<<"{word.name}", x, resolution, {crashed}>>'
    return f'<<"{word.name}", {crashed}>>'


def told_by(rule: Answer) -> str:
    """The same of an answer about an order: when it was read, the total and the fills that it shows."""
    head = f'"{NOT_FOUND if rule.reported is None else rule.reported}", orders[i].spec, crashed, '
    head += '"late"' if rule.late else '"early"'
    if rule.reported is None:
        return f"<<{head}>>"
    total = "Total(orders[i])" if rule.total else "0"
    return f"<<{head}, {total}, {'orders[i].fills' if rule.fills else '<<>>'}>>"


def command_name(command: c.Command) -> str:
    """A standing command as a tuple. ``WakeAt`` and ``ReadExitBooks`` stand whatever their particulars."""
    name = type(command).__name__
    if isinstance(command, c.FollowOrder | c.CancelOrder | c.WatchOverdue):
        return f'<<"{name}", "{command.intent_id}">>'
    if isinstance(command, c.WatchResolution):
        return f'<<"{name}", {command.leg}>>'
    return f'<<"{name}">>'
