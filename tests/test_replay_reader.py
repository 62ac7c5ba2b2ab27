"""Recorded paired books: what is read is exact, and nothing that a file can hold crashes, hides or counts as zero."""

import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import zstandard
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pairlock.errors import UserError
from pairlock_adapters.replay.line import Quote, Reading, parse_line
from pairlock_adapters.replay.reader import EMPTY, MAX_OPEN_CYCLES, BadLine, Cycle, quote_book, read_cycles
from pairlock_adapters.replay.source import MAX_LINE_BYTES

PAIR = "KXCUP-26-FR:108233603819467706476"
SKIPPABLE_FRAME = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"


def row(venue: str = "kalshi", ts: int = 1_000, **changes: Any) -> dict[str, Any]:
    plain = {"ts": ts, "t_fetch": ts, "venue": venue, "pair": PAIR, "bid": 36.3, "ask": 36.4, "mid": 36.35}
    return {**plain, "spread": 0.1, "bid_sz": "3274.27", "ask_sz": "22", "venue_ts": None, **changes}


def line(*args: Any, **changes: Any) -> bytes:
    return json.dumps(row(*args, **changes)).encode() + b"\n"


def cycle_lines(ts: int) -> bytes:
    return line("kalshi", ts) + line("polymarket", ts)


def read(folder: Path, content: bytes, name: str = "made.jsonl") -> list[Cycle | BadLine]:
    path = folder / name
    path.write_bytes(content)
    return list(read_cycles(path))


QUOTE = Quote(3_630, 3_640, 327_427, 2_200)


def test_a_cycle_is_exact(tmp_path: Path) -> None:
    got = read(tmp_path, line() + line("polymarket", bid=4, ask=99.9, bid_sz="0.01", ask_sz="1139"))
    assert got == [Cycle(1_000, PAIR, QUOTE, Quote(400, 9_990, 1, 113_900), 2)]
    assert isinstance(got[0], Cycle)
    assert got[0].complete
    assert got[0].markets == ("KXCUP-26-FR", "108233603819467706476")


def test_an_empty_side_is_none_and_no_observation(tmp_path: Path) -> None:
    (got,) = read(tmp_path, line(bid=None, bid_sz=None) + line("polymarket"))
    assert isinstance(got, Cycle)
    assert got.kalshi == evolve(QUOTE, bid_e4=None, bid_e2=None)
    assert not got.complete


def test_one_venue_alone_is_a_cycle_but_no_observation(tmp_path: Path) -> None:
    got = read(tmp_path, line(ts=1) + cycle_lines(2))
    assert got == [Cycle(1, PAIR, QUOTE, EMPTY, 1), Cycle(2, PAIR, QUOTE, QUOTE, 2)]


def test_venues_may_be_apart_and_pairs_interleaved(tmp_path: Path) -> None:
    other = "KXCUP-26-PY:93"
    parts = [line(), line(pair=other), line("polymarket", pair=other), line("polymarket")]
    got = read(tmp_path, b"".join(parts))
    assert [item.pair for item in got if isinstance(item, Cycle) and item.complete] == [PAIR, other]


BAD: list[tuple[bytes, str]] = [
    (b"{nonsense\n", "not JSON"),
    (b"\n", "empty"),
    (b"[]\n", "not a JSON object"),
    (b"null\n", "not a JSON object"),
    (b"\xff\xfe\n", "not UTF-8 (byte 0)"),
    (b"[" * 50_000 + b"\n", "nested too deeply"),
    (b'{"ts": 1, "ts": 2}\n', "a key twice"),
    (b"9" * 5_000 + b"\n", "not JSON"),
    (line().replace(b"36.3,", b"NaN,"), "NaN"),
    (line().replace(b"36.3,", b"-Infinity,"), "-Infinity"),
    (line().replace(b"36.3,", b"1e999999999,"), "bid 1E+999999999"),
    (line().replace(b"36.3,", b"1e-999999999,"), "bid"),
    (line().replace(b"36.3,", b"1e99999999999999999999,"), "not JSON"),
    (line().replace(b"36.3,", b"36." + b"3" * 4_000 + b","), "bid 36.333"),
    (line(bid=-0.1), "bid -0.1"),
    (line(bid=0), "bid 0, which is not between 0 and 100"),
    (line(ask=100), "ask 100"),
    (line(ask=10**40), "ask a huge number"),
    (line(bid=36.305), "bid 36.305, which is finer than 1/100"),
    (line(bid="36.3"), "bid '36.3'"),
    (line(bid=True), "bid True"),
    (line(bid=[36.3]), "bid an array"),
    (line(bid=36.5), "crossed: bid 36.5 is above ask 36.4"),
    (line(bid_sz="-1"), "bid_sz '-1'"),
    (line(bid_sz="NaN"), "bid_sz 'NaN'"),
    (line(bid_sz="1e5"), "bid_sz '1e5'"),
    (line(bid_sz="1_000"), "bid_sz '1_000'"),
    (line(bid_sz="٣"), "bid_sz '٣'"),
    (line(bid_sz=""), "bid_sz ''"),
    (line(bid_sz="9" * 20), "too large"),
    (line(bid_sz="9" * 60_000), "bid_sz '999"),
    (line(bid_sz=None), "a bid without a bid_sz"),
    (line(bid=None), "a bid_sz without a bid"),
    (line(ask=None), "ask_sz without a ask"),
    (line(ts="1000"), "ts '1000'"),
    (line(ts=1.5), "ts 1.5"),
    (line(ts=0), "ts 0"),
    (line(ts=True), "ts True"),
    (line(ts=10**15), "ts 1000000000000000"),
    (line("Kalshi"), "venue 'Kalshi', which is neither kalshi nor polymarket"),
    (line(["kalshi"]), "venue an array"),
    (line(pair="KXCUP"), "pair 'KXCUP', which is not KALSHITICKER:POLYTOKEN"),
    (line(pair="a:b:c"), "pair 'a:b:c'"),
    (line(pair=":b"), "pair ':b'"),
    (line(pair="a:\ud800"), "pair"),
    (line(pair="a:" + "1" * 300), "pair 'a:111"),
    (line(pair=None), "pair None"),
    (b"x" * (MAX_LINE_BYTES + 1) + b"\n", "longer than"),
    (b"x" * 5 * MAX_LINE_BYTES + b"\n", "longer than"),
    *[
        (json.dumps({k: v for k, v in row().items() if k != key}).encode() + b"\n", f"has no {key}")
        for key in ("ts", "venue", "pair", "bid", "ask", "bid_sz", "ask_sz")
    ],
]


@pytest.mark.parametrize(("bad", "said"), BAD, ids=[str(i) for i in range(len(BAD))])
def test_a_malformed_line_is_numbered_skipped_and_harms_no_other(
    tmp_path: Path, bad: bytes, said: str
) -> None:
    got = read(tmp_path, cycle_lines(500) + bad + cycle_lines(2_000))
    lines = [item for item in got if isinstance(item, BadLine)]
    assert [item.number for item in lines] == [3]
    assert said in lines[0].reason
    assert "\n" not in lines[0].reason
    assert len(lines[0].reason) < 250
    assert [item for item in got if isinstance(item, Cycle)] == [
        Cycle(ts, PAIR, QUOTE, QUOTE) for ts in (500, 2_000)
    ]


def test_a_size_finer_than_a_hundredth_is_cut_and_size_zero_is_no_depth(tmp_path: Path) -> None:
    (got,) = read(
        tmp_path, line(bid_sz="10.129999", ask_sz="0") + line("polymarket", bid=None, bid_sz="0.00")
    )
    assert isinstance(got, Cycle)
    assert (got.kalshi.bid_e2, got.kalshi.ask_e2, got.polymarket.bid_e2) == (1_012, 0, None)
    book = quote_book(got.kalshi, "KX", 7)
    assert (book.market, book.bids, book.asks, book.read_at_ms) == ("KX", ((3_630, 1_012),), (), 7)
    assert quote_book(got.polymarket, "1", 0).bids == ()


def test_a_repeated_line_counts_once_whatever_it_says(tmp_path: Path) -> None:
    got = read(tmp_path, cycle_lines(1) + line(ts=1) + line(ts=1, bid=1) + cycle_lines(2))
    assert got[:2] == [
        BadLine(3, "repeats line 1: the same ts, pair and venue"),
        BadLine(4, "repeats line 1: the same ts, pair and venue"),
    ]
    assert got[2:] == [Cycle(1, PAIR, QUOTE, QUOTE), Cycle(2, PAIR, QUOTE, QUOTE)]


def test_a_recording_appended_to_itself_counts_once(tmp_path: Path) -> None:
    """However long it is: what was handed out already cannot come again."""
    once = b"".join(cycle_lines(ts) for ts in range(1, 2 * MAX_OPEN_CYCLES))
    got = read(tmp_path, once + once)
    cycles = [item for item in got if isinstance(item, Cycle)]
    assert [cycle.ts_ms for cycle in cycles] == list(range(1, 2 * MAX_OPEN_CYCLES))
    assert len(got) - len(cycles) == len(once.splitlines())
    assert any(isinstance(item, BadLine) and "is late: ts 1 is not after 511" in item.reason for item in got)


def test_a_pairs_time_only_goes_on(tmp_path: Path) -> None:
    got = read(tmp_path, line(ts=5) + line(ts=4) + line("polymarket", ts=5) + line("polymarket", ts=4))
    assert got == [
        BadLine(2, "is late: ts 4 is not after 5, the pair's last"),
        BadLine(4, "is late: ts 4 is not after 5, the pair's last"),
        Cycle(5, PAIR, QUOTE, QUOTE),
    ]


def test_the_last_line_may_lack_its_newline_but_not_its_end(tmp_path: Path) -> None:
    assert read(tmp_path, cycle_lines(1)[:-1]) == [Cycle(1, PAIR, QUOTE, QUOTE)]
    got = read(tmp_path, cycle_lines(1)[:-9])
    assert isinstance(got[0], BadLine)
    assert got[0].number == 2
    assert got[1] == Cycle(1, PAIR, QUOTE, EMPTY, 1)
    assert read(tmp_path, b"") == []


@pytest.mark.parametrize("name", ["made.jsonl.zst", "made.jsonl"])
def test_zstandard_is_told_by_content(tmp_path: Path, name: str) -> None:
    packed = zstandard.compress(cycle_lines(1))
    assert read(tmp_path, packed, name) == [Cycle(1, PAIR, QUOTE, QUOTE)]


def test_frames_may_follow_one_another_and_cut_a_line(tmp_path: Path) -> None:
    whole = cycle_lines(1) + cycle_lines(2)
    packed = b"".join(zstandard.compress(part) for part in (whole[:100], b"", whole[100:]))
    wanted = [Cycle(1, PAIR, QUOTE, QUOTE), Cycle(2, PAIR, QUOTE, QUOTE)]
    assert read(tmp_path, packed) == wanted
    assert read(tmp_path, SKIPPABLE_FRAME + packed + SKIPPABLE_FRAME) == wanted


def test_a_stream_cut_off_anywhere_says_so_once_and_last_lines_stay(tmp_path: Path) -> None:
    content = b"".join(cycle_lines(ts) for ts in range(1, 400))
    packed = zstandard.compress(content)
    for cut in range(4, len(packed), max(len(packed) // 40, 1)):
        got = read(tmp_path, packed[:cut])
        bad = [item for item in got if isinstance(item, BadLine)]
        assert len(bad) == 1
        assert "inside a frame; what follows is lost" in bad[0].reason
        assert bad[0].number == 1 + sum(item.lines for item in got if isinstance(item, Cycle))


@pytest.mark.parametrize("damage", ["flipped", "trailing"])
def test_a_damaged_stream_is_one_bad_line(tmp_path: Path, damage: str) -> None:
    packed = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(cycle_lines(1) * 50))
    if damage == "flipped":
        packed[len(packed) // 2] ^= 0xFF
    else:
        packed += b"garbage after the frame"
    got = read(tmp_path, bytes(packed))
    assert "damaged" in [item.reason for item in got if isinstance(item, BadLine)][-1]


def test_what_cannot_be_read_is_the_users_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.jsonl: there is no such file"):
        list(read_cycles(tmp_path / "none.jsonl"))
    with pytest.raises(UserError, match=r"cannot be read \(Is a directory\)"):
        list(read_cycles(tmp_path))
    for content in (cycle_lines(1), b""):
        with pytest.raises(UserError, match=r"named \.zst but is not zstandard"):
            read(tmp_path, content, "made.zst")


def test_memory_is_bounded_by_nothing_in_the_file(tmp_path: Path) -> None:
    """32 MiB of one line packed in 2 KiB, and 12,000 pairs: some MiB at a time."""
    packed = zstandard.compress(b"x" * (1 << 25) + b"\n" + cycle_lines(1))
    assert len(packed) < 10_000
    bombs = {
        "line.zst": (packed, 1),
        "pairs.jsonl": (b"".join(line(pair=f"K{n}:1") for n in range(12_000)), 2_000),
    }
    for name, (content, bad) in bombs.items():
        path = tmp_path / name
        path.write_bytes(content)
        tracemalloc.start()
        try:
            assert sum(isinstance(item, BadLine) for item in read_cycles(path)) == bad
            assert tracemalloc.get_traced_memory()[1] < 24 << 20
        finally:
            tracemalloc.stop()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


CHANGES = st.dictionaries(st.sampled_from(sorted(row())), JSON_VALUES)


@given(st.binary() | CHANGES.map(lambda changes: json.dumps({**row(), **changes}).encode()))
def test_no_line_crashes_the_reader_or_reads_as_something_else(text: bytes) -> None:
    got = parse_line(text)
    if isinstance(got, str):
        assert got
        return
    assert isinstance(got, Reading)
    for price_e4, size_e2 in ((got.quote.bid_e4, got.quote.bid_e2), (got.quote.ask_e4, got.quote.ask_e2)):
        assert (price_e4 is None) is (size_e2 is None)
        assert price_e4 is None or 0 < price_e4 < 10_000
        assert size_e2 is None or size_e2 >= 0


@pytest.mark.skipif(
    "PAIRLOCK_REAL_DATA" not in os.environ, reason="PAIRLOCK_REAL_DATA names no folder of recordings"
)
def test_every_line_of_the_recordings_is_read() -> None:
    paths = sorted(Path(os.environ["PAIRLOCK_REAL_DATA"]).glob("paired-books/*.jsonl*"))
    assert paths
    for path in paths:
        items = list(read_cycles(path))
        assert [item for item in items if isinstance(item, BadLine)] == []
        assert all(isinstance(item, Cycle) and item.lines == 2 for item in items)
