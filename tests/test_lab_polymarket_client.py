"""polymarket-client 0.14 trades in the laboratory, unmodified, wherever its environment can point at loopback.

What cannot: everything on the chain or by the relayer (approvals, split, merge, redeem, transfers, wallet set-up: they
need a node and a relayer that move real tokens), combos and RFQ, perpetuals, prices of crypto and equities, sports
scores and comments by socket. None of those is a part of the order book.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from polymarket import PriceRequest, PublicClient, SecureClient
from polymarket.errors import OrderHeartbeatMismatchError, RequestRejectedError
from polymarket.models.clob.order_response import AcceptedOrder, RejectedOrder

from lab_polymarket_kit import pair, said, secure_client, secure_options, tokens, until
from lab_thread import LabThread, lab_thread
from pairlock_adapters.laboratory.settings import LabSettings, PolymarketSettings

NAMES = ("POLY-1", "POLY-2", "POLY-3", "POLY-4", "POLY-5")


@pytest.fixture(scope="module")
def lab() -> Iterator[LabThread]:
    with lab_thread(LabSettings(pairs=tuple(pair(name) for name in NAMES), finality_ms=600)) as running:
        yield running


@pytest.fixture
def client(lab: LabThread) -> Iterator[SecureClient]:
    with secure_client(lab) as made:
        yield made
        made.cancel_all()


def accepted(answer: object) -> AcceptedOrder:
    assert isinstance(answer, AcceptedOrder), answer
    return answer


def rejected(call: Callable[[], object]) -> tuple[int | None, str]:
    with pytest.raises(RequestRejectedError) as error:
        call()
    return error.value.status, str(error.value)


def dollars(client: SecureClient) -> int:
    return client.get_balance_allowance(asset_type="COLLATERAL").balance


def shares(client: SecureClient, token: str) -> int:
    return client.get_balance_allowance(asset_type="CONDITIONAL", token_id=token).balance


def test_it_knows_its_wallet_and_derives_its_keys(lab: LabThread, client: SecureClient) -> None:
    own = lab.ready["polymarket"]
    assert (client.wallet_type, str(client.wallet)) == ("EOA", own["funder"])
    options = secure_options(lab) | {"credentials": None}
    derived = SecureClient.create(**options)
    assert derived.credentials.key == own["api_key"]
    assert own["api_key"] in derived.fetch_api_keys()
    assert derived.get_closed_only_mode() is False
    derived.close()


def test_gamma_finds_markets_and_events(lab: LabThread, client: SecureClient) -> None:
    condition, yes, no = tokens(lab, "POLY-1")
    listed = [market for page in client.list_markets(page_size=2) for market in page.items]
    assert {market.condition_id for market in listed} >= {tokens(lab, name)[0] for name in NAMES}
    market = client.get_market(slug="poly-1")
    assert market is not None
    assert market.condition_id == condition
    assert (market.outcomes.yes.token_id, market.outcomes.no.token_id) == (yes, no)
    assert said(market.trading.minimum_tick_size, market.trading.minimum_order_size) == "0.01 5"
    assert market.trading.fee_schedule is not None
    assert market.trading.fee_schedule.rate == Decimal("0.04")
    assert (market.prices.best_bid, market.prices.best_ask) == (Decimal("0.55"), Decimal("0.56"))
    for pages in (client.list_markets(condition_ids=condition), client.list_markets(clob_token_ids=no)):
        assert [each.id for each in pages.first_page().items] == [market.id]
    event = client.get_event(slug="event-POLY-1")
    assert event is not None
    assert [each.condition_id for each in event.markets] == [condition]
    assert event.id in {each.id for each in client.list_events().first_page().items}
    found = client.search(q="poly-1").first_page().items
    assert [each.id for result in found for each in result.events or ()] == [event.id]


def test_books_and_prices(lab: LabThread, client: SecureClient) -> None:
    condition, yes, no = tokens(lab, "POLY-1")
    book = client.get_order_book(token_id=yes)
    assert said(book.condition_id, book.tick_size, book.min_order_size) == f"{condition} 0.01 5"
    assert (book.bids[-1].price, book.asks[-1].price) == (Decimal("0.55"), Decimal("0.56"))
    assert len(client.get_order_books(token_ids=[yes, no])) == 2
    assert client.get_midpoint(token_id=yes) == Decimal("0.555")
    assert client.get_midpoints(token_ids=[no]) == {no: Decimal("0.445")}
    assert client.get_spread(token_id=yes) == Decimal("0.01")
    assert client.get_spreads(token_ids=[yes]) == {yes: Decimal("0.01")}
    assert client.get_price(token_id=yes, side="BUY") == Decimal("0.55")
    assert client.get_prices(requests=[PriceRequest(yes, "SELL")]) == {yes: {"SELL": Decimal("0.56")}}
    assert client.get_last_trade_price(token_id=yes) is None
    assert client.estimate_market_price(token_id=yes, side="BUY", amount=600) == Decimal("0.57")


def test_limit_orders_rest_are_listed_and_canceled(lab: LabThread, client: SecureClient) -> None:
    condition, yes, no = tokens(lab, "POLY-1")
    placed = [
        accepted(client.place_limit_order(token_id=token, price="0.4", size=20, side="BUY"))
        for token in (yes, yes, no, no)
    ]
    ids = [each.order_id for each in placed]
    assert {each.status for each in placed} == {"live"}
    order = client.get_order(order_id=ids[0])
    assert said(order.price, order.original_size, order.size_matched) == "0.4 20 0"
    assert (order.condition_id, order.asset_id, order.expires_at) == (condition, yes, None)
    assert {each.id for each in client.list_open_orders(market=condition).first_page().items} == set(ids)
    assert client.cancel_order(order_id=ids[0]).canceled == (ids[0],)
    assert client.cancel_orders(order_ids=ids[:2]).not_canceled.keys() == {ids[0]}
    assert client.cancel_market_orders(token_id=no).canceled == tuple(ids[2:])
    assert client.cancel_all().canceled == ()
    assert rejected(lambda: client.get_order(order_id=ids[0])) == (404, "Order not found")


def test_market_orders_fill_and_settle(lab: LabThread, client: SecureClient) -> None:
    condition, yes, _ = tokens(lab, "POLY-2")
    before = dollars(client)
    bought = accepted(client.place_market_order(token_id=yes, amount=56, side="BUY"))
    assert said(bought.status, bought.making_amount, bought.taking_amount) == "matched 56 100"
    assert before - dollars(client) == 56_000_000 + 985_600
    hashes = client.wait_for_order_fill_settlement(bought)
    assert len(hashes) == 1
    trades = client.list_account_trades(token_id=yes).first_page().items
    assert [said(each.size, each.price, each.status, each.trader_side) for each in trades] == [
        "100 0.56 CONFIRMED TAKER"
    ]
    assert (trades[0].taker_order_id, trades[0].transaction_hash) == (bought.order_id, hashes[0])
    until(lambda: shares(client, yes) == 100_000_000)
    held = [each for each in client.list_positions().first_page().items if each.asset_id == yes]
    assert [said(p.current_size, p.avg_price, p.entry_cost_usdc) for p in held] == ["100 0.56 56"]
    assert (held[0].status, held[0].condition_id) == ("OPEN", condition)
    assert client.get_portfolio_value(condition_ids=condition).value == held[0].current_value
    assert [each.size for each in client.list_trades(condition_id=condition).first_page().items] == [100]
    assert len(client.list_activity(condition_id=condition).first_page().items) == 1
    sold = accepted(client.place_market_order(token_id=yes, shares=100, side="SELL", order_type="FAK"))
    assert said(sold.making_amount, sold.taking_amount) == "100 55"


def test_kills_duplicates_and_bad_orders_are_rejections(lab: LabThread, client: SecureClient) -> None:
    _, yes, _ = tokens(lab, "POLY-3")
    status, text = rejected(
        lambda: client.place_market_order(
            token_id=yes, amount=10, side="BUY", max_price="0.5", order_type="FOK"
        )
    )
    assert (status, text) == (400, "order couldn't be fully filled. FOK orders are fully filled or killed.")
    signed = client.create_limit_order(token_id=yes, price="0.4", size=20, side="BUY")
    placed = accepted(client.post_order(signed))
    assert rejected(lambda: client.post_order(signed)) == (
        400, f"order {placed.order_id} is invalid. Duplicated.",
    )  # fmt: skip
    small = client.create_limit_order(token_id=yes, price="0.4", size=1, side="BUY")
    assert "lower than the minimum" in rejected(lambda: client.post_order(small))[1]
    crossing = client.create_limit_order(token_id=yes, price="0.58", size=10, side="BUY", post_only=True)
    assert rejected(lambda: client.post_order(crossing))[1] == "invalid post-only order: order crosses book"
    again, fine = signed, client.create_limit_order(token_id=yes, price="0.3", size=20, side="BUY")
    answers = client.post_orders([again, fine])
    assert isinstance(answers[0], RejectedOrder)
    assert accepted(answers[1]).status == "live"


def test_heartbeats(client: SecureClient) -> None:
    first = client.send_order_heartbeat()
    client.send_order_heartbeat(heartbeat_id=first.heartbeat_id)
    with pytest.raises(OrderHeartbeatMismatchError):
        client.send_order_heartbeat(heartbeat_id=first.heartbeat_id)


def test_without_a_key_it_reads(lab: LabThread) -> None:
    with PublicClient(environment=secure_options(lab)["environment"]) as client:
        _, yes, _ = tokens(lab, "POLY-1")
        assert client.get_order_book(token_id=yes).asks
        user = lab.ready["polymarket"]["funder"]
        assert client.list_positions(user=user).first_page() is not None


@pytest.mark.parametrize(
    ("signature_type", "wallet_type"), [(1, "POLY_PROXY"), (2, "GNOSIS_SAFE"), (3, "DEPOSIT_WALLET")]
)
def test_wallets_of_every_kind_are_known_and_trade(signature_type: int, wallet_type: str) -> None:
    own = PolymarketSettings(signature_type=signature_type)
    with lab_thread(LabSettings(pairs=(pair("KIND"),), polymarket=own)) as lab, secure_client(lab) as client:
        _, yes, _ = tokens(lab, "KIND")
        assert (client.wallet_type, str(client.wallet)) == (wallet_type, lab.ready["polymarket"]["funder"])
        assert client.get_balance_allowance(asset_type="COLLATERAL").balance == 10_000_000_000
        assert accepted(client.place_market_order(token_id=yes, amount=56, side="BUY")).taking_amount == 100
        rests = accepted(client.place_limit_order(token_id=yes, price="0.4", size=20, side="BUY"))
        assert client.get_order(order_id=rests.order_id).maker_address == str(client.wallet).lower()
