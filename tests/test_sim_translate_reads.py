"""What reads by id and cancels say: nothing unknown reads as zero, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from pairlock.facts import CancelAcked, NotFound, OutcomeUnknown, Reported
from pairlock.model import FillStatus
from pairlock_adapters.simulated import translate
from pairlock_adapters.simulated.rules import Raw, VenueKind
from pairlock_adapters.simulated.translate import Unreadable, units
from sim_support import buy

K, P = VenueKind.KALSHI, VenueKind.POLYMARKET
KI, PI = buy("kalshi", 1_000, 5_600), buy("polymarket", 1_000, 5_600)
K_FILL = {
    "trade_id": "t1", "order_id": "k1", "side": "yes", "action": "buy", "count_fp": "10.00",
    "yes_price_dollars": "0.5600", "no_price_dollars": "0.4400", "fee_cost": "0.1725",
}  # fmt: skip
K_ORDER = {
    "order_id": "k1", "client_order_id": "i1", "status": "executed", "initial_count_fp": "10.00",
    "fill_count_fp": "10.00", "remaining_count_fp": "0.00",
}  # fmt: skip
P_TRADE = {
    "id": "t1", "taker_order_id": "0xa", "side": "BUY", "size": "10.000000", "price": "0.5600", "fee": "0.098560",
    "status": "TRADE_STATUS_MATCHED",
}  # fmt: skip


def read(kind: VenueKind, order: object, fills: object, status: int = 200) -> Any:
    return translate.order_read(kind, KI if kind is K else PI, Raw(status, order), Raw(200, fills), 3, 9)


@pytest.mark.parametrize(
    ("status", "reported"),
    [("executed", Reported.CERTAIN), ("canceled", Reported.TERMINAL), ("resting", Reported.LIVE)],
)
def test_kalshi_read(status: str, reported: Reported) -> None:
    said = read(K, {"orders": [{**K_ORDER, "status": status}]}, {"fills": [K_FILL]})
    assert (said.reported, said.matched_e6, len(said.fills), said.asked_at_ms) == (reported, 10_000_000, 1, 3)


def test_kalshi_fills_that_lag_leave_the_total() -> None:
    said = read(K, {"orders": [K_ORDER]}, {"fills": []})
    assert (said.matched_e6, said.fills) == (10_000_000, ())


def test_kalshi_orders_that_lag_do_not_hide_fills() -> None:
    said = read(K, {"orders": []}, {"fills": [K_FILL]})
    assert (said.reported, said.matched_e6) == (Reported.LIVE, 10_000_000)


def test_executed_with_something_remaining_is_not_certain() -> None:
    said = read(K, {"orders": [{**K_ORDER, "remaining_count_fp": "1.00"}]}, {"fills": []})
    assert said.reported is Reported.TERMINAL


@pytest.mark.parametrize(
    ("kind", "order", "fills"), [(K, {"orders": []}, {"fills": []}), (P, None, {"data": []})]
)
def test_not_found(kind: VenueKind, order: object, fills: object) -> None:
    assert read(kind, order, fills) == NotFound(9, "i1", 3)


@pytest.mark.parametrize(
    ("kind", "order", "fills", "status"),
    [
        (K, {}, {"fills": []}, 200),
        (K, {"orders": []}, {}, 200),
        (K, {"orders": [{**K_ORDER, "status": "pending_x"}]}, {"fills": []}, 200),
        (K, {"orders": [K_ORDER, {**K_ORDER, "fill_count_fp": "3.00"}]}, {"fills": []}, 200),
        (K, {"orders": []}, {"fills": []}, 500),
        (P, None, {}, 200),
        (P, "gone", {"data": []}, 200),
        (P, {"id": "0xa", "status": "STRANGE", "size_matched": "0"}, {"data": []}, 200),
        (P, None, {"data": [{**P_TRADE, "status": "TRADE_STATUS_STRANGE"}]}, 200),
        (P, None, {"data": [{**P_TRADE, "size": "1e3"}]}, 200),
        (P, None, {"data": []}, 404),
    ],
)
def test_a_read_that_cannot_be_read_is_unknown(
    kind: VenueKind, order: object, fills: object, status: int
) -> None:
    assert isinstance(read(kind, order, fills, status), OutcomeUnknown)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("MATCHED", FillStatus.PENDING),
        ("MINED", FillStatus.PENDING),
        ("RETRYING", FillStatus.PENDING),
        ("MATCHED_NOT_BROADCASTED", FillStatus.PENDING),
        ("CONFIRMED", FillStatus.FINAL),
        ("FAILED", FillStatus.FAILED),
    ],
)
@pytest.mark.parametrize("prefix", ["", "TRADE_STATUS_"])
def test_polymarket_is_rebuilt_from_its_trades(word: str, status: FillStatus, prefix: str) -> None:
    said = read(P, None, {"data": [{**P_TRADE, "status": prefix + word}]})
    assert (said.reported, said.matched_e6, said.venue_ref) == (Reported.TERMINAL, 10_000_000, "0xa")
    assert [fill.status for fill in said.fills] == [status]


def test_an_active_polymarket_order_is_live() -> None:
    said = read(P, {"id": "0xa", "status": "LIVE", "size_matched": "2.5"}, {"data": []})
    assert (said.reported, said.matched_e6) == (Reported.LIVE, 2_500_000)


def test_cancels() -> None:
    acked = CancelAcked(9, "i1")
    assert translate.cancel(K, KI, "k1", Raw(200, {"order_id": "k1", "reduced_by": "1.00"}), 9) == acked
    assert translate.cancel(P, PI, "0xa", Raw(200, {"canceled": ["0xa"], "not_canceled": {}}), 9) == acked
    for kind, body, status in (
        (K, {"order_id": "k2"}, 200),
        (K, {"error": {"code": "order_not_found"}}, 404),
        (K, {"order_id": "k1"}, 500),
        (P, {"canceled": [], "not_canceled": {"0xa": "matched orders can't be canceled"}}, 200),
        (P, {"canceled": None}, 200),
        (P, {"canceled": ["0xa"]}, 429),
    ):
        ref = "k1" if kind is K else "0xa"
        assert isinstance(translate.cancel(kind, KI, ref, Raw(status, body), 9), OutcomeUnknown)
    assert isinstance(translate.cancel(K, KI, "", Raw(200, {"order_id": ""}), 9), OutcomeUnknown)


@pytest.mark.parametrize(
    ("text", "places", "value"),
    [("1", 2, 100), ("1.5", 2, 150), ("0.5600", 2, 56), ("0", 6, 0), ("007.10", 1, 71)],
)
def test_decimals_are_exact(text: str, places: int, value: int) -> None:
    assert units({"x": text}, "x", places) == value


@pytest.mark.parametrize(
    "text", ["", " 1", "1.", ".5", "-1", "1e3", "NaN", "0.123", "١", None, 1, True, "1_000"]
)
def test_what_is_no_decimal_is_refused(text: object) -> None:
    with pytest.raises(Unreadable):
        units({"x": text}, "x", 2)
