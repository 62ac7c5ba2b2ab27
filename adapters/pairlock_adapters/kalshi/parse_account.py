"""Kalshi's words on the account: balances per shard, positions, settlements, the limits of our tier."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from pairlock.model import Outcome, Payout
from pairlock.units import DOLLAR_E4, DOLLAR_MICROS, E6_PER_E2
from pairlock_adapters.kalshi.fields import Body, Unreadable, inner, known, rows, text, units, whole

_CENT_MICROS = DOLLAR_MICROS // 100
_CENT_E4 = DOLLAR_E4 // 100
_E4_PER_CENT_PER_E2 = 100 * 100  # cents per 1/100 contract, in 1/10,000 dollar per contract


def balance_micros(body: object, shard: int) -> int:
    """Money that can be traded with on a shard. Collateral lies on one and pays for orders there only.

    Where the answer tells the shards apart its part counts, else the whole: then the answer is of this shard alone.
    """
    row = known(body, "the answer")
    if row.get("balance_breakdown") is not None:
        placed = {
            whole(each, "exchange_index"): units(each, "balance", 6, signed=True)
            for each in rows(body, "balance_breakdown")
        }
        return placed.get(shard, 0)
    if row.get("balance_dollars") is not None:
        return units(row, "balance_dollars", 6, signed=True)
    return whole(row, "balance") * _CENT_MICROS


def position_e6(found: Iterable[Body], market: str) -> int:
    """Contracts held in a market, in YES: negative means NO. No row of the market, in all pages, is none held."""
    held = [units(row, "position_fp", 2, signed=True) for row in found if text(row, "ticker") == market]
    if len(set(held)) > 1:
        raise Unreadable(f"two different positions in {market}")
    return held[0] * E6_PER_E2 if held else 0


def held_e6(position: int, outcome: Outcome) -> int:
    """What of a signed position is of ``outcome``."""
    return max(0, position if outcome is Outcome.YES else -position)


def settled_payout(found: Iterable[Body], market: str, outcome: Outcome) -> Payout | None:
    """What the settlement of our own position paid per contract, and under which rule; None where there is none yet.

    ``Unreadable`` where the row does not tell: without a value only the outcome that we held was paid for.
    """
    mine = [row for row in found if text(row, "ticker") == market]
    if not mine:
        return None
    row = mine[0]
    if row.get("value") is not None:
        yes_e4 = whole(row, "value") * 100
    else:
        keys = ("yes_count_fp", "no_count_fp") if outcome is Outcome.YES else ("no_count_fp", "yes_count_fp")
        (count_e2, other_e2), cents = (units(row, key, 2) for key in keys), whole(row, "revenue")
        if count_e2 == 0 or other_e2:
            raise Unreadable(f"a settlement of {market} without a value, and not of this outcome alone")
        own_e4 = cents * _E4_PER_CENT_PER_E2 // count_e2
        yes_e4 = own_e4 if outcome is Outcome.YES else DOLLAR_E4 - own_e4
    if not 0 <= yes_e4 <= DOLLAR_E4:
        raise Unreadable(f"a settlement of {yes_e4} of 1/10,000 dollar per contract")
    own_e4 = yes_e4 if outcome is Outcome.YES else DOLLAR_E4 - yes_e4
    return Payout(own_e4, "void" if text(row, "market_result") == "void" else kind_of(yes_e4))


def kind_of(yes_e4: int) -> str:
    """The rule that a payout of one YES follows, where the venue does not call it void."""
    if yes_e4 in (0, DOLLAR_E4):
        return "normal"
    return "fifty_fifty" if 2 * yes_e4 == DOLLAR_E4 else "void"


def agreed(told: Payout | None, settled: Payout) -> Payout:
    """The market's own payout, under the rule that our settlement names; they must not differ by a cent."""
    if told is None or abs(told.per_contract_e4 - settled.per_contract_e4) >= _CENT_E4:
        raise Unreadable(f"the market says {told}, our settlement {settled}")
    return Payout(told.per_contract_e4, settled.kind if settled.kind == "void" else told.kind)


@frozen
class TierLimits:
    """Tokens per second of our tier."""

    read_per_s: int
    write_per_s: int
    tier: str


def tier_limits(body: object) -> TierLimits:
    """The answer to the account's limits."""
    row = known(body, "the answer")
    read = whole(inner(body, "read"), "refill_rate")
    write = whole(inner(body, "write"), "refill_rate")
    if read <= 0 or write <= 0:
        raise Unreadable(f"{read} read and {write} write tokens per second")
    return TierLimits(read, write, text(row, "usage_tier"))
