"""The demo over the wire: the same claims, told apart where the wire makes a difference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pairlock.audit.journal import audit_journal
from pairlock.cli import main
from pairlock.facts import OrderReport, OutcomeUnknown, Reported
from pairlock_adapters.demo.failing import NOT_IN_PROCESS
from pairlock_adapters.demo.wire import plainly, wirely
from pairlock_adapters.kalshi.venue import KalshiVenue
from pairlock_adapters.laboratory.names import condition_id
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.scripts import Script, load_script
from planted_bugs import match_is_final


def demo(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any], str]:
    code = main(["demo", *words, "--json"])
    told = capsys.readouterr()
    return code, json.loads(told.out, parse_float=str), told.err


def test_without_faults_every_promise_is_kept_over_the_wire(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = tmp_path / "journal.db"
    code, plain, told = demo(capsys, "--trades", "6", "--faults", "none", "--journal", str(journal))
    assert (code, told) == (0, "")
    assert plain["settled"] + plain["refused"] == plain["trades"] == 6
    assert plain["settled"] >= 5
    assert plain["realized_micros"] == plain["promised_micros"] > 0
    assert (plain["claims_broken"], plain["duplicate_orders"], plain["trace_hash"]) == (0, 0, None)
    found = audit_journal(str(journal))
    assert (found["broken"], found["open"]) == ([], 0)


def test_hostile_trades_over_the_wire_break_no_claim(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, plain, told = demo(
        capsys, "--trades", "25", "--faults", "hostile", "--seed", "5", "--journal", str(tmp_path / "j.db")
    )
    assert (code, told) == (0, "")
    assert (plain["claims_broken"], plain["duplicate_orders"], plain["open"], plain["stuck"]) == (0, 0, 0, 0)
    assert plain["settled"] + plain["hedged"] > 2, "hardly anything was traded"
    assert len(plain["faults"]) > 5


def test_a_bug_of_the_engine_is_found_over_the_wire_and_shrunk_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    match_is_final(monkeypatch)
    code, plain, told = demo(
        capsys, "--trades", "4", "--faults", "none", "--journal", str(tmp_path / "journal.db")
    )
    assert code == 1
    first = plain["broken"][0]
    assert (first["claim"], first["shrunk"], first["note"]) == (11, True, "")
    assert first["replay"].startswith("pairlock demo --in-process --faults ")
    assert first["replay"] in told


def test_a_bug_of_an_adapter_is_found_and_its_script_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    careful = KalshiVenue.place

    async def hurried(self: KalshiVenue, intent: Any, guard: Any) -> Any:
        said = await careful(self, intent, guard)
        if isinstance(said, OutcomeUnknown):
            return OrderReport(said.at_ms, said.intent_id, said.at_ms, Reported.CERTAIN, 0, ())
        return said

    monkeypatch.setattr(KalshiVenue, "place", hurried)
    script = tmp_path / "lost.toml"
    # The stream would tell of the fill all the same.
    kinds = ("lost_answer", "stream_lost")
    faults = (f'[[fault]]\nkind = "{kind}"\nvenue = "kalshi"\ntimes = 0\n' for kind in kinds)
    script.write_text("".join(faults))
    words = ("--trades", "3", "--faults", str(script), "--journal", str(tmp_path / "journal.db"))
    code, plain, told = demo(capsys, *words)
    assert code == 1
    first = plain["broken"][0]
    assert (first["claim"], first["shrunk"], first["note"], first["replay"]) == (
        11,
        False,
        NOT_IN_PROCESS,
        "",
    )
    kept = load_script(first["file"])
    assert {fault.kind for fault in kept} == {K.LOST_ANSWER, K.STREAM_LOST}
    assert all(fault.market.startswith("KXR1-") for fault in kept)
    assert NOT_IN_PROCESS in told


def test_scripts_name_markets_alike_with_and_without_a_wire() -> None:
    plain = (
        Fault(K.KILL, "polymarket", market="0xR1-0000003"),
        Fault(K.KILL, "kalshi", market="KXR1-0000003"),
        Fault(K.KILL),
    )
    wire = wirely(Script(plain)).faults
    assert [fault.market for fault in wire] == [condition_id("R1-0000003"), "KXR1-0000003", ""]
    assert plainly(wire) == plain
    assert wirely(Script(wire)).faults == wire


def test_a_script_strikes_one_market_over_the_wire(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "second.toml"
    script.write_text(
        '[[fault]]\nkind = "kill"\nvenue = "polymarket"\nmarket = "0xR1-0000001"\nrole = "entry"\ntimes = 0\n'
    )
    words = ("--trades", "3", "--faults", str(script), "--journal", str(tmp_path / "journal.db"))
    code, plain, _ = demo(capsys, *words)
    assert (code, plain["faults"]) == (0, {"kill": 1})


@pytest.mark.parametrize("scale", ["0", "-3", "x"])
def test_a_scale_that_is_none_is_a_usage_error(scale: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--time-scale", scale])
    assert ended.value.code == 2
    assert "--time-scale" in capsys.readouterr().err
