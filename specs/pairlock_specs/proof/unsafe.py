"""The proof can fail: each unsafe variant changes one action, and names the step and the claim that it breaks.

Each is a mistake that real engines have made. ``story``: actions, the unsafe one among them, that lead from a state
with the invariant to one in which the claim is false.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve, frozen

from pairlock.lifecycle import E
from pairlock_specs.proof.action import Action
from pairlock_specs.proof.check import ACTIONS, Broken, induction, progress, trace
from pairlock_specs.proof.intents import entry, exit_order
from pairlock_specs.proof.knowledge import absent, close, learn
from pairlock_specs.proof.logic import Named, both, no
from pairlock_specs.proof.moves import label
from pairlock_specs.proof.state import State, of_leg
from pairlock_specs.proof.world import crash, write


@frozen
class Variant:
    """``action`` stands in the place of an action of the proof; None: the exits are taken away."""

    name: str
    action: Action | None
    story: tuple[Action, ...]
    claim: str


@frozen
class Shown:
    """What a variant broke: by one step (the induction), and in which states of its story."""

    variant: Variant
    broken: list[Broken]
    states: list[dict[str, int | bool]]

    @property
    def fails(self) -> bool:
        """Whether the variant is found out, as it must be."""
        told = bool(self.states) or self.variant.action is None
        return bool(self.broken) and told and not any("undecided" in each.what for each in self.broken)


def _without(action: Action, *words: str) -> Action:
    """The action without those conditions of its guard and effect whose words begin so."""

    def kept(conditions: list[Named]) -> list[Named]:
        return [each for each in conditions if not each[0].startswith(words)]

    return evolve(
        action,
        name=f"UNSAFE {action.name}",
        guard=lambda s: kept(action.guard(s)),
        effect=lambda s, t: kept(action.effect(s, t)),
    )


def _with(action: Action, more: Callable[[State, State], list[Named]], *words: str) -> Action:
    plain = _without(action, *words)
    return evolve(plain, effect=lambda s, t: [*plain.effect(s, t), *more(s, t)])


def _cancel_closes() -> Action:
    """The acknowledgement is taken for the end; what was told so far, for all that there is."""
    told = learn(0, "add")
    closed = close(0, "add")

    def over(s: State, t: State) -> list[Named]:
        return [("it is believed over", both(no(t.of("active", 0)), t.of("left", 0) == 0))]

    return _with(evolve(told, changes=closed.changes), over, "once named", "what is all known")


def _match_is_final() -> Action:
    """All that matched is believed final, though the venue may still undo it."""
    real = close(0, "add")

    def final(s: State, t: State) -> list[Named]:
        return [("what matched is believed final", both(t.of("bp", 0, "add") == 0,
                                                       t.of("bf", 0, "add") >= s.of("bf", 0, "add"),
                                                       t.of("uf", 0, "add") >= s.of("uf", 0, "add"),
                                                       t.of("bx", 0, "add") == s.of("bx", 0, "add")))]  # fmt: skip

    return _with(real, final, "F: what is told final", "F: a final fill", "F: what is told failed")


def _not_durable() -> Action:
    real = entry(0)
    changed = "leg 0: a durable intent"

    def sent(s: State, t: State) -> list[Named]:
        alive = both(t.of("active", 0), t.of("alive", 0), no(t.of("written", 0)), no(t.of("opened", 0)))
        return [("an intent in memory only", both(alive, no(t.of("durable", 0))))]

    return _with(real, sent, changed)


def _resend() -> Action:
    """Not heard of: the same order again under a new id, though the first may be alive; one of them is believed in."""
    leg = 0

    def guard(s: State) -> list[Named]:
        return [
            (
                "no word of it yet",
                both(s.of("active", leg), s.of("known", leg) == 0, s.holds_kind(leg, "add")),
            )
        ]

    def effect(s: State, t: State) -> list[Named]:
        again = t.of("budget", leg) - s.of("budget", leg)
        return [
            (
                "a second order of the size",
                both(t.of("alive", leg), t.of("size", leg) == 2 * s.of("size", leg)),
            ),
            ("at the first one's cost", again == s.of("left", leg)),
        ]

    changes = frozenset({of_leg("alive", leg), of_leg("size", leg), of_leg("budget", leg)})
    return Action("UNSAFE the order of leg 0 is sent again under a new id", changes, guard, effect)


def _exit_while_unknown() -> Action:
    """Sized by what is known, beside an entry that may still fill."""
    real = _without(exit_order(0, "add"), "no order can fill", "every fill is final")

    def guard(s: State) -> list[Named]:
        alive = both(
            s.of("active", 0), s.of("alive", 0), s.holds_kind(0, "add"), s.room(0) > 0, s.of("budget", 0) > 0
        )
        return [*real.guard(s), ("an order is unknown", alive)]

    return evolve(real, guard=guard)


def variants() -> tuple[Variant, ...]:
    nothing = label(E.NONE_FINAL)
    zero = _without(absent(0, "add"), "F: after the bounds", "F: and never")
    cancel, final, memory = _cancel_closes(), _match_is_final(), _not_durable()
    again, unknown = _resend(), _exit_while_unknown()
    risk, nets = "13-risk-reserved", "9-exit-fits"
    return (
        Variant("not found means zero", zero, (zero, nothing), risk),
        Variant("a cancel's acknowledgement means closed", cancel, (cancel, nothing), risk),
        Variant("MATCHED counts as final", final, (final, exit_order(0, "sell")), nets),
        Variant("no write-ahead", memory, (memory, write(0), crash(), nothing), risk),
        Variant("resend under a new id", again, (again,), risk),
        Variant("exit while an order is unknown", unknown, (unknown,), risk),
        Variant("an engine that never exits", None, (), "19-can-exit"),
    )


def shown(variant: Variant) -> Shown:
    """What the variant breaks."""
    if variant.action is None:
        kept = [action for action in ACTIONS if not any(event is E.EXIT_DURABLE for _, event in action.rows)]
        return Shown(variant, progress(kept), [])
    return Shown(variant, induction([variant.action]), trace(variant.story, variant.claim))
