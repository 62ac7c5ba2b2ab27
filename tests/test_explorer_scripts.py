"""What broke is written as a script that the simulated venues read and play."""

import json
from pathlib import Path

import pytest

from pairlock.cli import main
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.scripts import load_script, parse_script
from pairlock_specs import script
from pairlock_specs.explore import Explorer
from pairlock_specs.judge import Violation
from pairlock_specs.scope import KILL, Scope
from pairlock_specs.world import ACTIONS


def test_every_action_of_the_world_has_its_kind_or_none() -> None:
    assert set(script.KINDS) == {action.name for action in ACTIONS}


def test_every_kind_exists_in_the_simulator() -> None:
    kinds = {kind for kind in (*script.KINDS.values(), *script._RESOLUTIONS.values()) if kind}
    kinds |= {"partial", "no_route", "not_found_in_flight", "orders_fills_disagree", "stale_order"}
    assert kinds <= {kind.value for kind in FaultKind}


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    return Explorer(Scope("two", KILL.parts[:2])).run()


def test_a_script_for_any_state_can_be_read(explorer: Explorer) -> None:
    """Whatever state a claim may break in: the script parses, and names every step."""
    kinds: set[FaultKind] = set()
    for state in range(0, len(explorer.states), 37):
        text = script.text(explorer, Violation("1-settled", "drawn", state))
        kinds |= {fault.kind for fault in parse_script(text, "drawn")}
        assert text.count("\n# ") >= len(explorer.path_to(state)) - 1
    assert {FaultKind.GHOST_FILL, FaultKind.LOST_REQUEST, FaultKind.NO_BALANCE, FaultKind.KILL} <= kinds


def test_what_no_venue_does_is_said(explorer: Explorer) -> None:
    crash = next(s for s in range(len(explorer.states)) if explorer.path_to(s)[-1][1] == "crash and restart")
    text = script.text(explorer, Violation("1-settled", "drawn", crash))
    assert "no counterpart: this step is not of the venues' making" in text


def test_a_violation_is_written_and_played_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("pairlock.classify.resolved", lambda trade: True)
        assert main(["verify", "--scope", "kill", "--json", "--scripts", str(tmp_path)]) == 1
    told = json.loads(capsys.readouterr().out)
    path = next(c["script"] for c in told["claims"] if c["name"] == "3-hedged")
    faults = load_script(path)
    assert faults
    assert main(["demo", "--in-process", "--trades", "1", "--faults", path, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    fired = json.dumps(told)
    assert any(f'"{fault.kind.value}"' in fired for fault in faults)


def test_a_directory_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    assert main(["verify", "--scope", "kill", "--scripts", missing]) == 2
    assert f"--scripts {missing} is no directory; name one that exists" in capsys.readouterr().err
