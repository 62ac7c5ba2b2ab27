"""A broken claim is told by the shortest script, both sides' beliefs and a command that breaks the same claim again."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from pairlock.audit.journal import audit_journal
from pairlock.cli import main
from pairlock_adapters.demo.failing import AS_IT_WAS, FOLLOWS, HELD_MORE, NOT_AGAIN, Explainer, save
from pairlock_adapters.demo.judge import Broken, Judge
from pairlock_adapters.demo.run import Report, Settings, run_demo
from pairlock_adapters.demo.shrinking import Case
from pairlock_adapters.simulated.scripts import Script, load_script, parse_script
from planted_bugs import PLANTED, exit_twice_as_large, match_is_final, not_found_is_zero

# By planted bug: trades and seed of a hostile run that meets it, and the claim that breaks, by a trade or not.
MET = {
    "not found counts as zero": (60, 4, 11, True),
    "a match counts as final": (6, 1, 11, True),
    "an exit is twice as large": (6, 3, 9, True),
    "an order is sent again": (60, 1, 7, True),
}


def demo(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, the one object on stdout, stderr."""
    code = main(["demo", "--in-process", *words, "--json"])
    told = capsys.readouterr()
    assert told.out.count("\n") == 1
    return code, json.loads(told.out, parse_float=str), told.err


def replayed(capsys: pytest.CaptureFixture[str], command: str) -> tuple[int, set[int]]:
    """The very command that was printed: its exit code, and the claims that it broke."""
    program, subcommand, *words = shlex.split(command)
    assert (program, subcommand) == ("pairlock", "demo")
    code, plain, _ = demo(capsys, *words)
    return code, {each["claim"] for each in plain["broken"]}


def failed_run(
    faults: str = "hostile", journal: str = ":memory:", trades: int = 6
) -> tuple[Settings, Report]:
    settings = Settings(trades, 1, faults, journal)
    return settings, run_demo(settings, lambda done, total: None)


def explained(settings: Settings, report: Report, journal: Path, *, shrink: bool = True) -> list[Any]:
    heard: list[tuple[int, Case]] = []
    settings = evolve(settings, journal=str(journal))
    found = Explainer(settings, report, lambda *told: heard.append(told), shrink=shrink).failures()
    assert bool(heard) is any(failure.shrunk for failure in found)
    return found


def test_the_bugs_met_here_are_those_that_can_be_planted() -> None:
    assert set(MET) == set(PLANTED)


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_told_by_a_short_script_that_replays_it(
    bug: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trades, seed, claim, by_trade = MET[bug]
    journal = tmp_path / "journal.db"
    asked = ["--trades", str(trades), "--seed", str(seed), "--faults", "hostile", "--journal", str(journal)]
    PLANTED[bug](monkeypatch)
    code, plain, told = demo(capsys, *asked)
    assert code == 1
    first = plain["broken"][0]
    assert (first["claim"], bool(first["trade"]), first["shrunk"], first["note"]) == (
        claim,
        by_trade,
        True,
        "",
    )

    file = Path(first["file"])
    assert file == tmp_path / f"journal.db.claim-{claim}.toml"
    script = load_script(str(file))
    assert len(script) <= 2
    assert script == parse_script(first["script"], "the key")
    assert first["replay"] == f"pairlock demo --in-process --faults {file} --trades 1 --seed 1"
    # The journal is the run's alone: nothing of the search is in it or beside it.
    assert audit_journal(str(journal))["trace_hash"] == plain["trace_hash"]
    scripts = {each["file"] for each in plain["broken"]}
    left = {
        str(path) for path in tmp_path.iterdir() if not path.name.endswith(("-wal", "-shm", ".lock", ".head"))
    }
    assert left == {str(journal), f"{journal}.venues", *scripts}

    for shown in (first["sentence"], first["replay"], "the engine believes", *first["script"].splitlines()):
        assert shown in told
    assert "<-" in told or claim == 9  # where an order is too large, both sides agree
    assert len({each["venue"] for each in first["beliefs"]["accounts"]}) == 2

    code, claims = replayed(capsys, first["replay"])
    assert code == 1
    assert claim in claims
    monkeypatch.undo()
    assert replayed(capsys, first["replay"]) == (0, set())


def test_both_sides_of_the_broken_trade_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = tmp_path / "journal.db"
    with monkeypatch.context() as planted:
        match_is_final(planted)
        _, plain, _ = demo(
            capsys, "--trades", "6", "--faults", "hostile", "--journal", str(tmp_path / "other.db")
        )
    # What is believed and what is true stand beside each other, fill by fill.
    first = plain["broken"][0]
    (wrong,) = [each for each in first["beliefs"]["orders"] if each["intent_id"] in first["sentence"]]
    (believed,), (true,) = wrong["believed_fills"], wrong["true_fills"]
    assert (believed["status"], true["status"]) == ("final", "pending")
    assert believed | {"status": ""} == true | {"status": ""}

    not_found_is_zero(monkeypatch)
    _, plain, told = demo(
        capsys, "--trades", "60", "--seed", "3", "--faults", "hostile", "--journal", str(journal)
    )
    first = plain["broken"][0]
    beliefs = first["beliefs"]
    (wrong,) = [each for each in beliefs["orders"] if each["intent_id"] in first["sentence"]]
    assert (first["claim"], wrong["believed_state"], wrong["believed_fills"]) == (11, "FINAL", [])
    assert beliefs["state"] in told
    # Claims that the same run breaks share its script, and it is told once.
    by_trade = [each for each in plain["broken"] if each["trade"]]
    assert 1 <= len({each["file"] for each in by_trade}) < len(by_trade)
    assert told.count(by_trade[0]["replay"]) == 1
    # What follows from that for the accounts is told, and not searched for.
    (rest,) = [each for each in plain["broken"] if not each["trade"]]
    assert (rest["claim"], rest["shrunk"], rest["note"]) == (14, False, FOLLOWS)
    cash = [each["true_cash_micros"] - each["believed_cash_micros"] for each in rest["beliefs"]["accounts"]]
    assert any(cash)


def test_the_command_replays_in_another_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as planted:
        match_is_final(planted)
        failure = explained(*failed_run(), tmp_path / "a journal.db")[0]
    program = (
        "import sys\nsys.path.insert(0, 'tests')\nimport pytest, planted_bugs\nfrom pairlock.cli import main\n"
        "planted_bugs.match_is_final(pytest.MonkeyPatch())\nsys.exit(main(sys.argv[1:]))"
    )
    words = [sys.executable, "-c", program, *shlex.split(failure.replay)[1:], "--no-shrink"]
    done = subprocess.run(
        words, cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1, done.stderr
    assert f"claim {failure.claim} broken by trade {failure.trade}: {failure.sentence}" in done.stderr


def test_the_same_failure_shrinks_to_the_same_script_and_no_file_is_overwritten(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    match_is_final(monkeypatch)
    failed = failed_run()
    first, second = (explained(*failed, tmp_path / "journal.db")[0] for _ in range(2))
    assert first.script == second.script
    assert Path(first.file).name == "journal.db.claim-11.toml"
    assert Path(second.file).name == "journal.db.claim-11-2.toml"


def test_a_script_that_always_strikes_is_shrunk_to_the_strike_that_matters(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    exit_twice_as_large(monkeypatch)
    file = tmp_path / "mine.toml"
    file.write_text(
        '[[fault]]\nkind = "kill"\nvenue = "kalshi"\ntimes = 0\n[[fault]]\nkind = "stream_lost"\ntimes = 0\n'
    )
    failure = explained(*failed_run(str(file)), tmp_path / "journal.db")[0]
    script = load_script(failure.file)
    assert {each.kind.value for each in script} == {"kill"}
    assert len(script) <= 3
    assert all(each.times == 1 for each in script)


def test_without_shrinking_the_recording_itself_replays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    match_is_final(monkeypatch)
    settings, report = failed_run()
    failures = explained(settings, report, tmp_path / "journal.db", shrink=False)
    assert {failure.claim for failure in failures} == {each.claim for each in report.broken}
    assert {(failure.shrunk, failure.note) for failure in failures} == {(False, AS_IT_WAS)}
    assert load_script(failures[0].file) == parse_script(failures[0].script, "the key")
    assert failures[0].beliefs == report.beliefs[failures[0].trade]
    code, claims = replayed(capsys, f"{failures[0].replay} --no-shrink")
    assert (code, claims) == (1, {each.claim for each in report.broken})


def test_what_a_journal_held_before_cannot_be_repeated_and_this_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--trades", "6", "--faults", "hostile", "--journal", str(tmp_path / "journal.db"))
    assert demo(capsys, *asked)[0] == 0
    monkeypatch.setattr(Judge, "stepped", lambda self, trade: [Broken(23, trade.trade_id, "planted")])
    code, plain, told = demo(capsys, *asked, "--seed", "4")
    assert code == 1
    assert {(each["shrunk"], each["note"], each["replay"]) for each in plain["broken"]} == {
        (False, HELD_MORE, "")
    }
    assert f"note: {HELD_MORE}\n" in told
    assert "\nreplay\n" not in told
    assert len(load_script(plain["broken"][0]["file"])) > 0


def test_a_claim_that_does_not_break_again_is_told_with_what_struck(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as planted:
        match_is_final(planted)
        settings, report = failed_run()
    failure = explained(settings, report, tmp_path / "journal.db")[0]
    assert (failure.shrunk, failure.note, failure.replay) == (False, NOT_AGAIN, "")
    assert load_script(failure.file) == evolve(report.recording, faults=tuple(load_script(failure.file)))
    assert len(load_script(failure.file)) == len(report.recording)


def test_a_folder_that_takes_no_file_loses_nothing_but_the_file(tmp_path: Path) -> None:
    assert save(str(tmp_path / "absent" / "x"), str)[0] == ""
    assert "could not be written" in save(str(tmp_path / "absent" / "x"), str)[1]
    kept = [save(str(tmp_path / "x"), lambda path: f"for {path}") for _ in range(3)]
    assert [Path(path).name for path, _ in kept] == ["x.toml", "x-2.toml", "x-3.toml"]
    assert Path(kept[1][0]).read_text() == f"for {kept[1][0]}"


def test_a_run_on_which_nothing_broke_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    asked = ("--trades", "3", "--faults", "none", "--journal", str(tmp_path / "journal.db"))
    code, plain, told = demo(capsys, *asked)
    assert (code, plain["broken"], told) == (0, [], "")


def test_a_bug_that_needs_no_fault_shrinks_to_a_script_without_any(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Judge, "stepped", lambda self, trade: [Broken(23, trade.trade_id, "planted")])
    failure = explained(*failed_run("typical"), tmp_path / "journal.db")[0]
    assert (failure.script, load_script(failure.file)) == ("", Script())
    assert replayed(capsys, failure.replay) == (1, {23})


def test_a_journal_of_any_name_gives_a_script_that_can_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    match_is_final(monkeypatch)
    failure = explained(*failed_run(), tmp_path / "odd 'name'\nof two lines.db", shrink=False)[0]
    assert load_script(failure.file) == parse_script(failure.script, "the key")
    assert shlex.split(failure.replay)[4] == failure.file
