"""Kalshi's official client (npm `kalshi-typescript`, unmodified) in the laboratory, judged by the venue's truth."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import evidence
from node_kit import LOCK, SCRIPTS, need_node, scenario
from pairlock_adapters.testing import (
    RunningLaboratory,
    equal_or_flat,
    held_at_most,
    no_duplicate_orders,
    nothing_live,
    one_order_per_id,
)

Ran = Callable[..., Any]
KILLED = "fill_or_kill_insufficient_resting_volume"
DUPLICATE = "order_already_exists"


@pytest.fixture
def ran(laboratory: RunningLaboratory, tmp_path: Path) -> Ran:
    """Runs a scenario against this test's laboratory."""
    need_node()

    def run(name: str, identity: Any = None) -> Any:
        seen = scenario(name, laboratory.ready, tmp_path, identity)
        evidence.record("kalshi-typescript in the laboratory", scenarios=1)
        return seen

    return run


def code(answer: Any) -> str:
    """The venue's word for a refusal, flat or nested."""
    body = answer["body"]
    return str((body.get("error") or body)["code"]) if isinstance(body, dict) else str(body)


def orders_of(laboratory: RunningLaboratory) -> list[tuple[str, str]]:
    return [(row["intent_id"], row["status"]) for row in laboratory.settled().orders]


def bought(laboratory: RunningLaboratory) -> dict[str, int]:
    """Contracts in 1/1,000,000, YES less NO, on Kalshi, by event."""
    return {event: venues["kalshi"] for event, venues in laboratory.settled().net_e6().items()}


def test_the_lock_names_no_host_and_its_packages_by_hash() -> None:
    lock = json.loads(LOCK.read_text(encoding="utf-8"), parse_float=str)
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert packages["node_modules/kalshi-typescript"]["version"].startswith("3.30.")
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert not any("resolved" in each for each in packages.values())
    assert "omit-lockfile-registry-resolved=true" in (SCRIPTS / ".npmrc").read_text(encoding="utf-8")
    hosts = set(re.findall(r"https?://([^/\"]+)", LOCK.read_text(encoding="utf-8")))
    # Where to thank a package's author; nothing is fetched from there.
    assert hosts <= {"github.com", "opencollective.com", "tidelift.com"}


def test_it_reads_what_is_public(ran: Ran, laboratory: RunningLaboratory) -> None:
    seen = ran("reads_what_is_public")
    tickers = [pair["kalshi_ticker"] for pair in laboratory.ready["pairs"]]
    assert seen["status"]["exchange_active"] is True
    assert seen["status"]["trading_active"] is True
    assert sorted(seen["markets"]) == sorted(tickers)
    assert seen["market"]["ticker"] == tickers[0]
    assert seen["market"]["status"] == "active"
    assert seen["event"]["event_ticker"] in seen["events"]
    book = seen["book"]["orderbook_fp"]
    for side in ("yes_dollars", "no_dollars"):
        prices = [Decimal(price) for price, _ in book[side]]
        assert prices == sorted(prices)
        assert prices
    assert seen["books"]["orderbooks"][0]["ticker"] == tickers[0]
    assert seen["books"]["orderbooks"][0]["orderbook_fp"] == book


def test_it_pages_through_the_markets(ran: Ran, laboratory: RunningLaboratory) -> None:
    seen = ran("pages_through_markets")["seen"]
    assert sorted(seen) == sorted(pair["kalshi_ticker"] for pair in laboratory.ready["pairs"])


def test_it_fills_and_reads_what_it_did(ran: Ran, laboratory: RunningLaboratory) -> None:
    seen = ran("fills_a_fill_or_kill")
    answer = seen["answer"]
    price = Decimal(seen["ask"][0])
    assert answer["status"] == 201
    assert answer["body"]["client_order_id"] == seen["sent"]["client_order_id"]
    assert (answer["body"]["fill_count"], answer["body"]["remaining_count"]) == ("10.00", "0.00")
    assert Decimal(answer["body"]["average_fill_price"]) == price
    order, (fill,), (position,) = seen["order"], seen["fills"], seen["positions"]
    assert order["status"] == "executed"
    assert (order["fill_count_fp"], order["initial_count_fp"]) == ("10.00", "10.00")
    assert (fill["order_id"], fill["count_fp"], fill["is_taker"]) == (order["order_id"], "10.00", True)
    assert Decimal(fill["yes_price_dollars"]) == price
    assert position["position_fp"] == "10.00"
    fee = Decimal(fill["fee_cost"])
    # The quadratic fee, rounded up to a hundredth of a cent on the order.
    exact = Decimal("0.07") * 10 * price * (1 - price)
    assert exact <= fee < exact + Decimal("0.0001")
    spent = Decimal(seen["before"]["balance_dollars"]) - Decimal(seen["after"]["balance_dollars"])
    assert spent == 10 * price + fee
    assert bought(laboratory) == {laboratory.ready["pairs"][0]["event_id"]: 10_000_000}


def test_buying_no_is_an_ask_in_yes_terms(ran: Ran, laboratory: RunningLaboratory) -> None:
    seen = ran("buys_no_as_an_ask")
    assert (seen["answer"]["status"], seen["answer"]["body"]["fill_count"]) == (201, "5.00")
    (position,), (fill,) = seen["positions"], seen["fills"]
    assert position["position_fp"] == "-5.00"
    assert Decimal(fill["no_price_dollars"]) == 1 - Decimal(seen["sent"]["price"])
    assert fill["outcome_side"] == "no"
    assert bought(laboratory) == {laboratory.ready["pairs"][0]["event_id"]: -5_000_000}


def test_a_killed_order_is_a_409_and_uses_up_its_id(ran: Ran, laboratory: RunningLaboratory) -> None:
    seen = ran("is_killed_and_its_id_is_used_up")
    assert (seen["killed"]["status"], code(seen["killed"])) == (409, KILLED)
    assert (seen["again"]["status"], code(seen["again"])) == (409, DUPLICATE)
    assert seen["fills"] == []
    assert bought(laboratory) == {}


def test_a_duplicate_id_is_a_409_and_no_second_order(ran: Ran, laboratory: RunningLaboratory) -> None:
    seen = ran("meets_a_duplicate_id")
    assert seen["first"]["status"] == 201
    assert (seen["again"]["status"], code(seen["again"])) == (409, DUPLICATE)
    truth = laboratory.settled()
    one_order_per_id(truth)
    no_duplicate_orders(truth)
    held_at_most(truth, 2_000_000)


def test_an_immediate_or_cancel_fills_what_is_there(ran: Ran) -> None:
    seen = ran("fills_part_of_an_immediate_or_cancel")
    part, miss = seen["part"]["body"], seen["miss"]["body"]
    assert seen["part"]["status"] == seen["miss"]["status"] == 201
    assert Decimal(part["fill_count"]) == Decimal(seen["ask"][1])
    assert part["remaining_count"] == "0.00"
    assert (miss["fill_count"], miss["remaining_count"]) == ("0.00", "0.00")
    assert seen["missed"]["status"] == "canceled"
    assert seen["missed"]["fill_count_fp"] == "0.00"


def test_a_resting_order_is_amended_decreased_and_cancelled(ran: Ran, laboratory: RunningLaboratory) -> None:
    seen = ran("rests_amends_decreases_and_cancels")
    assert seen["placed"]["body"]["remaining_count"] == "20.00"
    assert [each["order_id"] for each in seen["resting"]] == [seen["placed"]["body"]["order_id"]]
    assert seen["resting"][0]["status"] == "resting"
    assert seen["decreased"]["body"]["remaining_count"] == "15.00"
    assert seen["amended"]["status"] == 200
    assert seen["now"]["remaining_count_fp"] == "12.00"
    assert seen["canceled"]["status"] == 200
    assert seen["canceled"]["body"]["reduced_by"] == "12.00"
    assert seen["again"]["status"] == 404
    assert seen["after"]["status"] == "canceled"
    nothing_live(laboratory.settled())
    assert bought(laboratory) == {}


def test_a_post_only_order_that_would_take_is_refused(ran: Ran, laboratory: RunningLaboratory) -> None:
    answer = ran("refuses_a_post_only_that_crosses")["answer"]
    assert answer["status"] in (400, 409)
    assert "post" in code(answer)
    nothing_live(laboratory.settled())
    assert bought(laboratory) == {}


def test_batches_answer_for_each_of_their_orders(ran: Ran, laboratory: RunningLaboratory) -> None:
    seen = ran("sends_and_cancels_batches")
    assert seen["placed"]["status"] in (200, 201)
    taken, low, lower, killed = seen["placed"]["body"]["orders"]
    assert taken["fill_count"] == "1.00"
    assert (low["remaining_count"], lower["remaining_count"]) == ("2.00", "3.00")
    assert killed["error"]["code"] == KILLED
    canceled, unknown = seen["canceled"]["body"]["orders"]
    assert canceled["reduced_by"] == "2.00"
    assert unknown["error"]["code"].endswith("not_found")
    assert seen["all"]["status"] in (200, 204)
    assert seen["left"] == []
    truth = laboratory.settled()
    nothing_live(truth)
    assert bought(laboratory) == {laboratory.ready["pairs"][0]["event_id"]: 1_000_000}


@pytest.mark.parametrize("name", ["is_refused_with_a_forged_signature", "is_refused_with_a_foreign_key"])
def test_who_cannot_sign_is_nobody(ran: Ran, laboratory: RunningLaboratory, name: str) -> None:
    seen = ran(name)
    for asked in ("balance", "order"):
        assert seen[asked]["status"] == 401
        assert code(seen[asked]) == "authentication_error"
    assert seen.get("own", 200) == 200
    assert orders_of(laboratory) == []


def test_it_reads_its_account(ran: Ran) -> None:
    seen = ran("reads_its_account")
    assert {name: each["status"] for name, each in seen.items()} == dict.fromkeys(seen, 200)
    assert seen["balance"]["body"]["balance"] == 1_000_000
    assert seen["fills"]["body"]["fills"] == seen["orders"]["body"]["orders"] == []


def test_another_account_sees_and_moves_nothing(ran: Ran, laboratory: RunningLaboratory) -> None:
    second = laboratory.control.post("/identities", {"venue": "kalshi"})
    seen = ran("is_another_account", second)
    assert seen["balance"]["balance"] == 0
    assert seen["orders"] == seen["positions"] == []
    assert [seen[asked]["status"] for asked in ("order", "cancel")] == [404, 404]
    assert seen["buys"]["status"] in (400, 403, 409)
    assert seen["still"]["status"] == "resting"
    assert [status for _, status in orders_of(laboratory)] == ["held"]


def test_it_is_paid_when_the_market_settles(ran: Ran, laboratory: RunningLaboratory) -> None:
    filled = ran("fills_a_fill_or_kill")
    event = laboratory.ready["pairs"][0]["event_id"]
    laboratory.control.post("/resolve", {"event_id": event, "outcome": "yes", "venue": "kalshi"})
    for _ in range(100):
        if laboratory.control.get("/truth/payouts"):
            break
        time.sleep(0.1)
    seen = ran("reads_its_settlements")
    (settled,) = seen["settlements"]
    assert (settled["ticker"], settled["market_result"]) == (filled["sent"]["ticker"], "yes")
    assert (settled["yes_count_fp"], settled["revenue"]) == ("10.00", 1_000)
    gained = Decimal(seen["balance"]["balance_dollars"]) - Decimal(filled["after"]["balance_dollars"])
    assert gained == 10
    assert seen["markets"][0]["result"] == "yes"


@pytest.mark.laboratory(faults=[{"kind": "lost_answer", "venue": "kalshi"}])
def test_an_order_whose_answer_was_lost_is_found_by_its_id(ran: Ran, laboratory: RunningLaboratory) -> None:
    seen = ran("finds_an_order_whose_answer_was_lost")
    assert seen["answer"]["status"] == 0
    (found,) = seen["found"]
    assert found["fill_count_fp"] == "6.00"
    assert laboratory.fired == {"lost_answer": 1}
    with pytest.raises(AssertionError, match="naked"):
        equal_or_flat(laboratory.settled())
