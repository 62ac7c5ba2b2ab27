"""Faults that take turns: at a given rate something fails, and each kind is struck as often as every other."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from attrs import field, frozen

from pairlock.units import PPM
from pairlock_adapters.simulated.effects import NOTHING, Effect, Hook
from pairlock_adapters.simulated.fault_kinds import KINDS
from pairlock_adapters.simulated.faults import Draw, NoFaults, Occasion, merged


@frozen
class Turns:
    """Kinds that take turns at their common hook; ``rate_ppm`` is the chance that one strikes at an occasion.

    A draw's ``ppm`` is its share of the turns, compared with the others'.
    """

    rate_ppm: int
    draws: tuple[Draw, ...]
    hook: Hook = field(init=False)

    def __attrs_post_init__(self) -> None:
        hooks = {KINDS[draw.kind][0] for draw in self.draws}
        if len(hooks) != 1:
            raise ValueError(f"kinds that take turns have one hook, not {sorted(hooks)}")
        object.__setattr__(self, "hook", hooks.pop())


class RotatingFaults(NoFaults):
    """Whose turn it is: of the kinds that suit the occasion the one struck least so far."""

    def __init__(self, turns: Sequence[Turns], rng: Random) -> None:
        super().__init__()
        self._rng = rng
        self._turns: dict[Hook, list[Turns]] = {}
        self._struck: dict[tuple[int, Draw], int] = {}
        for each in turns:
            self._turns.setdefault(each.hook, []).append(each)

    def consult(self, occasion: Occasion) -> Effect:
        effect = NOTHING
        for number, turns in enumerate(self._turns.get(occasion.hook, ())):
            if self._rng.randrange(PPM) >= turns.rate_ppm:
                continue
            suiting = [draw for draw in turns.draws if draw.suits(occasion)]
            if not suiting:
                continue
            # Shares may differ: who is behind its share most is next; chance decides between equals.
            self._rng.shuffle(suiting)
            draw = min(suiting, key=lambda each: self._behind(number, each))
            self._struck[number, draw] = self._struck.get((number, draw), 0) + 1
            effect = merged(effect, self.struck(draw.kind, draw.drawn(self._rng)))
        return effect

    def _behind(self, number: int, draw: Draw) -> int:
        return self._struck.get((number, draw), 0) * PPM // draw.ppm
