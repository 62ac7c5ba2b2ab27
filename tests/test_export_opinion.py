"""What SPIN and TLC say is read strictly, and what they need is named. No other program is run here."""

from pathlib import Path

import pytest

from pairlock.errors import UserError
from pairlock_specs.export import opinion
from pairlock_specs.export.opinion import NO_CLAIM, Opinion, by_spin, by_tlc


def test_a_missing_program_is_said_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda program: None)
    with pytest.raises(UserError, match="SPIN needs spin and gcc; install them"):
        by_spin(tmp_path)
    with pytest.raises(UserError, match=r"TLC needs java and tla2tools.jar; install Java 17"):
        by_tlc(tmp_path, tmp_path / "none.jar")


def test_what_tlc_says_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = tmp_path / "tla2tools.jar"
    jar.touch()
    said = ""
    monkeypatch.setattr("shutil.which", lambda program: "/usr/bin/java")
    monkeypatch.setattr(opinion, "_done", lambda *command, may_fail: said)
    said = (
        "Model checking completed. No error has been found.\n"
        "31 states generated, 20 distinct states found, 0 states left on queue.\n"
    )
    assert by_tlc(tmp_path, jar) == Opinion("TLC", 20, 30, (), said)
    said = "Error: Invariant ClosedIsQuiet is violated.\n9 states generated, 8 distinct states found, 3 states left"
    assert by_tlc(tmp_path, jar).broken == ("5-closed-is-quiet",)
    said = "Error: Action property ExitsShrink is violated."
    assert by_tlc(tmp_path, jar).broken == ("21-exits-shrink",)
    said = "Error: The first argument of Assert evaluated to FALSE"
    assert by_tlc(tmp_path, jar).broken == (NO_CLAIM,)
    said = "No error has been found"
    with pytest.raises(UserError, match="cannot be read"):
        by_tlc(tmp_path, jar)


def test_what_pan_says_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = counts = "20 states, stored\n11 states, matched\n31 transitions (= stored+matched)\n"
    monkeypatch.setattr("shutil.which", lambda program: program)
    monkeypatch.setattr(opinion, "_done", lambda *command: said)
    said = f"errors: 0\n{counts}"
    assert by_spin(tmp_path) == Opinion("SPIN", 20, 30, (), said)
    said = f"claim broken: 1-settled\nerrors: 2\n{counts}"
    assert by_spin(tmp_path).broken == ("1-settled",)
    said = f"pan:1: array index out of bounds\nerrors: 1\n{counts}"
    assert by_spin(tmp_path).broken == (NO_CLAIM,)
    said = f"error: max search depth too small\nerrors: 0\n{counts}"
    with pytest.raises(UserError, match="cut short"):
        by_spin(tmp_path)
    said = "errors: 0"
    with pytest.raises(UserError, match="cannot be read"):
        by_spin(tmp_path)


def test_a_program_that_fails_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="ls failed on the export in"):
        opinion._done(("ls", "no-such-file"), tmp_path)
