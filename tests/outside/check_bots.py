"""The bots held to what must be true of any, in a laboratory where things go wrong. Copied to a folder of its own, and
played by pytest there, as the tests of a project that only has Pairlock installed."""

import os
from pathlib import Path

import pytest
from bots import Careful, Hasty
from hypothesis import HealthCheck, Phase, given, settings

from pairlock_adapters.testing import (
    FaultKind,
    fault_scripts,
    held_at_most,
    kept_if_it_fails,
    no_duplicate_orders,
    nothing_live,
    regressions,
    running_laboratory,
)

BOT = {"hasty": Hasty, "careful": Careful}[os.environ["BOT"]]
FOLDER = Path(__file__).parent / "faults"
KINDS = [FaultKind.KILL, FaultKind.LOST_ANSWER, FaultKind.RATE_LIMITED]


def play(laboratory):
    bot = BOT(laboratory.ready["kalshi"])
    try:
        bot.buy(laboratory.ready["pairs"][0]["kalshi_ticker"], 10)
    finally:
        bot.close()
    truth = laboratory.settled()
    nothing_live(truth)
    no_duplicate_orders(truth)
    held_at_most(truth, 10_000_000)


def test_all_is_well(laboratory):
    play(laboratory)
    assert laboratory.truth().net_e6() == {"event-LAB1-1": {"kalshi": 10_000_000}}


@pytest.mark.laboratory(seed=3, faults=[{"kind": "lost_answer", "venue": "kalshi"}])
def test_an_answer_is_lost(laboratory):
    play(laboratory)
    assert laboratory.fired == {"lost_answer": 1}


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(script=fault_scripts(KINDS, venues=["kalshi"], max_size=2))
def test_whatever_is_drawn(script):
    with (
        kept_if_it_fails(script, FOLDER, "drawn"),
        running_laboratory(faults=script, finality_ms=50) as laboratory,
    ):
        play(laboratory)


@pytest.mark.parametrize("script", regressions(FOLDER), ids=str)
def test_what_once_broke(script):
    with running_laboratory(faults=script.faults, finality_ms=50) as laboratory:
        play(laboratory)
