"""Findings of the review of the adapters, on Polymarket: refusals, ids after a restart, hostile messages, payouts."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from pairlock.facts import NotFound, OrderReport, OutcomeUnknown
from pairlock.model import Outcome
from pairlock.ports import VenueError
from pairlock_adapters.polymarket.build import fields_of
from pairlock_adapters.polymarket.parse_orders import Heard, order_answer
from pairlock_adapters.polymarket.sign.order import order_hash
from polymarket_bodies import GAMMA, ORDER_ID, TRADE, resolved
from polymarket_kit import CONDITION, INTENT, MARKET, wallet
from polymarket_server import TOKEN, configured, clob, CLOCK, fresh, go, intent, open_polymarket, trading, until
from test_polymarket_books import change


@pytest.mark.parametrize("body", ["order 0xabc: unauthorized", {"message": "unauthorized"}, ["unauthorized"]])
def test_a_401_that_says_anything_else_than_that_the_key_is_refused_is_unknown(body: Any) -> None:
    """A 401 whose words were not under `error` counted as one that says nothing: an error within, which also comes as
    a 401 and perhaps after the order was taken, became a certain no."""
    assert isinstance(order_answer(INTENT, ORDER_ID, Heard(401, body, 1, 2)), OutcomeUnknown)
    for empty in ("", None, {}, {"error": ""}, {"error": "Unauthorized"}):
        assert isinstance(order_answer(INTENT, ORDER_ID, Heard(401, empty, 1, 2)), OrderReport)
