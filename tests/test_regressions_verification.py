"""False assurance that a hostile review of the verification found: each of these broken engines passed every claim."""

import gc
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from pairlock import absorb
from pairlock import step as step_module
from pairlock.facts import Fact, Killed, OrderReport, Restarted
from pairlock.lifecycle import CLOSED, OS, S
from pairlock.model import Order, Trade
from pairlock_specs.claim import Stepped
from pairlock_specs.explore import Explorer
from pairlock_specs.proof.conform import Conformance
from pairlock_specs.scope import KILL
from pairlock_specs.truth import Truth
from test_proof_conformance import WIDE, walk


def put(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, new: Callable[..., Any]) -> None:
    """Puts a function in the place of another wherever a module of the engine or of the specs holds it."""
    old = getattr(module, name)
    for mod, held in sorted(sys.modules.items()):
        if mod.split(".")[0] in ("pairlock", "pairlock_specs") and getattr(held, name, None) is old:
            monkeypatch.setattr(held, name, new)


def broken() -> dict[str, str]:
    """The claims that break first within the kill scope."""
    explorer = Explorer(KILL, stop_at_first=True).run()
    return {name: each.words for name, each in explorer.judge.violations.items()}


def test_an_engine_that_forgets_a_kill_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Claim 21 asked the engine whether it had been killed: one that did not write it down could enter and passed."""
    real = absorb.absorb

    def unsafe(trade: Trade, fact: Fact) -> Trade:
        after = real(trade, fact)
        return evolve(after, killed=False) if isinstance(fact, Killed) else after

    put(monkeypatch, absorb, "absorb", unsafe)
    assert "21-no-step-after-kill" in broken()


def test_a_restart_that_forgets_a_kill_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """No scope short of the deepest has a crash after a kill in the plan that enters leg by leg."""
    real = absorb._restarted
    put(monkeypatch, absorb, "_restarted", lambda trade, fact: evolve(real(trade, fact), killed=False))
    assert "21-no-step-after-kill" in broken()


def test_a_request_that_is_called_dead_too_soon_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The world's time is early or late and nothing between: a bound of one millisecond passed for one of seconds."""
    real = step_module._released

    def unsafe(trade: Trade, order: Order, at_ms: int, timeout_ms: int) -> Order:
        return evolve(real(trade, order, at_ms, timeout_ms), dead_at_ms=at_ms + 1)

    put(monkeypatch, step_module, "_released", unsafe)
    assert "taken to be dead at 1 ms" in broken()["10-bounds-kept"]


def test_a_restart_without_the_bound_of_a_request_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first read after a restart proved a request absent that was still on its way, and every claim held."""
    real = absorb._restarted

    def unsafe(trade: Trade, fact: Restarted) -> Trade:
        after = real(trade, fact)
        done = (OS.FINAL, OS.IDLE)
        return evolve(
            after,
            orders=tuple(o if o.state in done else evolve(o, dead_at_ms=fact.at_ms) for o in after.orders),
        )

    put(monkeypatch, absorb, "_restarted", unsafe)
    assert "after a restart" in broken()["10-bounds-kept"]


def test_an_engine_that_grants_itself_attempts_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Claim 19b counted exits against the attempts that the engine said it had been granted."""
    real = absorb._books

    def unsafe(trade: Trade, fact: Any) -> Trade:
        after = real(trade, fact)
        more = trade.state is S.HEDGING and trade.attempts_granted < 3
        return evolve(after, attempts_granted=trade.attempts_granted + 1) if more else after

    put(monkeypatch, absorb, "_books", unsafe)
    assert "an operator gave 0" in broken()["19b-attempts-bounded"]


def test_a_closed_trade_that_is_changed_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Claim 6 said that closed trades stay; the search never stepped one again, but for a late fill."""
    real = absorb.absorb

    def unsafe(trade: Trade, fact: Fact) -> Trade:
        after = real(trade, fact)
        return evolve(after, killed=True) if trade.state in CLOSED and isinstance(fact, Killed) else after

    put(monkeypatch, absorb, "absorb", unsafe)
    assert "6-closed-is-closed" in broken()


def test_a_wait_that_begins_before_the_terminal_word_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """When an order was first called over was read from the order itself, never from what the venue had said."""
    from pairlock import orders

    real = orders.absorb_order

    def unsafe(order: Order, fact: Any, terms: Any) -> Any:
        absorbed = real(order, fact, terms)
        after = absorbed.order
        short = isinstance(fact, OrderReport) and after.terminal_at_ms > 0
        return evolve(absorbed, order=evolve(after, terminal_at_ms=0)) if short else absorbed

    put(monkeypatch, orders, "absorb_order", unsafe)
    assert "10-bounds-kept" in broken()


@pytest.mark.parametrize("name", ["8-known-at-intent", "19-exit-pace", "23-events"])
def test_verify_itself_judges_what_the_mutants_needed(name: str) -> None:
    """These claims killed mutants, and `pairlock verify` did not ask them: its "All claims hold" said less."""
    assert name in {claim.name for claim in Explorer(KILL).judge.claims}


def test_no_step_of_a_drawn_run_is_passed_over() -> None:
    """Conformance knew steps by an id that Python gave to the next one: of drawn steps every tenth went unchecked."""
    met: list[weakref.ref[Stepped]] = []

    class Watched(Conformance):
        def step(self, seen: Stepped, truth: Truth, sent: Truth) -> None:
            met.append(weakref.ref(seen))
            super().step(seen, truth, sent)

    found = Watched()
    for seed in range(20):
        walk(found, WIDE[seed % len(WIDE)], seed)
    gc.collect()
    assert len(met) > 50
    assert all(each() is not None for each in met)


INTERRUPTED = """
import os, signal, threading, time
from multiprocessing import active_children
from pairlock_specs.scope import SMALL
from pairlock_specs.search import search

def strike():
    while len(active_children()) < 2:
        time.sleep(0.05)
    time.sleep(1)
    os.kill(os.getpid(), signal.SIGINT)

if __name__ == "__main__":
    # A shell's background job, and all that it starts, begins with the signal ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=strike, daemon=True).start()
    try:
        search(SMALL, 2)
    except KeyboardInterrupt:
        print("ended")
"""


def test_an_interrupted_search_ends_at_once(tmp_path: Path) -> None:
    """After Ctrl-C `pairlock verify` went on until every job of the search had ended, for minutes."""
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "ended\n", "")
