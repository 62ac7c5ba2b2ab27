"""What Kalshi says of the account: balances of shards, positions, settlements, the limits of our tier."""

from typing import Any

import pytest

from kalshi_kit import MARKET
from pairlock.model import Outcome, Payout
from pairlock_adapters.kalshi import parse_account
from pairlock_adapters.kalshi.fields import Unreadable


def test_a_balance_is_that_of_the_shard() -> None:
    assert parse_account.balance_micros({"balance": 12_345}, 0) == 123_450_000
    body: dict[str, Any] = {"balance": 1, "balance_dollars": "123.4567"}
    assert parse_account.balance_micros(body, 0) == 123_456_700
    body["balance_breakdown"] = [
        {"exchange_index": 0, "balance": "100.0000"},
        {"exchange_index": 1, "balance": "23.4567"},
    ]
    assert [parse_account.balance_micros(body, shard) for shard in (0, 1, 7)] == [100_000_000, 23_456_700, 0]
    for bad in (
        {},
        {"balance": "1"},
        {"balance": True},
        {"balance_dollars": 5},
        {"balance_breakdown": 5},
        None,
    ):
        with pytest.raises(Unreadable):
            parse_account.balance_micros(bad, 0)


def test_a_position_is_signed_and_no_row_is_none_held() -> None:
    row = {"ticker": MARKET, "position_fp": "-2.50"}
    held = parse_account.position_e6([{"ticker": "KXOTHER", "position_fp": "9.00"}, row], MARKET)
    assert held == -2_500_000
    assert parse_account.held_e6(held, Outcome.NO) == 2_500_000
    assert parse_account.held_e6(held, Outcome.YES) == 0
    assert parse_account.position_e6([], MARKET) == 0
    for bad in (
        {"ticker": MARKET, "position": 3},
        {"position_fp": "1.00"},
        {"ticker": MARKET, "position_fp": 3},
    ):
        with pytest.raises(Unreadable):
            parse_account.position_e6([bad], MARKET)
    with pytest.raises(Unreadable):
        parse_account.position_e6([row, row | {"position_fp": "1.00"}], MARKET)


def test_a_settlement_of_ours_tells_what_a_contract_paid() -> None:
    row: dict[str, Any] = {
        "ticker": MARKET, "market_result": "void", "yes_count_fp": "10.00", "no_count_fp": "0.00", "revenue": 450,
    }  # fmt: skip
    assert parse_account.settled_payout([row], MARKET, Outcome.YES) == Payout(4_500, "void")
    with pytest.raises(Unreadable):
        parse_account.settled_payout([row], MARKET, Outcome.NO)
    assert parse_account.settled_payout([], MARKET, Outcome.YES) is None
    with_value = row | {"value": 26}
    assert parse_account.settled_payout([with_value], MARKET, Outcome.NO) == Payout(7_400, "void")
    with pytest.raises(Unreadable):
        parse_account.settled_payout([row | {"revenue": 99_999}], MARKET, Outcome.YES)


def test_the_limits_of_the_tier() -> None:
    bucket = {"refill_rate": 300, "bucket_capacity": 600}
    body = {"usage_tier": "advanced", "read": bucket, "write": bucket | {"refill_rate": 100}}
    found = parse_account.tier_limits(body)
    assert (found.read_per_s, found.write_per_s, found.tier) == (300, 100, "advanced")
    with pytest.raises(Unreadable):
        parse_account.tier_limits(body | {"read": bucket | {"refill_rate": 0}})
