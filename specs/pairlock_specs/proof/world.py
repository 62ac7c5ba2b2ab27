"""What venues and the wire may do to one leg: the truth moves, what the engine believes does not.

The bounds: within its size an order costs no more than its budget (``lemmas``: any split at the limit or better), and
a sale brings no less than nothing. A fill above the size is counted apart.
"""

from __future__ import annotations

from pairlock_specs.proof.action import Action, each_kind, kinds, legs
from pairlock_specs.proof.logic import Named, Value, both, choose, either, implies, most, no
from pairlock_specs.proof.state import BUYS, LEGS, State


def _nothing(s: State) -> list[Named]:
    return []


def write(leg: int) -> Action:
    def guard(s: State) -> list[Named]:
        return [("it can still be sent", both(s.of("alive", leg), no(s.of("written", leg))))]

    def effect(s: State, t: State) -> list[Named]:
        return [("written", t.of("written", leg))]

    return Action(f"the request of leg {leg} is written", legs(leg, "written"), guard, effect)


def end(leg: int) -> Action:
    """Never written, lost, refused, ended by the venue or by our cancel: it can match no more."""

    def effect(s: State, t: State) -> list[Named]:
        return [("it can match no more", no(t.of("alive", leg)))]

    return Action(f"the order of leg {leg} ends", legs(leg, "alive", "written"), _nothing, effect)


def _money(s: State, t: State, leg: int, kind: str) -> list[Named]:
    paid = _paid(s, t, leg, kind)
    grows = both(*(
        implies(t.of(q, leg, kind) == s.of(q, leg, kind), t.of(c, leg, kind) == s.of(c, leg, kind))
        for q, c in (("tf", "cf"), ("tp", "cp"))
    ))  # fmt: skip
    return [
        ("money moves with the fill", both(grows, paid >= 0, t.of("paid", leg) == s.of("paid", leg) + paid)),
        (
            "a fill of nothing pending costs nothing",
            implies(t.of("tp", leg, kind) == 0, t.of("cp", leg, kind) == 0),
        ),
    ]


def _paid(s: State, t: State, leg: int, kind: str) -> Value:
    return t.of("cf", leg, kind) + t.of("cp", leg, kind) - s.of("cf", leg, kind) - s.of("cp", leg, kind)


def _filled(s: State, t: State, leg: int, kind: str) -> list[Named]:
    """A quantity above nothing matched, pending or final at once."""
    q = t.of("gross", leg) - s.of("gross", leg)
    at_once = both(
        t.of("tf", leg, kind) == s.of("tf", leg, kind) + q, t.of("tp", leg, kind) == s.of("tp", leg, kind)
    )
    later = both(
        t.of("tp", leg, kind) == s.of("tp", leg, kind) + q, t.of("tf", leg, kind) == s.of("tf", leg, kind)
    )
    return [
        ("something matches", q > 0),
        ("it is pending or final", either(at_once, later)),
        ("an order does not come to life", implies(t.of("alive", leg), s.of("alive", leg))),
    ]


def match(leg: int, kind: str) -> Action:
    def guard(s: State) -> list[Named]:
        at_venue = both(s.of("alive", leg), s.of("written", leg), s.holds_kind(leg, kind))
        return [("a live order of the kind", at_venue)]

    def effect(s: State, t: State) -> list[Named]:
        budget = t.of("budget", leg) == s.of("budget", leg) - (_paid(s, t, leg, kind) if kind in BUYS else 0)
        return [
            *_filled(s, t, leg, kind),
            *_money(s, t, leg, kind),
            ("within the size", t.of("gross", leg) <= s.of("size", leg)),
            ("within the budget", both(t.of("budget", leg) >= 0, budget)),
        ]

    changes = legs(leg, "gross", "paid", "budget", "alive") | kinds(leg, kind, "tf", "tp", "cf", "cp")
    return Action(f"an order of leg {leg} matches ({kind})", changes, guard, effect)


def over_fill(leg: int, kind: str) -> Action:
    count = "over_add" if kind == "add" else "over_take"

    def effect(s: State, t: State) -> list[Named]:
        above = t.of("gross", leg) - most(s.of("size", leg), s.of("gross", leg))
        paid = _paid(s, t, leg, kind) if kind in BUYS else 0
        beyond = most(0, paid - s.of("budget", leg))
        return [
            *_filled(s, t, leg, kind),
            *_money(s, t, leg, kind),
            ("above the size", above > 0),
            ("it is counted apart", t.of(count, leg) == s.of(count, leg) + above),
            ("the budget is used first", both(
                t.of("budget", leg) == most(0, s.of("budget", leg) - paid),
                t.of("over", leg) == s.of("over", leg) + beyond,
            )),
        ]  # fmt: skip

    changes = legs(leg, "gross", "paid", "budget", "alive", "over", count) | kinds(
        leg, kind, "tf", "tp", "cf", "cp"
    )
    return Action(
        f"a venue fills above an order of leg {leg} ({kind})", changes, match(leg, kind).guard, effect
    )


def becomes_final(leg: int, kind: str) -> Action:
    def effect(s: State, t: State) -> list[Named]:
        q = s.of("tp", leg, kind) - t.of("tp", leg, kind)
        cost = s.of("cp", leg, kind) - t.of("cp", leg, kind)
        return [
            ("something pending", both(q > 0, t.of("tp", leg, kind) >= 0)),
            ("is final", t.of("tf", leg, kind) == s.of("tf", leg, kind) + q),
            ("at its cost", both(cost >= 0, t.of("cf", leg, kind) == s.of("cf", leg, kind) + cost)),
            ("what is left", both(t.of("cp", leg, kind) >= 0,
                                  implies(t.of("tp", leg, kind) == 0, t.of("cp", leg, kind) == 0))),
        ]  # fmt: skip

    return Action(
        f"a match of leg {leg} becomes final ({kind})",
        kinds(leg, kind, "tf", "tp", "cf", "cp"),
        _nothing,
        effect,
    )


def fails(leg: int, kind: str) -> Action:
    def effect(s: State, t: State) -> list[Named]:
        q = s.of("tp", leg, kind) - t.of("tp", leg, kind)
        return [
            ("something pending", both(q > 0, t.of("tp", leg, kind) >= 0)),
            ("has failed", t.of("tx", leg, kind) == s.of("tx", leg, kind) + q),
            ("what is left", both(t.of("cp", leg, kind) >= 0, t.of("cp", leg, kind) <= s.of("cp", leg, kind),
                                  implies(t.of("tp", leg, kind) == 0, t.of("cp", leg, kind) == 0))),
        ]  # fmt: skip

    return Action(
        f"a match of leg {leg} fails ({kind})", kinds(leg, kind, "tp", "tx", "cp"), _nothing, effect
    )


def crash() -> Action:
    """Unwritten requests never are; what was durable is read again, and nothing else is known."""
    changes: frozenset[str] = frozenset()
    for leg in LEGS:
        changes |= legs(leg, "alive", "active", "left", "written")

    def effect(s: State, t: State) -> list[Named]:
        found: list[Named] = []
        for leg in LEGS:
            stays = both(s.of("alive", leg), s.of("written", leg))
            kept = both(s.of("active", leg), s.of("durable", leg))
            found += [
                (f"leg {leg}: only what was written may still live", t.of("alive", leg) == stays),
                (f"leg {leg}: only what was durable is remembered", t.of("active", leg) == kept),
                (
                    f"leg {leg}: with what it may cost",
                    t.of("left", leg) == choose(kept, s.of("left", leg), 0),
                ),
            ]
        return found

    return Action("crash and restart", changes, _nothing, effect)


def others(leg: int) -> Action:
    """Other trades, deposits, grants to others: they take no more than is free, and may give back."""

    def effect(s: State, t: State) -> list[Named]:
        moved = s.of("funds", leg) - t.of("funds", leg)
        return [("no more than is free", either(moved <= 0, moved <= s.free(leg)))]

    return Action(
        f"other trades on the account of leg {leg}", legs(leg, "funds"), _nothing, effect, takes_cash=True
    )


WORLD: tuple[Action, ...] = (
    *(make(leg) for leg in LEGS for make in (write, end, others)),
    *(make(leg, kind) for leg, kind in each_kind() for make in (match, over_fill, becomes_final, fails)),
    crash(),
)
