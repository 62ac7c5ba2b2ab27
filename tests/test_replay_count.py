"""What a recording offers: the known answer, and every count and window by hand."""

import os
from array import array
from pathlib import Path

import pytest

from pairlock.errors import UserError
from pairlock.fees import kalshi_quadratic, polymarket_curve
from pairlock_adapters.replay.count import MAX_GAP_MS, Counter, Direction, edges, median_ms, rate_ppm
from pairlock_adapters.replay.reader import BadLine, Cycle, Quote, read_cycles

KNOWN = "cross_venue_paraguay_france.jsonl.zst"


def cycle(ts_ms: int, kalshi_ask_e4: int | None, polymarket_bid_e4: int, pair: str = "K:1") -> Cycle:
    """Only YES on Kalshi with NO on Polymarket can pay here."""
    near = Quote(100, kalshi_ask_e4, 1, 1 if kalshi_ask_e4 else None)
    return Cycle(ts_ms, pair, near, Quote(polymarket_bid_e4, 9_900, 1, 1))


PAYS, PAYS_NOT = (4_000, 5_000), (5_000, 5_000)


def counted(*items: Cycle | BadLine) -> Counter:
    counter = Counter(rate_ppm("0.05"))
    for item in items:
        counter.feed(item)
    counter.finish()
    return counter


@pytest.mark.skipif(
    "PAIRLOCK_REAL_DATA" not in os.environ, reason="PAIRLOCK_REAL_DATA names no folder of recordings"
)
def test_the_known_answer() -> None:
    counter = counted(*read_cycles(Path(os.environ["PAIRLOCK_REAL_DATA"]) / "paired-books" / KNOWN))
    assert (counter.lines, counter.bad_lines) == (10_672, 0)
    assert (counter.observations, counter.gross, counter.net) == (4_763, 1_191, 244)
    assert len(counter.windows.at_least_ms) > 0
    assert all(length >= 0 for length in counter.windows.at_least_ms)


def test_both_directions_and_both_fees() -> None:
    counter = Counter(50_000)
    seen = Cycle(1, "K:1", Quote(5_600, 5_700, 1, 1), Quote(5_000, 5_100, 1, 1))
    counter.feed(seen)
    assert (counter.observations, counter.gross, counter.net) == (1, 1, 1)
    found = edges(seen, kalshi_quadratic(), polymarket_curve(50_000))
    # YES at 0.51 on Polymarket (0.012495 up to 0.0125), NO at 0.44 on Kalshi (0.017248 up to 0.0173)
    assert found[Direction.YES_POLYMARKET].net_micros == 50_000 - 12_500 - 17_300
    assert found[Direction.YES_KALSHI].gross_e4 == -700


def test_the_fees_stand_on_their_own_sides() -> None:
    """Kalshi's 7 % is not Polymarket's rate: with a free Polymarket only Kalshi's fee is left, in both directions."""
    for near, far in (((9_000, 9_100), (9_300, 9_400)), ((9_300, 9_400), (9_000, 9_100))):
        seen = Cycle(1, "K:1", Quote(*near, 1, 1), Quote(*far, 1, 1))
        free, dear = Counter(0), Counter(900_000)
        free.feed(seen)
        dear.feed(seen)
        assert (free.gross, free.net, dear.gross, dear.net) == (1, 1, 1, 0)


@pytest.mark.parametrize(
    ("ask_e4", "gross", "net"), [(5_000, 0, 0), (4_999, 1, 0), (4_700, 1, 0), (4_699, 1, 1)]
)
def test_less_than_a_dollar_is_strict(ask_e4: int, gross: int, net: int) -> None:
    """At 4,700 + 5,000 fees of 0.0125 and 0.0175 take the 300 to the micro-dollar."""
    counter = counted(cycle(1, ask_e4, 5_000))
    assert (counter.observations, counter.gross, counter.net) == (1, gross, net)


def test_lines_bad_lines_and_incomplete_cycles() -> None:
    counter = counted(cycle(1, *PAYS), BadLine(3, "is empty"), cycle(2, None, 5_000), BadLine(6, "is empty"))
    assert (counter.lines, counter.bad_lines, counter.cycles, counter.observations) == (6, 2, 2, 1)


def test_windows_are_known_from_both_sides() -> None:
    shown = [(1_000, PAYS), (5_000, PAYS), (9_000, PAYS_NOT), (12_000, PAYS), (16_000, PAYS_NOT)]
    counter = counted(*[cycle(ts_ms, *prices) for ts_ms, prices in shown])
    assert list(counter.windows.at_least_ms) == [4_000, 0]
    assert list(counter.windows.until_gone_ms) == [8_000, 4_000]


def test_a_window_of_unknown_end_has_only_a_least_length() -> None:
    counter = counted(cycle(1_000, *PAYS), cycle(2_000, *PAYS))
    assert (list(counter.windows.at_least_ms), list(counter.windows.until_gone_ms)) == ([1_000], [])
    broken = counted(cycle(1_000, *PAYS), cycle(2_000, None, 5_000), cycle(3_000, *PAYS))
    assert (list(broken.windows.at_least_ms), list(broken.windows.until_gone_ms)) == ([0, 0], [])
    far = 1_000 + MAX_GAP_MS + 1
    silent = counted(cycle(1_000, *PAYS), cycle(far, *PAYS), cycle(far + MAX_GAP_MS, *PAYS))
    assert (list(silent.windows.at_least_ms), list(silent.windows.until_gone_ms)) == ([0, MAX_GAP_MS], [])


def test_a_window_that_ended_in_a_silence_is_not_long() -> None:
    counter = counted(cycle(1_000, *PAYS), cycle(1_000_000, *PAYS_NOT))
    assert (list(counter.windows.at_least_ms), list(counter.windows.until_gone_ms)) == ([0], [])


def test_pairs_have_their_own_windows() -> None:
    other = [cycle(ts_ms, *PAYS_NOT, pair="L:2") for ts_ms in (1_000, 2_000)]
    counter = counted(cycle(1_000, *PAYS), other[0], cycle(2_000, *PAYS), other[1])
    assert list(counter.windows.at_least_ms) == [1_000]


def test_the_median_is_a_length_that_was_seen() -> None:
    assert median_ms(array("q")) is None
    assert median_ms(array("q", [9, 1, 5])) == 5
    assert median_ms(array("q", [9, 1, 5, 3])) == 3


def test_rates_are_read_exactly() -> None:
    assert [rate_ppm(text) for text in ("0", "0.05", "0.070000", " 0.000001 ")] == [0, 50_000, 70_000, 1]
    for text in ("1", "-0.1", "5%", "", "nan", "0.0000001", "1e-2", "0,05", "٠.٥"):
        with pytest.raises(UserError, match=r"write it as 0\.05"):
            rate_ppm(text)
