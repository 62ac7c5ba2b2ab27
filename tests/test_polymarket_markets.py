"""Polymarket's markets, rules, resolutions and the account's reads: each field read exactly, or told as missing."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pairlock.fees import polymarket_curve
from pairlock.model import Outcome, Payout
from pairlock_adapters.polymarket import parse_markets
from pairlock_adapters.polymarket.parse_markets import Reading
from pairlock_adapters.polymarket.quantities import Unreadable
from polymarket_bodies import DETAILS, FULL, GAMMA, resolved
from polymarket_kit import CONDITION, MARKET, NO_TOKEN, YES_TOKEN

READING = Reading({})
YES, NO = Outcome.YES, Outcome.NO


def market(
    details: object = DETAILS, full: object = FULL, gamma: object = None, reading: Reading = READING
) -> Any:
    return parse_markets.market_of(CONDITION, details, full, reading, gamma)


def test_a_market_is_read_from_its_two_bodies() -> None:
    assert market() == MARKET
    rules = market().rules()
    assert (rules.tick_e4, rules.min_size_e2, rules.min_notional_micros, rules.amount_step_micros) == (
        100, 500, 1_000_000, 10_000,
    )  # fmt: skip
    assert rules.open
    assert not rules.sets_pay_at_once


def test_yes_and_no_go_by_their_labels_and_not_by_their_place() -> None:
    swapped = {**DETAILS, "t": list(reversed(DETAILS["t"]))}
    assert market(swapped) == MARKET
    down_up = {**DETAILS, "t": [{"t": str(NO_TOKEN), "o": "Down"}, {"t": str(YES_TOKEN), "o": "Up"}]}
    assert market(down_up) == MARKET


def test_two_teams_are_told_apart_by_the_configuration_only() -> None:
    teams = {**DETAILS, "t": [{"t": str(YES_TOKEN), "o": "FaZe"}, {"t": str(NO_TOKEN), "o": "illwill"}]}
    with pytest.raises(Unreadable, match="yes_tokens"):
        market(teams)
    told = Reading({CONDITION: str(NO_TOKEN)})
    found = market(teams, reading=told)
    assert (found.yes_token, found.no_token) == (NO_TOKEN, YES_TOKEN)
    with pytest.raises(Unreadable, match="does not have"):
        market(teams, reading=Reading({CONDITION: "17"}))


@pytest.mark.parametrize(
    ("details", "full"),
    [
        ({"t": None}, {}),
        ({"t": []}, {}),
        ({"t": [{"t": "x", "o": "Yes"}, {"t": "2", "o": "No"}]}, {}),
        ({"t": [{"t": str(YES_TOKEN), "o": "Yes"}, {"t": "2", "o": "No"}]}, {}),
        ({"mts": None}, {}),
        ({"mts": "0.02"}, {}),
        ({"mos": None}, {}),
        ({"mos": "x"}, {}),
        ({"nr": "no"}, {}),
        ({"nr": True}, {}),
        ({"fd": 3}, {}),
        ({"fd": {"r": "0.04"}}, {}),
        ({"fd": {"r": "0.04", "e": "0.5"}}, {}),
        ({"fd": {"r": "-1", "e": 1}}, {}),
        ({"fd": {"r": "NaN", "e": 1}}, {}),
        ({"fd": {"r": "1e99", "e": 1}}, {}),
        ({"fd": None}, {}),
        ({}, {"condition_id": "0x01"}),
        ({}, {"closed": None}),
        ({}, {"active": "yes"}),
        ({}, {"accepting_orders": None}),
        ({}, {"seconds_delay": "x"}),
        ({}, {"tokens": None}),
    ],
)
def test_a_field_that_is_missing_or_odd_is_told(details: dict[str, object], full: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        market({**DETAILS, **details}, {**FULL, **full})


@pytest.mark.parametrize("field", ["closed", "accepting_orders", "active", "archived", "enable_order_book"])
def test_a_market_takes_orders_only_if_every_flag_says_so(field: str) -> None:
    assert not parse_markets.takes_orders({**FULL, field: field in ("closed", "archived")})


def test_fees_come_from_the_clob_else_from_gamma_and_are_never_assumed_to_be_none() -> None:
    bare = {key: value for key, value in DETAILS.items() if key != "fd"}
    assert market(bare, gamma=GAMMA).fees == polymarket_curve(30_000)
    assert market(bare, gamma={"feesEnabled": False}).fees == polymarket_curve(0)
    nulls = {**DETAILS, "fd": {"r": None, "e": None, "to": None}}
    assert not parse_markets.has_fees(nulls)
    assert market(nulls, gamma=GAMMA).fees == polymarket_curve(30_000)
    assert market({**DETAILS, "fd": {"r": 0, "e": None}}).fees == polymarket_curve(0)
    with pytest.raises(Unreadable):
        market({**DETAILS, "fd": {"r": "0.04", "e": None}})
    for gamma in (None, {}, {"feesEnabled": True}, {"feeSchedule": 3, "feesEnabled": False}):
        with pytest.raises(Unreadable):
            market(bare, gamma=gamma)


@pytest.mark.parametrize(
    ("told", "text"), [(5, "5"), ("5.0", "5"), ("0.5", "0.5"), (100, "100"), ("2.25", "2.25")]
)
def test_the_minimum_is_written_as_the_venues_hash_has_it(told: object, text: str) -> None:
    assert market({**DETAILS, "mos": told}).minimum_text == text


def test_delays_are_told_or_configured() -> None:
    assert market(full={**FULL, "seconds_delay": 3}).taker_delay_ms == 3_000
    assert market({**DETAILS, "itode": True}).taker_delay_ms == 250
    assert market({**DETAILS, "itode": True}, reading=Reading({}, held_ms=150)).taker_delay_ms == 150


@pytest.mark.parametrize(
    ("full", "yes", "no"),
    [
        (FULL, None, None),
        ({**FULL, "closed": True}, None, None),
        (resolved(True, False), Payout(10_000), Payout(0)),
        (resolved(False, True), Payout(0), Payout(10_000)),
        (resolved(False, False, fifty=True), Payout(5_000, "fifty_fifty"), Payout(5_000, "fifty_fifty")),
    ],
)
def test_resolutions(full: object, yes: Payout | None, no: Payout | None) -> None:
    assert parse_markets.payout_of(MARKET, YES, full) == yes
    assert parse_markets.payout_of(MARKET, NO, full) == no


@pytest.mark.parametrize("full", [resolved(True, True), resolved(True, False, fifty=True), {}, None])
def test_a_resolution_that_contradicts_itself_is_no_payout(full: object) -> None:
    with pytest.raises(Unreadable):
        parse_markets.payout_of(MARKET, YES, full)


@pytest.mark.parametrize(
    ("change", "yes"),
    [
        ({}, Payout(10_000)),
        ({"outcomePrices": '["0", "1"]'}, Payout(0)),
        ({"outcomePrices": '["0.5", "0.5"]'}, Payout(5_000, "fifty_fifty")),
        ({"outcomePrices": ["1", "0"]}, Payout(10_000)),
        ({"clobTokenIds": f'["{NO_TOKEN}", "{YES_TOKEN}"]'}, Payout(0)),
        ({"umaResolutionStatus": "proposed"}, None),
        ({"umaResolutionStatus": ""}, None),
        ({"closed": False}, None),
    ],
)
def test_gamma_tells_resolutions_too(change: dict[str, object], yes: Payout | None) -> None:
    assert parse_markets.gamma_payout(MARKET, YES, {**GAMMA, **change}) == yes


@pytest.mark.parametrize(
    "change",
    [
        {"outcomePrices": '["0.7", "0.4"]'},
        {"outcomePrices": '["1"]'},
        {"outcomePrices": "[1, 0"},
        {"outcomePrices": None},
        {"clobTokenIds": '["1", "2"]'},
    ],
)
def test_a_resolved_market_of_gamma_that_cannot_be_read(change: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        parse_markets.gamma_payout(MARKET, YES, {**GAMMA, **change})


def test_gammas_list_is_searched_by_condition_id() -> None:
    other = {**GAMMA, "conditionId": "0x01"}
    assert parse_markets.gamma_market([other, GAMMA], CONDITION) == GAMMA
    assert parse_markets.gamma_market([other], CONDITION) is None
    odd: tuple[object, ...] = ({}, [GAMMA, GAMMA])
    for body in odd:
        with pytest.raises(Unreadable):
            parse_markets.gamma_market(body, CONDITION)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(list(DETAILS)), values, max_size=4),
    st.dictionaries(st.sampled_from(list(FULL)), values, max_size=4),
    st.dictionaries(st.sampled_from(list(GAMMA)), values, max_size=4),
)
def test_no_market_crashes_the_parser(details: Any, full: Any, gamma: Any) -> None:
    bodies: tuple[Any, Any, Any] = {**copy.deepcopy(DETAILS), **details}, {**FULL, **full}, {**GAMMA, **gamma}
    try:
        found = market(*bodies)
    except Unreadable:
        return
    # Whatever else was changed, what is what stays as it was.
    assert evolve(found, fees=MARKET.fees, takes_orders=True, min_size_e2=500, minimum_text="5", taker_delay_ms=0,
                  tick_e4=100, neg_risk=False) == MARKET  # fmt: skip


@given(st.sampled_from(list(GAMMA)), values)
def test_no_body_of_gamma_crashes_the_parser(field: str, value: object) -> None:
    try:
        found = parse_markets.gamma_payout(MARKET, YES, {**GAMMA, field: value})
    except Unreadable:
        return
    assert found in (None, Payout(10_000), Payout(0), Payout(5_000, "fifty_fifty"))
