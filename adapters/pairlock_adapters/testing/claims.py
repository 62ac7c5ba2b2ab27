"""Claims on the venues' truth, as assertions: what must hold of any bot, whatever it believed and whatever went wrong.

Each raises AssertionError with what broke it. They look at what the venues did, never at what the bot says.
"""

from __future__ import annotations

from collections import Counter

from pairlock_adapters.testing.rows import Truth, in_words

_CONTRACT_E6 = 1_000_000
# Below a hundredth of a contract nothing can be traded: dust, told of apart.
DUST_E6 = 10_000


def no_duplicate_orders(truth: Truth, *, most: int = 1) -> None:
    """At most ``most`` orders of the same venue, market, outcome, side, size and limit were taken.

    A retry under a new id is a second order, however sure the bot was that the first had failed. Copies that a fault
    made of one request are not counted. A bot that trades the same thing twice on purpose says so with ``most``.
    """
    taken = Counter(
        (row["venue"], row["market"], row["outcome"], bool(row["buys"]), row["size_e2"], row["limit_e4"])
        for row in truth.orders
        if not row["fault_duplicate"] and row["status"] != "killed"
    )
    many = {key: count for key, count in taken.items() if count > most}
    told = (
        f"{count} orders to {'buy' if buys else 'sell'} {_hundredths(size_e2)} {outcome} at {limit_e4} e4 of {market}"
        f" on {venue}, at most {most} meant"
        for (venue, market, outcome, buys, size_e2, limit_e4), count in many.items()
    )
    assert not many, f"duplicate orders: {in_words(told)}"


def one_order_per_id(truth: Truth) -> None:
    """No client id or order hash was booked twice (beyond the fault model a venue does that)."""
    taken = Counter((row["venue"], row["intent_id"]) for row in truth.orders if not row["fault_duplicate"])
    twice = [f"{name} on {venue}" for (venue, name), count in taken.items() if count > 1]
    assert not twice, f"ids booked twice: {in_words(twice)}"


def nothing_live(truth: Truth) -> None:
    """No order can fill any more, and no request can become one: who is done has cancelled what rests."""
    live = truth.live()
    assert not live, f"not over yet: {in_words(live)}"


def everything_final(truth: Truth) -> None:
    """No match can fail any more."""
    pending = truth.unfinal()
    assert not pending, f"not final yet: {in_words(pending)}"


def equal_or_flat(truth: Truth, *, dust_e6: int = DUST_E6) -> None:
    """On every event what one venue holds is made good by the other: YES here and as much NO there, or nothing.

    Judged by the fills that have not failed, so call it when ``everything_final`` holds.
    """
    naked = {
        event: venues for event, venues in truth.net_e6().items() if abs(sum(venues.values())) >= dust_e6
    }
    told = (
        f"{event}: {', '.join(f'{_millionths(net)} YES on {venue}' for venue, net in sorted(venues.items()))}"
        for event, venues in naked.items()
    )
    assert not naked, f"naked: {in_words(told)}"


def held_at_most(truth: Truth, contracts_e6: int) -> None:
    """No outcome of any market was bought beyond ``contracts_e6`` net of what was sold."""
    over = {key: held for key, held in truth.bought_e6().items() if held > contracts_e6}
    told = (
        f"{_millionths(held)} {outcome} of {market} on {venue}"
        for (venue, market, outcome), held in over.items()
    )
    assert not over, f"more than {_millionths(contracts_e6)} held: {in_words(told)}"


def nothing_sold_short(truth: Truth) -> None:
    """Nothing was sold that was not held."""
    under = {key: held for key, held in truth.bought_e6().items() if held < 0}
    told = (
        f"{_millionths(held)} {outcome} of {market} on {venue}"
        for (venue, market, outcome), held in under.items()
    )
    assert not under, f"sold beyond what was held: {in_words(told)}"


def _hundredths(size_e2: int) -> str:
    return f"{size_e2 // 100}.{size_e2 % 100:02d}"


def _millionths(qty_e6: int) -> str:
    whole, rest = divmod(abs(qty_e6), _CONTRACT_E6)
    return f"{'-' if qty_e6 < 0 else ''}{whole}.{rest:06d}".rstrip("0").rstrip(".")
