"""Contracts of ``pairlock.book``: what counts as depth is what an order really takes."""

from __future__ import annotations

from pairlock.book import depth_e2, mirrored, walk


def an_order_takes_no_more_than_it_asks_or_is_offered(
    first_e4: int, first_e2: int, second_e4: int, second_e2: int, size_e2: int, limit_e4: int
) -> None:
    """An order takes neither more than its size nor more than the levels hold, and what it takes and misses add up."""
    assert first_e2 >= 0
    assert second_e2 >= 0
    assert size_e2 >= 0
    taken, left_e2 = walk(((first_e4, first_e2), (second_e4, second_e2)), size_e2, limit_e4, buying=True)
    got_e2 = sum(size for _, size in taken)
    assert got_e2 + left_e2 == size_e2
    assert 0 <= got_e2 <= first_e2 + second_e2


def an_order_never_takes_a_level_beyond_its_limit(
    first_e4: int, first_e2: int, second_e4: int, second_e2: int, size_e2: int, limit_e4: int
) -> None:
    """A purchase takes no level dearer than its limit, a sale none cheaper."""
    assert first_e2 >= 0
    assert second_e2 >= 0
    levels = ((first_e4, first_e2), (second_e4, second_e2))
    bought, _ = walk(levels, size_e2, limit_e4, buying=True)
    sold, _ = walk(levels, size_e2, limit_e4, buying=False)
    assert all(price_e4 <= limit_e4 for price_e4, _ in bought)
    assert all(price_e4 >= limit_e4 for price_e4, _ in sold)


def depth_is_what_an_order_finds(
    first_e4: int, first_e2: int, step_e4: int, second_e2: int, size_e2: int, limit_e4: int
) -> None:
    """On a sorted book an order misses exactly what its size exceeds the depth at its limit by."""
    assert first_e2 >= 0
    assert second_e2 >= 0
    assert step_e4 > 0
    assert size_e2 >= 0
    asks = ((first_e4, first_e2), (first_e4 + step_e4, second_e2))
    _, left_e2 = walk(asks, size_e2, limit_e4, buying=True)
    assert left_e2 == max(0, size_e2 - depth_e2(asks, limit_e4, buying=True))


def the_other_outcome_sees_the_same_depth(price_e4: int, offered_e2: int, limit_e4: int) -> None:
    """A bid for YES is an ask for NO at one dollar less its price, in the same size."""
    assert 0 < price_e4 < 10_000
    assert offered_e2 >= 0
    bids = ((price_e4, offered_e2),)
    no_asks_e2 = depth_e2(mirrored(bids), 10_000 - limit_e4, buying=True)
    assert no_asks_e2 == depth_e2(bids, limit_e4, buying=False)
