"""One trade's story out of the journal: every record of it, replayed, with what it changed; its repairs follow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from attrs import define

from pairlock.absorb import quiet
from pairlock.audit.balance import money
from pairlock.audit.telling import Told, said, short_name
from pairlock.audit.walk import closed_claims, step_claims
from pairlock.audit.words import LEGS, VERB, dollars, price, safe
from pairlock.codec import fact_from_plain, parse
from pairlock.errors import UserError
from pairlock.journal.records import Kind, Record
from pairlock.journal.replay import begun, replay_step
from pairlock.journal.store import Store
from pairlock.lifecycle import CLOSED
from pairlock.model import Order, Role, Trade
from pairlock.positions import nets_e6

Plain = dict[str, Any]


@define
class _Teller:
    """Folds a trade's records, oldest first; ``began_ms`` is when its first trade was detected."""

    began_ms: int
    trade: Trade | None = None

    def told(self, record: Record) -> Plain:
        """What one record says and changed. Raises ReplayMismatch where the installed engine says otherwise."""
        body = parse(record.body)
        before = self.trade
        entry: Plain = {
            "seq": record.seq,
            "at_ms": record.at_ms,
            "since_ms": record.at_ms - self.began_ms,
            "kind": record.kind,
            "fact": None,
            "said": "",
            "events": [],
            "alerts": [],
            "orders": [],
            "orders_moved": [],
        }
        if record.kind in (Kind.DETECTED, Kind.REPAIR):
            self.trade = begun(record, body)
            entry["said"] = _repaired(self.trade) if self.trade.repairs else _detected(self.trade)
            entry["orders"] = [created(self.trade, order) for order in self.trade.orders]
        elif record.kind == Kind.STEP and before is not None:
            self.trade = after = replay_step(before, record, body).trade
            entry["fact"] = body["fact"]["fact"]
            entry["said"] = said(fact_from_plain(body["fact"]), Told(before, after, self.began_ms))
            entry["events"], entry["alerts"] = body["events"], body["alerts"]
            entry["orders"] = [
                created(after, order) for order in after.orders if order.intent_id in after.fresh
            ]
            entry["orders_moved"] = list(_moved(before, after))
        else:
            entry["said"] = _beside(record.kind, body)
        if self.trade is None:
            raise UserError(
                f"record {record.seq} comes before trade {record.trade_id} began; restore a backup"
            )
        entry["state"], entry["nets_e6"] = str(self.trade.state), list(nets_e6(self.trade))
        return entry


def _detected(trade: Trade) -> str:
    o = trade.opportunity
    return (
        f"detected: YES {price(o.price_a_e4)} on {o.platform_a}, NO {price(o.price_b_e4)} on {o.platform_b}, "
        f"{dollars(o.net_profit_micros)} net a contract"
    )


def _repaired(trade: Trade) -> str:
    return f"a venue contradicted what was final: this repair of {trade.repairs} answers for it"


def _beside(kind: str, body: Plain) -> str:
    """A record of the trade that is no step of it."""
    if kind == Kind.HALT:
        return f"new trades were halted ({safe(str(body['name']))}): {safe(str(body['reason']))}"
    if kind == Kind.RECEIVABLE:
        return f"{safe(str(body['venue']))} paid {dollars(body['amount_micros'])} for complete sets"
    return f"{kind}: {safe(str(body))}"


def created(trade: Trade, order: Order) -> Plain:
    """An order as it was released (or, in a repair, adopted)."""
    o = trade.opportunity
    outcome = trade.terms.legs[order.leg].outcome if trade.terms is not None else None
    if outcome is not None and order.role is Role.COMPLEMENT:
        outcome = outcome.other
    return {
        "intent_id": order.intent_id,
        "name": short_name(order),
        "leg": LEGS[order.leg],
        "role": str(order.role),
        "venue": (o.platform_a, o.platform_b)[order.leg],
        "market": (o.market_a, o.market_b)[order.leg],
        "side": VERB[order.role],
        "outcome": str(outcome or ""),
        "size_e2": order.size_e2,
        "limit_e4": order.limit_e4,
    }


def _moved(before: Trade, after: Trade) -> Iterator[Plain]:
    """Every order that another state has now, the newly released ones apart."""
    for order in after.orders:
        old = before.order(order.intent_id)
        if old is not None and old.state is not order.state and order.intent_id not in after.fresh:
            yield {
                "intent_id": order.intent_id,
                "name": short_name(order),
                "from": str(old.state),
                "to": str(order.state),
            }


def _claims(trade: Trade) -> list[str]:
    return step_claims(trade) + (closed_claims(trade) if trade.state in CLOSED else [])


def tell(trade_id: str, records: Iterable[Record], began_ms: int | None = None) -> Plain:
    """The story of one trade, its repairs apart. ``began_ms``: None counts from its own first record."""
    teller: _Teller | None = None
    timeline: list[Plain] = []
    broken: list[str] = []
    for record in records:
        teller = teller or _Teller(record.at_ms if began_ms is None else began_ms)
        timeline.append(teller.told(record))
        if teller.trade is not None and record.kind == Kind.STEP:
            broken += [f"record {record.seq}: {sentence}" for sentence in _claims(teller.trade)]
    if teller is None or teller.trade is None:
        raise UserError(f"the journal has no record of trade {trade_id}; restore it from a backup")
    trade = quiet(teller.trade)
    o, terms = trade.opportunity, trade.terms
    return {
        "trade_id": trade_id,
        "repairs": trade.repairs or None,
        "opportunity_id": o.opportunity_id,
        "event_id": o.event_id,
        "state": str(trade.state),
        "verdict": str(trade.verdict),
        "refusal": trade.refusal,
        "plan": str(terms.plan) if terms else None,
        "first_leg": LEGS[terms.first_leg] if terms else None,
        "size_e2": terms.size_e2 if terms else 0,
        "limits_e4": [leg.limit_e4 for leg in terms.legs] if terms else [o.price_a_e4, o.price_b_e4],
        "began_ms": teller.began_ms,
        "timeline": timeline,
        "money": money(trade),
        "claims_broken": len(broken),
        "broken": broken,
    }


def _family(store: Store, trade_id: str) -> list[str]:
    """The repairs of a trade, and theirs, in the order in which they began."""
    family = {trade_id}
    found = []
    for record in store.records():
        if record.kind == Kind.REPAIR and parse(record.body)["trade"]["repairs"] in family:
            family.add(record.trade_id)
            found.append(record.trade_id)
    return found


def _number(text: str) -> str:
    """The last number in an id: what a person remembers of it."""
    found: list[str] = re.findall("[0-9]+", text)
    return found[-1].lstrip("0") if found else ""


def _meant(store: Store, given: str) -> str:
    """The id of the only trade whose number was given. Raises UserError, with ids that are close, for anything else."""
    ids = [record.trade_id for record in store.records() if record.kind in (Kind.DETECTED, Kind.REPAIR)]
    same = [each for each in ids if "r" not in each.rpartition("-")[2] and _number(each) == _number(given)]
    if given.isdecimal() and len(same) == 1:
        return same[0]
    close = list(dict.fromkeys([*same, *get_close_matches(given, ids, n=3)]))[:3] or ids[-3:]
    mend = f"did you mean {' or '.join(close)}?" if close else "it has no trade at all."
    raise UserError(f"journal {store.path} has no trade {safe(given)!r} among its {len(ids)}; {mend}")


def story(store: Store, given: str) -> Plain:
    """The trade of that id, opportunity id or number, with ``repaired_by``: its repairs, told alike.

    Raises UserError where the journal has no such trade, ReplayMismatch where another version wrote it.
    """
    row = store.trade_row(given) or store.trade_by_opportunity(given)
    trade_id = row.trade_id if row is not None else _meant(store, given)
    told = tell(trade_id, store.trade_records(trade_id))
    repairs = [tell(each, store.trade_records(each), told["began_ms"]) for each in _family(store, trade_id)]
    whole = [told, *repairs]
    told["repaired_by"] = repairs
    told["family_realized_micros"] = sum(each["money"]["realized_micros"] for each in whole)
    told["claims_broken"] = sum(each["claims_broken"] for each in whole)
    return told
