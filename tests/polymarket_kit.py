"""What Polymarket's tests share: markets, intents and wallets, and the same order as the official clients make it."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from coincurve import PrivateKey
from eth_account import Account
from hypothesis import strategies as st
from py_clob_client_v2.order_utils import ExchangeOrderBuilderV2
from py_clob_client_v2.order_utils.model.order_data_v2 import OrderV2, SignedOrderV2
from py_clob_client_v2.order_utils.model.side import Side
from py_clob_client_v2.order_utils.model.signature_type_v2 import SignatureTypeV2
from py_clob_client_v2.signer import Signer

from pairlock.fees import polymarket_curve
from pairlock.model import Outcome
from pairlock.ports import OrderIntent, TimeInForce
from pairlock.units import DOLLAR_E4, amount_step_e2
from pairlock_adapters.polymarket.build import Wallet
from pairlock_adapters.polymarket.contracts import Domain, contracts_of
from pairlock_adapters.polymarket.markets import Market
from pairlock_adapters.polymarket.sign.order import OrderFields, SignatureType

# A well-known test key; it holds nothing.
KEY_HEX = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
KEY = PrivateKey(bytes.fromhex(KEY_HEX[2:]))
ADDRESS = Account.from_key(KEY_HEX).address
FUNDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
CONDITION = "0x" + "5a" * 32
YES_TOKEN = 71321045679252212594626385532706912750332728571942532289631379312455583992563
NO_TOKEN = 52114319501245915516055106046884209969926127482827954674443846427813813222426
TICKS_E4 = (1_000, 100, 50, 25, 10, 1)

MARKET = Market(
    CONDITION, YES_TOKEN, NO_TOKEN, False, 100, 500, "5", polymarket_curve(40_000), 0, True
)  # fmt: skip
INTENT = OrderIntent(
    "t-0001-0-1", "polymarket", CONDITION, Outcome.YES, True, 1_000, 4_000, TimeInForce.FILL_OR_KILL,
    1_790_000_002_000,
)  # fmt: skip


def wallet(kind: SignatureType = SignatureType.EOA, chain_id: int = 137) -> Wallet:
    return Wallet(chain_id, kind, ADDRESS, ADDRESS if kind is SignatureType.EOA else FUNDER)


old_ids = st.integers(1 << 104, (1 << 256) - 1).filter(lambda n: n & (((1 << 64) - 1) << 40) != 0)
new_ids = st.builds(
    lambda high, low: (high << 104) | low, st.integers(0, (1 << 152) - 1), st.integers(0, 1 << 39)
)


@st.composite
def orders(draw: st.DrawFn) -> tuple[OrderIntent, Market]:
    """An intent that breaks no rule, and its market, whatever their tick, tokens and contract."""
    tick_e4 = draw(st.sampled_from(TICKS_E4))
    yes, no = draw(st.lists(st.one_of(old_ids, new_ids), min_size=2, max_size=2, unique=True))
    price_e4 = tick_e4 * draw(st.integers(1, DOLLAR_E4 // tick_e4 - 1))
    size_e2 = max(draw(st.integers(500, 1_000_000)), -(-1_000_000 // price_e4))
    size_e2 += -size_e2 % amount_step_e2(price_e4, 10_000)
    market = evolve(MARKET, tick_e4=tick_e4, yes_token=yes, no_token=no, neg_risk=draw(st.booleans()))
    intent = evolve(
        INTENT,
        intent_id=draw(st.text(min_size=1, max_size=40)),
        outcome=draw(st.sampled_from(Outcome)),
        buys=draw(st.booleans()),
        size_e2=size_e2,
        limit_e4=price_e4,
        time_in_force=draw(st.sampled_from(TimeInForce)),
        deadline_ms=draw(st.integers(1_700_000_000_000, 2_000_000_000_000)),
    )
    return intent, market


def official_order(fields: OrderFields) -> OrderV2:
    """Our fields as the official client's own order."""
    return OrderV2(
        salt=str(fields.salt),
        maker=fields.maker,
        signer=fields.signer,
        tokenId=str(fields.token_id),
        makerAmount=str(fields.maker_amount),
        takerAmount=str(fields.taker_amount),
        side=Side.SELL if fields.sells else Side.BUY,
        signatureType=SignatureTypeV2(int(fields.signature_type)),
        timestamp=str(fields.timestamp_ms),
        metadata="0x" + fields.metadata.hex(),
        builder="0x" + fields.builder.hex(),
        expiration="0",
    )


def official_signed(fields: OrderFields, domain: Domain) -> tuple[str, SignedOrderV2]:
    """The order's hash and the signed order as the official Python client makes them."""
    signer = Signer(KEY_HEX, domain.chain_id)
    maker = ExchangeOrderBuilderV2(domain.exchange, domain.chain_id, signer, domain_version=domain.version)
    order = official_order(fields)
    typed = maker.build_order_typed_data(order)
    everything: dict[str, Any] = {**vars(order), "signature": maker.build_order_signature(typed)}
    return maker.build_order_hash(typed), SignedOrderV2(**everything)


def official_hash(order: dict[str, Any]) -> str:
    """The id of an order from its body on the wire (of the standard contract on Polygon), by the official client."""
    signer = Signer(KEY_HEX, 137)
    maker = ExchangeOrderBuilderV2(contracts_of(137).exchange_v2, 137, signer)
    fields = {key: value for key, value in order.items() if key != "signature"}
    side = Side.SELL if order["side"] == "SELL" else Side.BUY
    told = OrderV2(**{**fields, "side": side, "signatureType": SignatureTypeV2(order["signatureType"])})
    return str(maker.build_order_hash(maker.build_order_typed_data(told)))
