"""Claims about a closed trade, by the venues' truth: payouts, verdicts, requests, over-fills, fees."""

from __future__ import annotations

from collections.abc import Iterator

from pairlock.lifecycle import S
from pairlock.model import LegTerms, Order, Payout, Role, Trade, Verdict
from pairlock_adapters.simulated.truth import Truth

_ADOPTED = (Role.ADOPTED_IN, Role.ADOPTED_OUT)
_MARKET = "SELECT status,result,yes_payout_e4,fees FROM markets WHERE venue=? AND market=?"
_REQUESTS = (
    "SELECT sum(arrived_ms IS NULL AND due_ms>=0),count(*) FROM requests"
    " WHERE intent_id=? AND NOT fault_duplicate"
)
_BETWEEN = "SELECT DISTINCT intent_id FROM requests WHERE intent_id>=? AND intent_id<?"
_FILLED = "SELECT qty_e6,price_e4,fee_micros FROM fills WHERE intent_id=? AND venue=? AND status<>'failed'"
_BREACHES = (Verdict.PAYOUT_BREACH, Verdict.VOID, Verdict.FIFTY_FIFTY)


def broken_endings(truth: Truth, trade: Trade, *, kinds_shown: bool = True) -> Iterator[tuple[int, str]]:
    """Every claim that the closed ``trade`` breaks, with a sentence.

    ``kinds_shown`` False: a venue shows what it paid, and not whether a void or a 50-50 was the reason.
    """
    if trade.terms is None:
        return
    yield from _requests(truth, trade)
    paid_e4 = []
    for leg, terms in enumerate(trade.terms.legs):
        truly = _payout(truth, terms)
        paid_e4.append(truly)
        told = trade.payouts[leg]
        if told is not None and not _same_payout(told, truly, kinds_shown=kinds_shown):
            yield 1, f"the payout of leg {leg} is called {told}, truly {truly}"
    if trade.state is S.SETTLED:
        kinds = {None if each is None else each[1] for each in paid_e4}
        total_e4 = sum(each[0] for each in paid_e4 if each is not None)
        kept = kinds == {"normal"} and total_e4 == 10_000
        if kept is (trade.verdict in _BREACHES):
            yield 1, f"{trade.verdict} where the venues truly paid {paid_e4}"
    overfilled = False
    for order in trade.orders:
        if order.role not in _ADOPTED:
            terms = trade.terms.legs[order.leg]
            fills = list(truth.rows(_FILLED, (order.intent_id, terms.venue)))
            overfilled = overfilled or sum(row[0] for row in fills) > order.size_e2 * 10_000
            yield from _charged(trade, order, terms, fills)
    if overfilled and not trade.excess:
        yield 9, "a venue filled more than was ordered, and the trade does not say so"


def _same_payout(told: Payout, truly: tuple[int, str] | None, *, kinds_shown: bool) -> bool:
    if truly is None:
        return False
    same_kind = told.kind == truly[1] or (not kinds_shown and "normal" not in (told.kind, truly[1]))
    return told.per_contract_e4 == truly[0] and same_kind


def _requests(truth: Truth, trade: Trade) -> Iterator[tuple[int, str]]:
    known = {order.intent_id for order in trade.orders}
    for (name,) in list(truth.rows(_BETWEEN, (f"{trade.trade_id}.", f"{trade.trade_id}/"))):
        if name not in known:
            yield 7, f"{name} was sent, and the trade has no such intent"
    for name in known:
        on_their_way, count = next(truth.rows(_REQUESTS, (name,)))
        if on_their_way:
            yield 5, f"the trade is closed and the request of {name} is on its way"
        if count > 1:
            yield 8, f"{name} was sent {count} times"


def _payout(truth: Truth, terms: LegTerms) -> tuple[int, str] | None:
    """What a contract of the leg's token truly paid, and how; None while the market is not paid."""
    for status, result, void_e4, _ in truth.rows(_MARKET, (terms.venue, terms.market)):
        if status != "paid":
            return None
        if result in ("yes", "no"):
            return (10_000 if result == terms.outcome else 0), "normal"
        yes_e4 = 5_000 if result == "fifty_fifty" else void_e4
        return (yes_e4 if terms.outcome == "yes" else 10_000 - yes_e4), result
    return None


def _charged(
    trade: Trade, order: Order, terms: LegTerms, fills: list[tuple[int, int, int]]
) -> Iterator[tuple[int, str]]:
    """An order charged more than the schedule of GATED allows, and nobody says so: the fee is computed apart."""
    fees = terms.fees
    silent = trade.state is S.SETTLED and trade.verdict in (Verdict.KEPT, Verdict.COMPLETED_LATE)
    if not silent or fees.kind != "curve" or not fills:
        return
    unit = 1_000_000 * 10_000 ** (2 * fees.exponent) * fees.round_micros
    parts = [qty * fees.rate_ppm * (price * (10_000 - price)) ** fees.exponent for qty, price, _ in fills]
    if not fees.per_fill:
        parts = [sum(parts)]
    dearest = sum(-(-part // unit) * fees.round_micros for part in parts) + fees.order_extra_micros
    charged = sum(fee for _, _, fee in fills)
    # A price between two units is taken for the dearer of both by the engine: a step each is no shortfall.
    if charged > dearest + fees.round_micros * len(fills):
        yield (
            15,
            f"{order.intent_id} was charged {charged} micros, the schedule read at GATED allows {dearest}",
        )
