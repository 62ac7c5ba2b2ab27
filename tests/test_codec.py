"""The codec: every value survives the way to text and back, and nothing inexact gets in."""

from __future__ import annotations

import json
from enum import StrEnum
from hashlib import sha256
from typing import Any, get_args

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairlock import codec
from pairlock.commands import Command, Send
from pairlock.errors import EngineBug
from pairlock.facts import ExitBooksRead, Fact, Killed, OrderReport, Reported
from pairlock.model import ExitPlan, Fill, FillStatus, NoExit, Role, StuckCause, Terms, Trade
from pairlock.opportunity import ArbitrageOpportunity

FACTS = st.one_of([st.from_type(kind) for kind in get_args(Fact)])
COMMANDS = st.one_of([st.from_type(kind) for kind in get_args(Command)])
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
FILL = Fill("f1", 1_000_000, 400_000, 7, FillStatus.PENDING)
REPORT = OrderReport(5, "t1.0.0", 4, Reported.LIVE, 1_000_000, (FILL,))


def through_text(plain: object) -> Any:
    """What a reader gets; fails where the plain form holds anything that is only equal to it, as a StrEnum is."""
    back = json.loads(codec.canonical(plain))
    assert repr(back) == repr(_sorted(plain))
    return back


def same(read: object, written: object) -> None:
    assert read == written
    assert repr(read) == repr(written), "equal, but of other types: a StrEnum is equal to its text"


def _sorted(plain: Any) -> Any:
    if type(plain) is dict:
        return {key: _sorted(plain[key]) for key in sorted(plain)}
    return [_sorted(each) for each in plain] if type(plain) is list else plain


@given(FACTS)
def test_every_fact_survives(fact: Any) -> None:
    plain = codec.fact_to_plain(fact)
    assert plain["fact"] == type(fact).__name__
    same(codec.fact_from_plain(through_text(plain)), fact)


@given(st.from_type(Trade))
def test_every_trade_survives(trade: Trade) -> None:
    plain = codec.trade_to_plain(trade)
    same(codec.trade_from_plain(through_text(plain)), trade)


@given(COMMANDS)
def test_every_command_survives(command: Any) -> None:
    same(codec.command_from_plain(through_text(codec.command_to_plain(command))), command)


@given(st.from_type(ArbitrageOpportunity), st.from_type(Terms))
def test_opportunities_and_terms_survive(opportunity: ArbitrageOpportunity, terms: Terms) -> None:
    same(codec.opportunity_from_plain(through_text(codec.opportunity_to_plain(opportunity))), opportunity)
    same(codec.from_plain(through_text(codec.to_plain(terms)), Terms), terms)


@given(PLAIN)
def test_canonical_is_what_the_standard_library_writes(plain: Any) -> None:
    text = codec.canonical(plain)
    assert text == json.dumps(plain, sort_keys=True, separators=(",", ":"))
    assert text.isascii()
    assert json.loads(text) == plain


def test_the_form_that_auditors_read() -> None:
    assert codec.canonical(codec.fact_to_plain(REPORT)) == (
        '{"asked_at_ms":4,"at_ms":5,"fact":"OrderReport","fills":[{"cost_micros":400000,"fee_micros":7,'
        '"fill_id":"f1","qty_e6":1000000,"status":"pending"}],"intent_id":"t1.0.0","matched_e6":1000000,'
        '"reason":"","reported":"live","venue_ref":""}'
    )
    assert codec.digest({"b": 1, "a": [None, True]}) == (sha256(b'{"a":[null,true],"b":1}').hexdigest())


@pytest.mark.parametrize(
    "bad", [0.0, 1.5, float("nan"), b"x", {1: 2}, {None: 1}, {1.5: 1}, {"a": [{"b": 2.0}]}, {1}]
)
def test_nothing_inexact_has_a_canonical_form(bad: object) -> None:
    with pytest.raises(EngineBug):
        codec.canonical(bad)


def test_enums_are_canonical_by_value() -> None:
    class Word(StrEnum):
        A = "a"

    assert codec.canonical({Word.A: Word.A}) == '{"a":"a"}'


def test_both_kinds_of_exit_are_told_apart() -> None:
    opportunity = ArbitrageOpportunity("e", "a", "b", "m", "n", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
    for way_out in (ExitPlan(Role.SELL, 0, 1, 2), NoExit(StuckCause.ROUTES, "x"), None):
        trade = Trade("t", opportunity, exit=way_out)
        assert codec.trade_from_plain(through_text(codec.trade_to_plain(trade))) == trade


def _changed(key: str, value: object) -> dict[str, Any]:
    return {**codec.fact_to_plain(REPORT), key: value}


@pytest.mark.parametrize(
    "plain",
    [
        _changed("at_ms", "5"),
        _changed("at_ms", 5.0),
        _changed("at_ms", True),
        _changed("at_ms", None),
        _changed("intent_id", 7),
        _changed("reported", "perhaps"),
        _changed("fills", "ab"),
        _changed("fills", {}),
        _changed("fills", [[]]),
        _changed("fills", [{"fill_id": "f"}]),
        _changed("fact", "Rumour"),
        _changed("fact", ["OrderReport"]),
        _changed("surprise", 1),
        {key: value for key, value in codec.fact_to_plain(REPORT).items() if key != "fact"},
        {key: value for key, value in codec.fact_to_plain(REPORT).items() if key != "matched_e6"},
        {**codec.fact_to_plain(ExitBooksRead(1, (None, None), (1, 2))), "sellable_e6": [1]},
        {**codec.fact_to_plain(ExitBooksRead(1, (None, None), (1, 2))), "sellable_e6": [1, 2, 3]},
        [],
        None,
    ],
)
def test_a_bent_fact_is_refused_in_one_sentence(plain: Any) -> None:
    assert codec.fact_from_plain(_changed("at_ms", 5)) == REPORT, (
        "what is bent here must be all that is wrong"
    )
    with pytest.raises(codec.PlainMismatch) as caught:
        codec.fact_from_plain(plain)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith("read it with the version that wrote it.")


def test_a_stranger_is_no_fact() -> None:
    with pytest.raises(EngineBug):
        codec.fact_to_plain(Send("t1.0.0"))  # type: ignore[arg-type]


def test_every_fact_class_has_room_for_its_tag() -> None:
    for kind in get_args(Fact):
        assert "fact" not in attrs.fields_dict(kind)
    for command in get_args(Command):
        assert "command" not in attrs.fields_dict(command)
    assert codec.fact_to_plain(Killed(3)) == {"fact": "Killed", "at_ms": 3}


@given(PLAIN)
def test_parse_undoes_canonical(plain: Any) -> None:
    assert codec.parse(codec.canonical(plain)) == plain


@pytest.mark.parametrize("text", ["1.0", '{"a":[1e3]}', "NaN", "-Infinity", "{", ""])
def test_a_text_with_a_float_is_refused(text: str) -> None:
    with pytest.raises(codec.PlainMismatch):
        codec.parse(text)
