"""The world's actions and answers as a Markdown page: `python -m pairlock_specs.world_table` (docs/world.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pairlock_specs import vocabulary as v
from pairlock_specs.action import Action
from pairlock_specs.answers import ANSWERS, Answer
from pairlock_specs.world import ACTIONS

_HEAD = """\
# The world

Everything that venues, markets, the wire, operators and crashes may do in the explorer's search. Generated from
`specs/pairlock_specs/world.py` and `answers.py`; the explorer interprets these rows, and the
[exports](second-opinion.md) print them as Promela and TLA+. Every condition of a row must hold; its effects are done
in order. *Free* moves belong to venues and markets; the others are ours, or told to us.
"""
_ANSWERS = """
## Answers

What may be said of an order that the engine follows. *Early*: before the bounds of the fault model are over; *late*:
after them. A read that names no word does not find the order.
"""

PHRASES: dict[type, Callable[[Any], str]] = {
    v.WireIs: lambda t: "it is " + " or ".join(wire.name for wire in t.wires),
    v.HasFills: lambda t: "it never matched" if t.no else "it matched",
    v.MarketOpen: lambda _: "the markets are open",
    v.MarketResolved: lambda _: "the markets resolved",
    v.Stands: lambda t: f"`{t.command.__name__}` stands",
    v.StandsForBothLegs: lambda t: f"`{t.command.__name__}` stands for both legs",
    v.StateIn: lambda t: "the trade is " + " or ".join(t.states),
    v.CounterLeft: lambda t: f"`{t.counter.value}` > 0",
    v.MayStrike: lambda t: f"the part allows more {t.blow.value}, or no part is picked yet",
    v.SetWire: lambda e: f"it becomes {e.wire.name}",
    v.Rewire: lambda e: f"every order that is {e.old.name} becomes {e.new.name}",
    v.AddFill: lambda _: "it matches by that much",
    v.CloseIfFull: lambda _: "it becomes CLOSED if nothing is left",
    v.SettleFill: lambda e: f"the fill becomes {e.status}",
    v.Resolve: lambda _: "the markets resolve so",
    v.PickPart: lambda _: "the part is picked, its counters begin",
    v.MarkKilled: lambda _: "the kill is remembered",
    v.CountCrash: lambda _: "one more crash is counted",
    v.Spend: lambda e: f"`{e.counter.value}` - 1",
    v.Tell: lambda e: f"told: {e.word.value}",
}


def _row(action: Action) -> str:
    when = "; ".join(PHRASES[type(term)](term) for term in action.when) or "always"
    then = "; ".join(PHRASES[type(effect)](effect) for effect in action.then)
    whose = "ours" if action.ours else "free"
    return f"| {action.name.replace('{}', '…')} | {action.over.value} | {when} | {then} | {whose} |"


def _answer(rule: Answer) -> str:
    when = "; ".join(PHRASES[type(term)](term) for term in rule.when)
    word = str(rule.reported) if rule.reported is not None else "not found"
    shown = [name for name, shows in (("its total", rule.total), ("its fills", rule.fills)) if shows]
    read = "late" if rule.late else "early"
    return f"| `{rule.ident}` | {read} | {when} | {word} | {' and '.join(shown) or 'nothing'} |"


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield _HEAD
    yield "| action | done to | when | then | whose |\n| --- | --- | --- | --- | --- |"
    yield from (_row(action) for action in ACTIONS)
    yield _ANSWERS
    yield "| answer | read | when | word | shows |\n| --- | --- | --- | --- | --- |"
    yield from (_answer(rule) for rule in ANSWERS)


if __name__ == "__main__":
    print("\n".join(lines()))
