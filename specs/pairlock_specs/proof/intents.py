"""The engine's intents: entries, the later leg, and exits; when they may be made, how large, and at what cost."""

from __future__ import annotations

from pairlock.lifecycle import OE, OS, E
from pairlock_specs.proof.action import Action, legs, slot
from pairlock_specs.proof.logic import Named, both, choose, either, no
from pairlock_specs.proof.state import BUYS, KINDS, LEGS, State
from pairlock_specs.proof.table import by_table, of_event, starts


def _intent(s: State, t: State, leg: int, kind: str) -> list[Named]:
    """A new order of ours: durable before a byte is out. Whatever of an older one is alive stays so beside it."""
    older = choose(
        s.of("alive", leg), s.of("size", leg) - s.of("known", leg), s.of("gross", leg) - s.of("known", leg)
    )
    room = t.of("size", leg) - older
    paid = choose(t.of("gross", leg) == 0, 0, s.of("paid", leg))
    return [
        (f"leg {leg}: a durable intent", both(t.of("active", leg), t.of("alive", leg), t.of("durable", leg),
                                              no(t.of("written", leg)), no(t.of("opened", leg)))),
        (f"leg {leg}: of its kind", t.of("kind", leg) == KINDS.index(kind)),
        (f"leg {leg}: of a size above nothing", room > 0),
        (f"leg {leg}: nothing of it matched", both(t.of("gross", leg) == s.of("gross", leg) - s.of("known", leg),
                                                   t.of("known", leg) == 0,
                                                   t.of("paid", leg) == paid)),
        (f"leg {leg}: its budget is reserved", both(
            t.of("left", leg) >= 0,
            t.of("budget", leg) == t.of("left", leg) + choose(s.of("alive", leg), s.of("budget", leg), 0),
            t.of("left", leg) <= s.of("cash", leg) - s.used(leg) if kind in BUYS else t.of("left", leg) == 0,
        )),
    ]  # fmt: skip


def entry(*entered: int) -> Action:
    """The entries of the plan's first step."""
    changes = frozenset({"label"}).union(*(slot(leg) for leg in entered))

    def guard(s: State) -> list[Named]:
        return [("LOCKED", starts(s, E.ENTRY_DURABLE))]

    def effect(s: State, t: State) -> list[Named]:
        intents = [each for leg in entered for each in _intent(s, t, leg, "add")]
        return [("by the table", by_table(s, t, E.ENTRY_DURABLE)), *intents]

    words = "both legs" if len(entered) == 2 else f"leg {entered[0]}"
    return Action(f"the entry of {words} is durable", changes, guard, effect, of_event(E.ENTRY_DURABLE),
                  ((OS.IDLE, OE.INTENT_DURABLE),))  # fmt: skip


def release(leg: int) -> Action:
    """Riskier first: the later leg, at what the first filled."""

    def guard(s: State) -> list[Named]:
        return [("EXECUTING", starts(s, E.FIRST_FILLED)), ("no order can fill", s.none_active)]

    def effect(s: State, t: State) -> list[Named]:
        fits = t.of("size", leg) <= s.net(1 - leg)
        return [
            ("by the table", by_table(s, t, E.FIRST_FILLED)),
            *_intent(s, t, leg, "add"),
            ("equal contracts", fits),
        ]

    return Action(f"the entry of leg {leg} is released", slot(leg) | {"label"}, guard, effect, of_event(E.FIRST_FILLED),
                  ((OS.IDLE, OE.INTENT_DURABLE),))  # fmt: skip


def exit_due(s: State) -> list[Named]:
    settled = both(*(s.of("bp", leg, kind) == 0 for leg in LEGS for kind in KINDS))
    return [
        ("HEDGING", starts(s, E.EXIT_DURABLE)),
        ("no order can fill", s.none_active),
        ("every fill is final, unless exits go on matched ones", either(no(s.on_final), settled)),
        ("nets differ, or are negative", either(s.net(0) != s.net(1), s.net(0) < 0)),
    ]


def exit_order(leg: int, kind: str) -> Action:
    """Completion or purchase back (add), sale, or complement. ``leg`` is where the order goes."""
    other = 1 - leg
    counts = legs(leg, "counted") if kind != "add" else frozenset()

    def guard(s: State) -> list[Named]:
        own, rest = s.net(leg), s.net(other)
        if kind == "add":
            return [*exit_due(s), ("this leg is short", either(own < 0, both(rest >= 0, own < rest)))]
        return [*exit_due(s), ("this leg is rich", both(rest >= 0, own > rest))]

    def effect(s: State, t: State) -> list[Named]:
        own, rest, size = s.net(leg), s.net(other), t.of("size", leg)
        fits = size <= choose(own < 0, -own, rest - own) if kind == "add" else size <= own - rest
        found = [
            ("by the table", by_table(s, t, E.EXIT_DURABLE)),
            *_intent(s, t, leg, kind),
            ("it fits", fits),
        ]
        if kind != "add":
            found.append(("what it counts on", t.of("counted", leg) == s.of("bx", leg, "add")))
        return found

    name = {"add": "completes", "comp": "buys the complement on", "sell": "sells from"}[kind]
    return Action(f"an exit {name} leg {leg}", slot(leg) | counts | {"label"}, guard, effect, of_event(E.EXIT_DURABLE),
                  ((OS.IDLE, OE.INTENT_DURABLE),))  # fmt: skip
