"""The targets of `make fuzz` without the fuzzer: every seed, every input that once broke one, and a few thousand bent.

An input that broke something lies in tests/data/fuzz/TARGET/NAME.json; its name says what it was.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

import evidence
from docs_pages import DOCS, ROOT, code, rows
from fuzz_mutate import bent
from fuzz_seeds import words
from fuzz_targets import TARGETS
from pairlock_adapters.kalshi.fields import Unreadable

KEPT = ROOT / "tests" / "data" / "fuzz"
REGRESSIONS = sorted(KEPT.glob("*/*"))
WORDS = tuple(words())
ROUNDS = evidence.number_of("PAIRLOCK_FUZZ_ROUNDS", 300)


def test_every_kept_input_has_a_target_that_is_there() -> None:
    assert [path.parent.name for path in REGRESSIONS if path.parent.name not in TARGETS] == []


def test_the_page_names_every_target() -> None:
    assert [code(name)[0] for name, _ in rows(DOCS / "fuzzing.md")] == list(TARGETS)


@pytest.mark.parametrize("path", REGRESSIONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_once_broke_a_parser_does_so_no_more(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds_and_what_they_bend_to(name: str) -> None:
    target, random = TARGETS[name], Random(name)
    for seed in target.corpus():
        data = seed
        target(data)
        for _ in range(ROUNDS):
            data = bent(data, 4_096, random, WORDS, lambda plain: plain[:-1])
            target(data)
            if random.random() < 0.2:
                data = seed
        evidence.record("parsers fuzzed", inputs=ROUNDS + 1)


def test_an_exception_that_is_no_refusal_is_found_by_bending_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the parsers' own word no excuse, it would take few inputs to hear it."""
    monkeypatch.setattr("fuzz_targets.REFUSALS", ())
    target, random = TARGETS["kalshi_account"], Random(1)

    def play() -> None:
        for _ in range(200):
            target(bent(next(target.corpus()), 4_096, random, WORDS, lambda plain: plain))

    with pytest.raises(Unreadable):
        play()


def test_bending_leaves_json() -> None:
    random, seed = Random(3), json.dumps({"a": [{"b": "1.00"}], "c": "yes"}).encode()
    made = {bent(seed, 4_096, random, WORDS, lambda plain: plain) for _ in range(500)}
    assert len(made) > 200
    for each in made:
        json.loads(each, parse_float=str)
