"""When faults happen: by a script, by probability and seed, or both. Every fault that fires is counted."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Protocol

from attrs import evolve, fields, frozen

from pairlock.ports import OrderIntent, TimeInForce
from pairlock.units import PPM
from pairlock_adapters.simulated.fault_kinds import FOREVER_MS, KINDS, NOTHING, Effect, FaultKind, Hook
from pairlock_adapters.simulated.fault_parameters import counted_by_venue
from pairlock_adapters.simulated.quantiles import Quantiles


@frozen
class Occasion:
    """One question to a plan. ``role``: "entry" (fill-or-kill) or "exit"; ``what`` names a read."""

    hook: Hook
    venue: str
    at_ms: int
    market: str = ""
    intent_id: str = ""
    outcome: str = ""
    role: str = ""
    buys: bool = True
    what: str = ""


def occasion_of(hook: Hook, intent: OrderIntent, at_ms: int, what: str = "") -> Occasion:
    """The question that concerns one order."""
    role = "entry" if intent.time_in_force is TimeInForce.FILL_OR_KILL else "exit"
    return Occasion(
        hook,
        intent.venue,
        at_ms,
        intent.market,
        intent.intent_id,
        intent.outcome.value,
        role,
        intent.buys,
        what,
    )


class FaultPlan(Protocol):
    """When faults happen. ``fired`` counts by kind those that did: some only once the venue saw them take hold.

    ``strikes``: every effect that was handed out, with its kind, in the order in which they were merged.
    """

    fired: dict[str, int]
    strikes: list[tuple[FaultKind, Effect]]

    def consult(self, occasion: Occasion) -> Effect: ...

    def count(self, kind: FaultKind) -> None: ...

    def share(self, other: FaultPlan) -> None:
        """Write into the counts and strikes of ``other`` from now on."""


@frozen
class Fault:
    """One scripted fault. Empty fields match anything; it fires from the ``nth`` match on, ``times`` times (0: always).

    ``intent`` and ``market`` match by containing, ``what`` exactly; ``effect`` None takes the kind's own.
    """

    kind: FaultKind
    venue: str = ""
    role: str = ""
    outcome: str = ""
    market: str = ""
    intent: str = ""
    what: str = ""
    nth: int = 1
    times: int = 1
    from_ms: int = 0
    until_ms: int = FOREVER_MS
    effect: Effect | None = None

    def matches(self, occasion: Occasion) -> bool:
        return (
            KINDS[self.kind][0] is occasion.hook
            and self.venue in ("", occasion.venue)
            and self.role in ("", occasion.role)
            and self.outcome in ("", occasion.outcome)
            and self.what in ("", occasion.what)
            and self.market in occasion.market
            and self.intent in occasion.intent_id
            and self.from_ms <= occasion.at_ms < self.until_ms
        )


def fault(kind: FaultKind, venue: str = "", *, change: dict[str, Any] | None = None, **when: Any) -> Fault:
    """A scripted fault with some fields of its kind's effect changed, e.g. ``change={"slip_e4": 500}``."""
    return Fault(kind, venue, effect=evolve(KINDS[kind][1], **(change or {})), **when)


def merged(first: Effect, second: Effect) -> Effect:
    """Both effects; where both change a field, the second wins."""
    if first == NOTHING:
        return second
    if second == NOTHING:
        return first
    changed = {
        f.name: getattr(second, f.name) for f in fields(Effect) if getattr(second, f.name) != f.default
    }
    return evolve(first, **(changed | {"kinds": first.kinds + second.kinds}))


class NoFaults:
    """Nothing fails."""

    def __init__(self) -> None:
        self.fired: dict[str, int] = {}
        self.strikes: list[tuple[FaultKind, Effect]] = []

    def share(self, other: FaultPlan) -> None:
        self.fired, self.strikes = other.fired, other.strikes

    def consult(self, occasion: Occasion) -> Effect:
        return NOTHING

    def count(self, kind: FaultKind) -> None:
        self.fired[kind.value] = self.fired.get(kind.value, 0) + 1

    def struck(self, kind: FaultKind, effect: Effect) -> Effect:
        """``effect`` with what is needed to count ``kind``, now or by the venue later."""
        self.strikes.append((kind, effect))
        if counted_by_venue(kind):
            return evolve(effect, kinds=(kind.value,))
        self.count(kind)
        return effect


class ScriptedFaults(NoFaults):
    """The listed faults, in their order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__()
        self._seen = [0] * len(faults)
        self._by_hook: dict[Hook, list[tuple[int, Fault]]] = {}
        for number, each in enumerate(faults):
            self._by_hook.setdefault(KINDS[each.kind][0], []).append((number, each))
        # A recorded run is a script of thousands of faults, of which a market meets a few.
        self._of_market: dict[tuple[Hook, str], list[tuple[int, Fault]]] = {}

    def _possible(self, occasion: Occasion) -> list[tuple[int, Fault]]:
        of_hook = self._by_hook.get(occasion.hook, [])
        key = occasion.hook, occasion.market
        if not of_hook:
            return of_hook
        if key not in self._of_market:
            self._of_market[key] = [pair for pair in of_hook if pair[1].market in occasion.market]
        return self._of_market[key]

    def consult(self, occasion: Occasion) -> Effect:
        effect = NOTHING
        for index, each in self._possible(occasion):
            if not each.matches(occasion):
                continue
            self._seen[index] += 1
            seen = self._seen[index]
            if seen >= each.nth and (each.times == 0 or seen < each.nth + each.times):
                own = KINDS[each.kind][1] if each.effect is None else each.effect
                effect = merged(effect, self.struck(each.kind, own))
        return effect


@frozen
class Draw:
    """A fault that happens with a probability; ``vary`` draws fields of its effect anew each time, ``change`` sets
    them. ``side``: "buy" or "sell" only."""

    kind: FaultKind
    ppm: int
    venue: str = ""
    role: str = ""
    what: str = ""
    vary: tuple[tuple[str, Quantiles], ...] = ()
    change: tuple[tuple[str, Any], ...] = ()
    side: str = ""

    def suits(self, occasion: Occasion) -> bool:
        """Whether it may happen here (its hook is not looked at)."""
        return (
            self.venue in ("", occasion.venue)
            and self.role in ("", occasion.role)
            and self.what in ("", occasion.what)
            and self.side in ("", "buy" if occasion.buys else "sell")
        )

    def drawn(self, rng: Random) -> Effect:
        """Its effect this time."""
        varied: dict[str, Any] = {name: quantiles.draw(rng) for name, quantiles in self.vary}
        return evolve(KINDS[self.kind][1], **dict(self.change), **varied)


class DrawnFaults(NoFaults):
    """Faults by probability and seed."""

    def __init__(self, draws: Sequence[Draw], rng: Random) -> None:
        super().__init__()
        self._rng = rng
        self._draws: dict[Hook, list[Draw]] = {}
        for draw in draws:
            self._draws.setdefault(KINDS[draw.kind][0], []).append(draw)

    def consult(self, occasion: Occasion) -> Effect:
        effect = NOTHING
        for draw in self._draws.get(occasion.hook, ()):
            if draw.suits(occasion) and self._rng.randrange(PPM) < draw.ppm:
                effect = merged(effect, self.struck(draw.kind, draw.drawn(self._rng)))
        return effect


class BothFaults(NoFaults):
    """A script upon a background of drawn faults; the script wins."""

    def __init__(self, script: FaultPlan, background: FaultPlan) -> None:
        super().__init__()
        self._script = script
        self._background = background
        # One count for both, so that whoever reads `fired` sees everything.
        self.share(self)

    def share(self, other: FaultPlan) -> None:
        super().share(other)
        self._script.share(other)
        self._background.share(other)

    def consult(self, occasion: Occasion) -> Effect:
        return merged(self._background.consult(occasion), self._script.consult(occasion))
