"""A bot of two legs, on both venues over the wire: what it leaves when a leg fails is caught by the venues' truth."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from py_clob_client_v2.exceptions import PolyApiException

from docs_pages import ROOT
from lab_polymarket_kit import clob_client, market
from pairlock_adapters.testing import (
    RunningLaboratory,
    equal_or_flat,
    everything_final,
    no_duplicate_orders,
    nothing_live,
)

KILLED = [{"kind": "kill", "venue": "polymarket"}]


def kalshi_bot(laboratory: RunningLaboratory) -> Any:
    """The outsider's bot of tests/outside, which is no part of these tests' packages."""
    spec = importlib.util.spec_from_file_location("bots", ROOT / "tests" / "outside" / "bots.py")
    assert spec is not None
    assert spec.loader is not None
    bots = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bots)
    return bots.Careful(laboratory.ready["kalshi"], timeout_s=2)


def sell(bot: Any, ticker: str) -> None:
    order = {
        "ticker": ticker, "client_order_id": "exit", "side": "ask", "count": "10.00", "price": "0.0100",
        "time_in_force": "immediate_or_cancel", "self_trade_prevention_type": "taker_at_cross",
    }  # fmt: skip
    assert bot.ask("POST", "/portfolio/events/orders", json=order).status_code == 201


def trade(laboratory: RunningLaboratory, exits: Callable[[Any, str], None] | None) -> None:
    """YES on Kalshi, then NO on Polymarket; ``exits`` is what to do when the second leg is killed."""
    row = laboratory.ready["pairs"][0]
    bot = kalshi_bot(laboratory)
    assert bot.buy(row["kalshi_ticker"], 10) == "10.00"
    ready = SimpleNamespace(ready=laboratory.ready)
    try:
        # Dollars: ten shares at the one price that is offered.
        book = clob_client(ready).get_order_book(row["no_token"])
        price = float(book["asks"][-1]["price"])
        market(clob_client(ready), row["no_token"], round(10 * price, 2), price)
    except PolyApiException:
        if exits is not None:
            exits(bot, row["kalshi_ticker"])
    bot.close()


def judge(laboratory: RunningLaboratory) -> None:
    truth = laboratory.settled()
    for claim in (nothing_live, everything_final, no_duplicate_orders, equal_or_flat):
        claim(truth)


@pytest.mark.laboratory(finality_ms=50)
def test_two_legs_that_fill_are_equal(laboratory: RunningLaboratory) -> None:
    trade(laboratory, None)
    judge(laboratory)
    assert laboratory.truth().net_e6() == {"event-LAB1-1": {"kalshi": 10_000_000, "polymarket": -10_000_000}}


@pytest.mark.laboratory(faults=KILLED, finality_ms=50)
def test_a_leg_that_is_left_alone_is_caught(laboratory: RunningLaboratory) -> None:
    trade(laboratory, None)
    assert laboratory.fired == {"kill": 1}
    with pytest.raises(AssertionError, match="naked: event-LAB1-1: 10 YES on kalshi"):
        judge(laboratory)


@pytest.mark.laboratory(faults=KILLED, finality_ms=50)
def test_a_leg_that_is_sold_again_is_flat(laboratory: RunningLaboratory) -> None:
    trade(laboratory, sell)
    judge(laboratory)
    assert laboratory.fired == {"kill": 1}
