"""The contracts: read as CrossHair reads them, confirmed, refuted with their planted bugs, and printed as they are."""

import ast
import json
import re

import pytest

from docs_pages import DOCS
from pairlock import fees, units
from pairlock.errors import EngineBug
from pairlock_specs.contracts import command
from pairlock_specs.contracts.catalog import MODULES, Contract, contracts, contracts_in, misread
from pairlock_specs.contracts.page import as_markdown
from pairlock_specs.contracts.plant_list import PLANTS
from pairlock_specs.contracts.plants import Plant, found, planted
from pairlock_specs.contracts.run import Verdict, Word, check, parsed, sample, word_of
from pairlock_specs.contracts.sampled import SAMPLED, Sampled

# One of each module, whose confirmation and whose planted bug take little time; `pairlock verify --contracts --planted`
# takes them all.
IN_CI = (
    "units.cost_is_never_below_the_exact",
    "fees.a_further_fill_adds_at_most_one_step",
    "book.depth_is_what_an_order_finds",
    "sizing.a_thin_margin_is_traded_at_half",
    "gates.what_passes_can_be_paid",
    "exposure.an_order_that_may_fill_counts_in_full",
    "ledger.no_lock_takes_more_than_is_free",
    "exits.an_exit_never_takes_a_net_below_nothing",
    "lifecycle.a_final_order_never_moves",
)
CHOSEN = tuple(each for each in contracts() if each.name in IN_CI)


def test_one_contract_of_every_module_is_confirmed() -> None:
    assert [each.module for each in CHOSEN] == list(MODULES)
    assert [(each.contract.name, each.word, each.detail) for each in check(CHOSEN)] == [
        (each.name, Word.CONFIRMED, "Confirmed over all paths.") for each in CHOSEN
    ]


def test_and_refuted_with_its_planted_bug() -> None:
    """A contract that the bug does not break is confirmed for the wrong reason (no value meets what it asks for)."""
    verdicts = check(CHOSEN, planted=True)
    assert [(each.contract.name, each.word) for each in verdicts] == [
        (each.name, Word.COUNTEREXAMPLE) for each in CHOSEN
    ]


def test_every_contract_has_its_planted_bug_and_every_bug_fits_the_engine() -> None:
    assert sorted(PLANTS) == sorted(each.name for each in contracts())
    for plant in PLANTS.values():
        with planted(plant):
            pass


def test_a_planted_bug_is_met_by_every_caller_and_taken_out_again() -> None:
    assert units.cost_up_micros(1, 1) == 1
    fee_micros = fees.fee_micros(fees.polymarket_curve(70_000), 5_000, 1)
    with planted(PLANTS["units.ceil_div_is_the_least_whole_bound"]):
        assert units.cost_up_micros(1, 1) == 0
        assert fees.fee_micros(fees.polymarket_curve(70_000), 5_000, 1) < fee_micros
    assert units.cost_up_micros(1, 1) == 1


@pytest.mark.parametrize(
    ("plant", "says"),
    [
        (Plant("units.no_such", "a", "b"), "not in the engine"),
        (Plant("units.ceil_div", "no such text", "b"), "exactly once"),
    ],
)
def test_a_planted_bug_that_no_longer_fits_is_told(plant: Plant, says: str) -> None:
    with pytest.raises(EngineBug, match=says), planted(plant):
        pass
    if "no_such" not in plant.function:
        assert found(plant) is units.ceil_div


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("    assert x > 0\n    y = x\n    assert y > 0", ""),
        ("    y = x\n    assert y > 0", "passes over it"),
        ("    assert x > 0\n    assert x > 1", "no statement stands between"),
        ("    assert x > 0\n    y = x", "promises nothing"),
        ("    assert x > 0", "promises nothing"),
        (
            "    assert x > 0\n    try:\n        assert x > 1\n    except AssertionError:\n        pass",
            "catches",
        ),
    ],
)
def test_a_contract_that_crosshair_would_misread_is_refused(body: str, says: str) -> None:
    source = f'def promise(x: int) -> None:\n    """A sentence."""\n{body}\n'
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    assert says in misread(function)
    assert bool(says) == bool(misread(function))
    if says:
        with pytest.raises(EngineBug, match="misread"):
            contracts_in(source, "made_up")


def test_a_promise_among_the_leading_asserts_would_really_be_confirmed_unread() -> None:
    """Why the form is refused: the parser must never see a promise that CrossHair takes for given."""
    source = 'def promise(x: int) -> None:\n    """Wrong."""\n    assert x > 0\n    assert x > 5\n    assert True\n'
    with pytest.raises(EngineBug, match="no statement stands between"):
        contracts_in(source, "made_up")


CONTRACT = Contract("m.f", "A sentence.", 10, 20)


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (["/a/m.py:12: info: Confirmed over all paths."], Word.CONFIRMED),
        (["/a/m.py:12: info: Not confirmed."], Word.NOT_CONFIRMED),
        (["/a/m.py:15: error: AssertionError:  when calling f(1, 2)"], Word.COUNTEREXAMPLE),
        (["/a/m.py:15: error: ZeroDivisionError: x when calling f(1, 2)"], Word.COUNTEREXAMPLE),
        (["/a/m.py:12: error: ImportError: no module"], Word.ERROR),
        (["/a/m.py:21: info: Confirmed over all paths."], Word.ERROR),
        (["/a/m.py:12: warning: Confirmed over all paths."], Word.ERROR),
        (["Confirmed over all paths."], Word.ERROR),
        ([], Word.ERROR),
        (["/a/m.py:12: info: Confirmed over all paths."] * 2, Word.ERROR),
    ],
)
def test_only_the_known_words_count(lines: list[str], word: Word) -> None:
    assert word_of(lines, CONTRACT)[0] is word


def test_a_contract_that_the_worker_did_not_reach_is_an_error() -> None:
    (verdict,) = parsed("", (CONTRACT,), "Traceback\nValueError: broken\n")
    assert (verdict.word, verdict.detail) == (Word.ERROR, "ValueError: broken")


@pytest.mark.parametrize("promise", SAMPLED, ids=lambda each: each.name)
def test_what_cannot_be_confirmed_is_not_broken_by_drawn_values(promise: Sampled) -> None:
    assert len(promise.reason) > 30
    assert sample(promise) == ""


SAMPLED_BUGS = {
    "sampled.a_better_fill_never_spends_more_on_an_order": Plant(
        "fees.spend_at_limit_micros", "schedule, limit_e4, size_e2)", "schedule, limit_e4, size_e2) - 200"
    ),
    "sampled.no_split_at_better_prices_spends_more": Plant(
        "fees.fee_at_limit_micros", "(schedule.max_fills - 1)", "0"
    ),
    "sampled.what_passes_is_profitable_under_curves": Plant(
        "gates._profitability", "net_micros = payout_micros - spend_micros", "net_micros = payout_micros"
    ),
    "sampled.the_size_is_the_largest_that_fits": Plant(
        "sizing._within_budget_e2", "(over_micros - rounding_micros)", "over_micros"
    ),
    "sampled.a_whole_amount_is_a_whole_number_of_steps": Plant(
        "units.amount_step_e2", "// gcd(price_e4, step_micros)", "// gcd(price_e4, 10)"
    ),
    "sampled.the_worst_loss_with_fees_is_reserved": Plant(
        "exposure.reservation_for", "entries[0] + exits[0]", "exits[0] // 2"
    ),
}


@pytest.mark.parametrize("promise", SAMPLED, ids=lambda each: each.name)
def test_and_each_is_broken_by_its_own_planted_bug(promise: Sampled) -> None:
    with planted(SAMPLED_BUGS[promise.name]):
        assert "=" in sample(promise, 5_000)


def report(
    word: Word = Word.CONFIRMED, caught: Word = Word.COUNTEREXAMPLE, broken: str = ""
) -> command.Report:
    return command.Report(
        (Verdict(CONTRACT, word, "said"),),
        (Verdict(CONTRACT, caught, "said"),),
        (broken, *[""] * (len(SAMPLED) - 1)),
    )


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        (report(), True),
        (report(Word.NOT_CONFIRMED), False),
        (report(Word.COUNTEREXAMPLE), False),
        (report(Word.ERROR), False),
        (report(caught=Word.CONFIRMED), False),
        (report(caught=Word.NOT_CONFIRMED), False),
        (report(broken="x=1"), False),
        (command.Report((), (), ("",) * len(SAMPLED)), False),
    ],
)
def test_all_or_it_does_not_hold(given: command.Report, holds: bool) -> None:
    assert given.holds is holds
    assert command.as_json(given)["holds"] is holds
    assert all(each.contract.sentence in command.as_text(given) for each in given.verdicts)
    assert all(each.reason in command.as_text(report()) for each in SAMPLED)


def test_the_command_prints_one_object_and_tells_by_its_exit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (one,) = (each for each in contracts() if each.name == "units.cost_is_never_below_the_exact")
    monkeypatch.setattr(command, "all_contracts", lambda: (one,))
    monkeypatch.setattr(command, "SAMPLED", SAMPLED[4:5])  # one is enough here; each has its own test
    assert command.contracts(True) == 0
    said = json.loads(capsys.readouterr().out)
    assert [each["verdict"] for each in said["contracts"]] == ["confirmed"]
    assert command.contracts(False, seconds=0) == 1  # no time, no verdict: never taken for a confirmation
    assert "0 of 1 contracts confirmed" in capsys.readouterr().out


def test_the_page_lists_every_contract_with_its_sentence() -> None:
    text = (DOCS / "contracts.md").read_text(encoding="utf-8")
    assert as_markdown() in text
    assert len(re.findall(r"(?m)^\| (\w+ \| )?`\w+` \|", text)) == len(contracts()) + len(SAMPLED)
