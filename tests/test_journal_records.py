"""Records and their chain: what is written down in ``records``, checked with the standard library alone."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pairlock.errors import EngineBug
from pairlock.journal.records import GENESIS_HASH, Entry, Kind, Record, chain_ok, seal

WORDS = st.text(st.characters(exclude_characters="\x00", codec="utf-8"))
ENTRIES = st.builds(
    Entry,
    st.sampled_from(Kind),
    WORDS,
    st.integers(-(2**63), 2**63 - 1),
    st.dictionaries(
        st.text(), st.none() | st.integers() | st.text() | st.lists(st.integers(), max_size=3), max_size=3
    ),
)


def chained(entries: list[Entry]) -> list[Record]:
    records, prev = [], GENESIS_HASH
    for seq, each in enumerate(entries, 1):
        records.append(seal(each, seq, prev))
        prev = records[-1].hash
    return records


@given(st.lists(ENTRIES, max_size=6))
def test_anyone_can_check_the_chain(entries: list[Entry]) -> None:
    prev = "0" * 64
    for record, given_entry in zip(chained(entries), entries, strict=True):
        parts = [record.seq, prev, record.kind, record.trade_id, record.at_ms, record.body]
        assert (
            record.hash
            == hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode("ascii")).hexdigest()
        )
        assert record.prev_hash == prev
        assert json.loads(record.body) == given_entry.body
        prev = record.hash
    report = chain_ok(chained(entries))
    assert (report.ok, report.good_seq, report.good_hash, report.bad_seq) == (True, len(entries), prev, 0)


CHANGES: list[dict[str, Any]] = [
    {"kind": "steq"},
    {"trade_id": "t2"},
    {"at_ms": 31},
    {"at_ms": "30"},
    {"body": '{"number":3 }'},
    {"body": b"\x00"},
    {"body": None},
    {"prev_hash": GENESIS_HASH},
    {"hash": "f" * 64},
    {"hash": None},
    {"seq": 4},
]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_found_where_it_is(change: dict[str, Any]) -> None:
    records = chained([Entry(Kind.STEP, "t1", n * 10, {"number": n}) for n in range(1, 6)])
    records[2] = evolve(records[2], **change)
    report = chain_ok(records)
    assert not report.ok
    assert (report.good_seq, report.bad_seq) == (2, 3)
    assert "3" in report.why


def test_removed_doubled_and_swapped_records_are_found() -> None:
    records = chained([Entry(Kind.STEP, "t1", n, {}) for n in range(5)])
    assert chain_ok(records[:2] + records[3:]).bad_seq == 3
    assert chain_ok(records[:3] + records[2:]).bad_seq == 4
    assert chain_ok([records[1], records[0]]).bad_seq == 1
    assert chain_ok(records[1:]).bad_seq == 1
    assert chain_ok(records[2:], 2, records[1].hash).ok


def test_a_record_rehashed_alone_does_not_hold() -> None:
    records = chained([Entry(Kind.STEP, "t1", n, {}) for n in range(5)])
    records[2] = seal(Entry(Kind.STEP, "t1", 99, {}), 3, records[1].hash)
    assert chain_ok(records).bad_seq == 4


def test_the_same_inputs_give_the_same_chain() -> None:
    record = seal(Entry(Kind.GENESIS, "", 0, {"b": 1, "a": [None, True]}), 1, GENESIS_HASH)
    assert record.body == '{"a":[null,true],"b":1}'
    assert record.hash == "2f76ac53a426e6139ffadc2831a0d0b7d9c551e44b24655738cf599b64019db9"


@pytest.mark.parametrize(
    "arguments",
    [
        ("step", "t", 0, {}),
        (Kind.STEP, "t\x00", 0, {}),
        (Kind.STEP, "\ud800", 0, {}),
        (Kind.STEP, None, 0, {}),
        (Kind.STEP, "t", 1 << 63, {}),
        (Kind.STEP, "t", 1.0, {}),
        (Kind.STEP, "t", True, {}),
    ],
)
def test_what_no_table_can_hold_is_our_bug_at_once(arguments: Any) -> None:
    with pytest.raises(EngineBug):
        Entry(*arguments)


def test_a_float_never_gets_into_a_body() -> None:
    with pytest.raises(EngineBug):
        seal(Entry(Kind.STEP, "t", 0, {"price": 0.5}), 1, GENESIS_HASH)
