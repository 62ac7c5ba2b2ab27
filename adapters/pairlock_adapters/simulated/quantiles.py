"""A distribution of integers given by a few of its quantiles, so that measured figures stay as measured."""

from __future__ import annotations

from random import Random

from attrs import frozen

from pairlock.units import PPM


@frozen
class Quantiles:
    """``points`` are ``(share_ppm, value)``, both rising, from 0 to 1,000,000; linear between them."""

    points: tuple[tuple[int, int], ...]

    def draw(self, rng: Random) -> int:
        at_ppm = rng.randrange(PPM)
        before_ppm, before = self.points[0]
        for share_ppm, value in self.points[1:]:
            if at_ppm < share_ppm:
                return before + (value - before) * (at_ppm - before_ppm) // (share_ppm - before_ppm)
            before_ppm, before = share_ppm, value
        return before


def always(value: int) -> Quantiles:
    return Quantiles(((0, value), (PPM, value)))


def between(low: int, high: int) -> Quantiles:
    return Quantiles(((0, low), (PPM, high)))
