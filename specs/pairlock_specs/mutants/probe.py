"""A probe: a claim that is judged by trying things out once, beside the search. It says what is wrong, or None."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from pairlock_specs.claim import Wrong
from pairlock_specs.explore import Explorer


@frozen
class Probe:
    """``judge`` may walk the graph that was explored; it changes nothing in it."""

    name: str
    sentence: str
    judge: Callable[[Explorer], Wrong]
