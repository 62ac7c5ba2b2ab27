"""The account's own reads on Polymarket: whole units, flags that are flags, numbers that are exact, or told as not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pairlock_adapters.polymarket import parse_account
from pairlock_adapters.polymarket.contracts import contracts_of
from pairlock_adapters.polymarket.quantities import Unreadable, number

STANDARD, NEG_RISK, V3 = contracts_of(137).exchanges()


@pytest.mark.parametrize(
    ("balance", "allowances", "usable"),
    [
        ("2500000", {}, 2_500_000),
        ("2500000", {STANDARD: str(2**256 - 1)}, 2_500_000),
        ("2500000", {STANDARD.lower(): "1000000", NEG_RISK: "0"}, 1_000_000),
        ("2500000", {STANDARD: "0", NEG_RISK: "0", V3: "0"}, 0),
        ("2500000", {"0x01": "0"}, 2_500_000),
        (2_500_000, {}, 2_500_000),
    ],
)
def test_balances_in_whole_units(balance: object, allowances: object, usable: int) -> None:
    held = parse_account.holding({"balance": balance, "allowances": allowances})
    assert parse_account.usable(held, contracts_of(137).exchanges()) == usable


@pytest.mark.parametrize(
    "body",
    [
        {"balance": "2.5", "allowances": {}},
        {"balance": "", "allowances": {}},
        {"balance": None, "allowances": {}},
        {"balance": "-1", "allowances": {}},
        {"balance": True, "allowances": {}},
        {"balance": "1", "allowances": []},
        {"balance": "1", "allowances": {STANDARD: "1.5"}},
        {"balance": "1"},
        [],
        None,
    ],
)
def test_a_balance_in_another_unit_or_form_is_told(body: object) -> None:
    with pytest.raises(Unreadable):
        parse_account.holding(body)


def test_small_reads() -> None:
    assert parse_account.closed_only({"closed_only": True})
    assert parse_account.server_time_ms(1_790_000_000) == 1_790_000_000_000
    assert parse_account.server_time_ms("1790000000\n") == 1_790_000_000_000
    assert parse_account.region_of({"blocked": True, "country": "US", "region": "NY"}).blocked
    assert [parse_account.next_cursor({"next_cursor": each}) for each in ("LTE=", "", "MTAw")] == [
        "",
        "",
        "MTAw",
    ]


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (parse_account.closed_only, {}),
        (parse_account.closed_only, None),
        (parse_account.server_time_ms, 17),
        (parse_account.server_time_ms, "soon"),
        (parse_account.server_time_ms, None),
        (parse_account.region_of, {"blocked": "no"}),
        (parse_account.region_of, []),
        (parse_account.next_cursor, {}),
        (parse_account.next_cursor, {"next_cursor": None}),
        (parse_account.next_cursor, None),
    ],
)
def test_small_reads_that_say_nothing(read: Callable[[object], object], body: object) -> None:
    with pytest.raises(Unreadable):
        read(body)


@pytest.mark.parametrize(
    ("value", "places", "units"), [("0.01", 4, 100), (5, 2, 500), ("1e-3", 4, 10), ("0.0400", 6, 40_000)]
)
def test_numbers_are_exact(value: object, places: int, units: int) -> None:
    assert number(value, places, "it") == units


@pytest.mark.parametrize(
    "value", ["0.00001", True, None, "1_0", "x", "inf", "-0.1", "1e999999", "9" * 400, [], "0." + "1" * 40]
)
def test_numbers_that_are_none(value: object) -> None:
    with pytest.raises(Unreadable):
        number(value, 4, "it")
