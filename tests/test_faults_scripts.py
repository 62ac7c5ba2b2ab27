"""Fault scripts as files: what is written is read back the same, and what is wrong is told in one sentence."""

# ruff: noqa: E501 - one refusal a line reads best
from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn_faults import scripts
from engine_kit import play
from pairlock import UserError
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.profiles import PROFILES
from pairlock_adapters.simulated.rules import Refused
from pairlock_adapters.simulated.scripts import Script, dump_script, load_script, parse_script

selectors = st.builds(
    Fault,
    st.sampled_from(K),
    venue=st.sampled_from(("", "kalshi", "polymarket")),
    role=st.sampled_from(("", "entry", "exit")),
    outcome=st.sampled_from(("", "yes", "no")),
    market=st.text(max_size=5),
    intent=st.text(max_size=5),
    what=st.text(max_size=5),
    nth=st.integers(1, 10**12),
    times=st.integers(0, 10**12),
    from_ms=st.integers(0, 10**12),
    until_ms=st.integers(0, 10**12),
)


def plainly(script: Sequence[Fault]) -> list[Fault]:
    """An effect that is the kind's own and none at all are the same fault."""
    return [fault(f.kind, **{name: getattr(f, name) for name in SELECTORS}) if own(f) else f for f in script]


SELECTORS = ("venue", "role", "outcome", "market", "intent", "what", "nth", "times", "from_ms", "until_ms")


def own(each: Fault) -> bool:
    return each.effect is None or each.effect == fault(each.kind).effect


@settings(max_examples=200, deadline=None)
@given(script=scripts)
def test_a_drawn_script_comes_back_the_same(script: list[Fault]) -> None:
    assert plainly(parse_script(dump_script(script), "script")) == plainly(script)


@settings(max_examples=200, deadline=None)
@given(script=st.lists(selectors, max_size=4))
def test_every_selector_comes_back_the_same_whatever_text_is_in_it(script: list[Fault]) -> None:
    assert list(parse_script(dump_script(script), "script")) == script


@settings(max_examples=100, deadline=None)
@given(script=scripts, profile=st.sampled_from(sorted(PROFILES)), events=st.sets(st.integers(0, 10**7)))
def test_the_world_that_a_script_strikes_comes_back_the_same(
    script: list[Fault], profile: str, events: set[int]
) -> None:
    told = Script(tuple(plainly(script)), profile, tuple(sorted(events)))
    back = parse_script(dump_script(told), "script")
    assert (plainly(list(back)), back.profile, back.events) == (list(told), told.profile, told.events)


def test_a_script_names_its_events_and_goes_on_behind_them() -> None:
    assert [Script(events=(3, 7)).event(index) for index in range(4)] == [3, 7, 8, 9]
    assert [Script().event(index) for index in range(3)] == [0, 1, 2]


def test_a_script_from_a_file_strikes_like_the_one_in_memory(tmp_path: Path) -> None:
    script = [
        fault(K.PARTIAL, "kalshi", role="entry", change={"fill_ppm": 300_000}),
        Fault(K.GHOST_FILL, "polymarket", nth=2),
    ]
    path = tmp_path / "script.toml"
    path.write_text(dump_script(script), encoding="utf-8")
    first, second = play(*load_script(str(path)), trades=2), play(*script, trades=2)
    assert first.check().trace_hash == second.check().trace_hash
    assert first.fired == second.fired == {"partial": 1, "ghost_fill": 1}


REFUSED = [
    ("[[fault]]\nkind=", "s.toml is not TOML (Invalid value (at end of document)); write each fault as a [[fault]] table"),
    ("fault = 3", "s.toml has a [fault] table or value; write each fault as a [[fault]] table"),
    ('[fault]\nkind = "kill"', "s.toml has a [fault] table or value; write each fault as a [[fault]] table"),
    ("seed = 3", "s.toml has the key 'seed'; only [[fault]] tables and one [world] may stand in a script"),
    ("[[fault]]\nnth = 2", "s.toml, fault 1: the key 'kind' is missing; name the kind of the fault"),
    ('[[fault]]\nkind = "kill"\n[[fault]]\nkind = "kil"', "s.toml, fault 2: kind 'kil' does not exist; use one of accepted_twice"),
    ('[[fault]]\nkind = "kill"\nhold_ms = 3', "s.toml, fault 1: 'hold_ms' is no key of kind 'kill'; use one of kind, venue"),
    ('[[fault]]\nkind = "kill"\nslip_e4 = 10_000', "s.toml, fault 1: slip_e4 is 10000, which must be from 0 to 9900"),
    ('[[fault]]\nkind = "kill"\nslip_e4 = 1.5', "s.toml, fault 1: slip_e4 is '1.5', which must be an integer"),
    ('[[fault]]\nkind = "kill"\nslip_e4 = true', "s.toml, fault 1: slip_e4 is True, which must be an integer"),
    ('[[fault]]\nkind = "improved"\nimprove_e4 = 150', "s.toml, fault 1: improve_e4 is 150, which must be a multiple of 100"),
    ('[[fault]]\nkind = "no_route"\nmarket_only = 1', "s.toml, fault 1: market_only is 1, which must be true or false"),
    ('[[fault]]\nkind = "kill"\nvenue = "nyse"', "s.toml, fault 1: venue is 'nyse', which must be 'kalshi' or 'polymarket'"),
    ('[[fault]]\nkind = "kill"\nmarket = 3', "s.toml, fault 1: market is 3, which must be a string"),
    ('world = 3', "s.toml, world is 3, which must be one table; write [world] above its keys"),
    ('[[world]]\nevents = [1]', "s.toml, world is [{'events': [1]}], which must be one table; write [world] above its keys"),
    ('[world]\nseed = 3', "s.toml, world: 'seed' is no key of it; use one of profile, events"),
    ('[world]\nprofile = "wild"', "s.toml, world: profile is 'wild', which must be 'none' or 'typical' or 'hostile' or 'beyond'"),
    ('[world]\nprofile = ["none"]', "s.toml, world: profile is ['none'], which must be 'none' or"),
    ('[world]\nevents = 3', "s.toml, world: events is 3, which must be a list of integers from 0"),
    ('[world]\nevents = [-1]', "s.toml, world: events is [-1], which must be a list of integers from 0"),
    ('[world]\nevents = [true]', "s.toml, world: events is [True], which must be a list of integers from 0"),
    ('[world]\nevents = [3, 3]', "s.toml, world: events is [3, 3], which must rise"),
    ('[[fault]]\nkind = "kill"\nnth = 0', "s.toml, fault 1: nth is 0, which must be from 1 to 1000000000000"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
def test_what_is_wrong_is_told_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UserError) as told:
        parse_script(text, "s.toml")
    assert str(told.value).startswith(sentence)
    assert "\n" not in str(told.value)


def test_an_effect_that_no_script_can_say_is_not_written() -> None:
    with pytest.raises(UserError, match="another refuse cannot be written"):
        dump_script([fault(K.NO_BALANCE, change={"refuse": Refused.TICK})])


@pytest.mark.parametrize(
    ("faults", "sentence"),
    [
        ("missing.toml", "the fault script missing.toml cannot be read"),
        (
            "wild",
            "the fault profile 'wild' does not exist; use one of beyond, hostile, none, typical, or a script's",
        ),
    ],
)
def test_the_demo_refuses_what_is_neither_a_profile_nor_a_script(
    faults: str, sentence: str, tmp_path: Path
) -> None:
    command = [
        sys.executable,
        "-m",
        "pairlock",
        "demo",
        "--in-process",
        "--trades",
        "1",
        "--faults",
        faults,
        "--json",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
