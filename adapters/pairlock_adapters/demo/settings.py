"""What a demo run is told, and what it reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import field, frozen

from pairlock import Limits
from pairlock_adapters.demo.beliefs import Beliefs
from pairlock_adapters.demo.judge import Broken
from pairlock_adapters.simulated.scripts import Script

Progress = Callable[[int, int], None]
"""Told after each close: trades closed, trades to submit."""

DEFAULT_SCALE = 50


@frozen
class Settings:
    """``faults``: a profile's name, or the path of a script; ``script`` one that is used instead. ``give_up_s``: after
    so many seconds of the venues' time the run is given up. ``stop``: a broken claim that ends it at once (the report
    then has no figures). ``time_scale`` 0: in this process, in virtual time; else over the wire, with time that many
    times as fast as the machine's."""

    trades: int
    seed: int
    faults: str
    journal: str
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    script: Script | None = None
    give_up_s: int = 10**9
    stop: Callable[[Broken], bool] | None = None
    time_scale: int = 0


class GaveUp(Exception):
    """The run took longer than it was given."""


@frozen
class Report:
    """``plain`` has the keys of ``--json``; ``broken`` one entry per broken claim; ``virtual_ms`` how long it took.

    ``recording``: what struck, as a script; ``new``: nothing was there before, so that in this process this script on a
    new journal is the same run. By trade that broke a claim ("" is the whole run): ``beliefs``, both sides then, and
    ``numbers``, that of its event.
    """

    plain: dict[str, Any]
    broken: list[Broken]
    virtual_ms: int
    recording: Script = Script()  # noqa: RUF009 - frozen
    new: bool = True
    beliefs: dict[str, Beliefs] = field(factory=dict)
    numbers: dict[str, int] = field(factory=dict)
