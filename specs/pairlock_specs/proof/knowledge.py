"""What the engine is told of orders. Fault model F bounds it: a fact is true, though it may be late and incomplete.

Each action names the rows of the order table that it stands for. What an action concludes from a fact is the engine's.
"""

from __future__ import annotations

from collections.abc import Callable

from pairlock.lifecycle import OE, OS
from pairlock_specs.proof.action import Action, kinds, legs
from pairlock_specs.proof.logic import Named, both, choose, either, implies, no
from pairlock_specs.proof.state import BUYS, State

OPEN_SENT = (OS.SENT, OS.OPEN)


def told(s: State, t: State, leg: int, kind: str) -> list[Named]:
    """F: a fact about an order is true; and the engine values what it knows at no less than it cost."""
    bf, bp, bx, uf, up = (t.of(name, leg, kind) for name in ("bf", "bp", "bx", "uf", "up"))
    b_over, left = "b_over", "left"
    reckoned = s.used(leg) + s.of(left, leg) - s.of(b_over, leg)
    above = either(s.of("over_add", leg) > 0, s.of("over_take", leg) > 0)
    hidden = choose(both(t.of("active", leg), t.holds_kind(leg, kind)), s.of("paid", leg), 0)
    found: list[Named] = [
        ("F: what is told final is final", both(s.of("bf", leg, kind) <= bf, bf <= s.of("tf", leg, kind))),
        ("F: what is told failed has failed", both(s.of("bx", leg, kind) <= bx, bx <= s.of("tx", leg, kind))),
        ("F: no more is told than matched", both(s.of("known", leg) <= t.of("known", leg),
                                                 t.of("known", leg) <= s.of("gross", leg))),
        ("what is told of the order is what is added",
         t.told(leg, kind) - s.told(leg, kind) == t.of("known", leg) - s.of("known", leg)),
        ("F: a final fill is told at its cost",
         both(s.of("uf", leg, kind) <= uf, uf <= s.of("cf", leg, kind),
              implies(bf == s.of("tf", leg, kind), uf == s.of("cf", leg, kind)))),
        ("nothing pending is taken to cost nothing", both(bp >= 0, up >= 0, implies(bp == 0, up == 0))),
        ("the ledger books no more than is reckoned",
         both(t.of("booked", leg) >= 0, t.of("booked", leg) <= t.of("up", leg, "add") + t.of("up", leg, "comp"))),
        ("what is told leaves an order within its budget, but for what is above its size",
         both(t.used(leg) + t.of(left, leg) - t.of(b_over, leg) <= reckoned, t.of(left, leg) >= 0,
              t.of(b_over, leg) >= 0, implies(t.of(b_over, leg) > 0, above))),
    ]  # fmt: skip
    if kind in BUYS:
        cost = s.of("cf", leg, kind) + s.of("cp", leg, kind)
        found.append(("what is all known is reckoned at no less than it cost", cost <= uf + up + hidden))
    return found


def _knowledge(leg: int, kind: str) -> frozenset[str]:
    return kinds(leg, kind, "bf", "bp", "bx", "uf", "up") | legs(leg, "known", "left", "b_over", "booked")


def _is_active(leg: int, kind: str) -> Callable[[State], list[Named]]:
    def guard(s: State) -> list[Named]:
        return [("an order that may still fill", both(s.of("active", leg), s.holds_kind(leg, kind)))]

    return guard


def learn(leg: int, kind: str) -> Action:
    """Live, partial, a cancel acknowledged, not found: whatever is told, it may still fill."""

    def effect(s: State, t: State) -> list[Named]:
        known = ("once named it stays so", implies(s.of("opened", leg), t.of("opened", leg)))
        return [*told(s, t, leg, kind), known]

    rows = (
        (OS.SENT, OE.LIVE), (OS.SENT, OE.CANCEL_ACKED), (OS.SENT, OE.NOT_FOUND), (OS.OPEN, OE.PARTIAL),
        (OS.OPEN, OE.NOT_FOUND), (OS.OPEN, OE.CANCEL_ACKED),
    )  # fmt: skip
    name = f"the engine learns of a live order of leg {leg} ({kind})"
    return Action(
        name, _knowledge(leg, kind) | legs(leg, "opened"), _is_active(leg, kind), effect, order_rows=rows
    )


def close(leg: int, kind: str) -> Action:
    """A certain word, or a terminal one read after the bounds: it can fill no more, and all that matched is told."""

    def effect(s: State, t: State) -> list[Named]:
        return [
            ("F: it can fill no more", no(s.of("alive", leg))),
            ("F: all that matched is told", t.of("known", leg) == s.of("gross", leg)),
            ("it is believed over", both(no(t.of("active", leg)), t.of("left", leg) == 0)),
            *told(s, t, leg, kind),
        ]

    rows = tuple((state, event) for state in OPEN_SENT for event in (OE.CLOSED_PENDING, OE.CLOSED_FINAL))
    changes = _knowledge(leg, kind) | legs(leg, "active", "opened")
    return Action(
        f"an order of leg {leg} is known to be over ({kind})",
        changes,
        _is_active(leg, kind),
        effect,
        order_rows=rows,
    )


def absent(leg: int, kind: str) -> Action:
    """No byte was written, or a read that began after the bounds of F finds it nowhere: FINAL(0)."""

    def effect(s: State, t: State) -> list[Named]:
        return [
            ("F: after the bounds what is not found is not there and cannot come", no(s.of("alive", leg))),
            ("F: and never matched", s.of("gross", leg) == 0),
            ("nothing was told of it", s.of("known", leg) == 0),
            ("it is believed over", both(no(t.of("active", leg)), t.of("left", leg) == 0)),
        ]

    rows = ((OS.SENT, OE.NOT_SENT), (OS.SENT, OE.ABSENT_PROVEN), (OS.OPEN, OE.CLOSED_FINAL))
    changes = legs(leg, "active", "left", "opened")
    return Action(
        f"an order of leg {leg} is proved absent ({kind})",
        changes,
        _is_active(leg, kind),
        effect,
        order_rows=rows,
    )


def settle(leg: int, kind: str) -> Action:
    """What is told of an order that can fill no more: fills become final or fail."""

    def guard(s: State) -> list[Named]:
        return [("something is not final", s.of("bp", leg, kind) > 0)]

    def effect(s: State, t: State) -> list[Named]:
        return [*told(s, t, leg, kind), ("nothing more matched", t.of("known", leg) == s.of("known", leg))]

    name = f"the engine learns of a settlement of leg {leg} ({kind})"
    return Action(name, _knowledge(leg, kind) - legs(leg, "known", "left"), guard, effect,
                  order_rows=((OS.MATCHED, OE.FILLS_FINAL),))  # fmt: skip
