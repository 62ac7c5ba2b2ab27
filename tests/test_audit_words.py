"""Amounts, sizes and times as an audit shows them: exact, and safe on any terminal."""

from __future__ import annotations

from pairlock.audit.words import contracts, dollars, ledger_dollars, price, safe, size, span


def test_amounts_are_exact() -> None:
    assert [dollars(each) for each in (0, 1, -1, 10_000, 1_234_500_000, -100_000)] == [
        "$0.00",
        "$0.000001",
        "-$0.000001",
        "$0.01",
        "$1,234.50",
        "-$0.10",
    ]
    assert [ledger_dollars(each) for each in (0, -1, 1_234_567_891)] == [
        "$0.000000",
        "-$0.000001",
        "$1,234.567891",
    ]
    assert (price(4_100), price(1), price(10_000)) == ("$0.41", "$0.0001", "$1.00")
    assert (contracts(1_000_000), contracts(-1), contracts(1_500_000_000)) == ("1", "-0.000001", "1,500")
    assert (size(100), size(1), size(-250)) == ("1", "0.01", "-2.5")
    assert [span(each) for each in (0, -1, 59_999, 60_000, 3_723_004)] == [
        "0.000 s",
        "-0.001 s",
        "59.999 s",
        "1:00.000",
        "1:02:03.004",
    ]
    assert safe("a\tb\x00") == r"a\tb\x00"
