"""The explorer can fail: each unsafe variant of the engine breaks a named claim within the kill scope.

A variant replaces one function of the engine by one that makes a mistake which real bots have made.
"""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from pairlock import absorb, alerting, classify, decide, exits, orders, positions
from pairlock import step as step_module
from pairlock.commands import CancelOrder, Command
from pairlock.facts import CancelAcked, ExitBooksRead, Fact, NotFound, Restarted
from pairlock.lifecycle import OS, E, S
from pairlock.model import ExitPlan, NoExit, Order, Terms, Trade
from pairlock.orders import Absorbed, OrderFact
from pairlock.step import Step, step
from pairlock_specs.explore import Explorer
from pairlock_specs.graph import explored_by
from pairlock_specs.reduced import ReducedExplorer
from pairlock_specs.scope import KILL
from pairlock_specs.trace import lines

LONG_AFTER_MS = 10**12


@pytest.fixture(autouse=True, params=[Explorer, ReducedExplorer])
def search(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test is run with the full search, and with the reduced one."""
    monkeypatch.setattr(sys.modules[__name__], "Explorer", request.param)


@pytest.fixture
def replace(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str, Any], None]:
    """Puts a function in the place of another wherever a module of the engine or of the specs holds it."""

    def everywhere(module: Any, name: str, new: Any) -> None:
        old = getattr(module, name)
        held = [
            (other, key)
            for mod, other in sorted(sys.modules.items())
            if mod.split(".")[0] in ("pairlock", "pairlock_specs")
            for key, value in list(vars(other).items())
            if value is old
        ]
        assert held
        for other, key in held:
            monkeypatch.setattr(other, key, new)

    return everywhere


def broken_by(step: Callable[[Trade, Fact], Step | None] = step, *, whole: bool = False) -> dict[str, str]:
    """The claims that break first, each with its trace as one text; with ``whole`` all of them."""
    explorer = Explorer(KILL, step=step, stop_at_first=not whole).run()
    if whole:
        explorer.judge.graph(explored_by(explorer))
    found = explorer.judge.violations
    return {name: "\n".join(lines(explorer, each)) if each.state >= 0 else "" for name, each in found.items()}


Replace = Callable[[Any, str, Any], None]


def test_nothing_breaks_as_it_is() -> None:
    assert broken_by() == {}


def test_not_found_counts_as_zero(replace: Replace) -> None:
    real = orders.absorb_order

    def unsafe(order: Order, fact: OrderFact, terms: Terms) -> Absorbed:
        if isinstance(fact, NotFound):
            fact = evolve(fact, asked_at_ms=LONG_AFTER_MS)
        return real(order, fact, terms)

    replace(orders, "absorb_order", unsafe)
    trace = broken_by()["10-unknown-is-not-zero"]
    assert "not found" in trace
    assert "believed FINAL" in trace


def test_a_cancel_acknowledgement_closes(replace: Replace) -> None:
    real = orders.absorb_order

    def unsafe(order: Order, fact: OrderFact, terms: Terms) -> Absorbed:
        absorbed = real(order, fact, terms)
        if isinstance(fact, CancelAcked) and order.state is not OS.FINAL:
            return Absorbed(evolve(absorbed.order, state=OS.FINAL), event=absorbed.event)
        return absorbed

    replace(orders, "absorb_order", unsafe)
    assert "is acknowledged" in broken_by()["10-unknown-is-not-zero"]


def test_a_match_counts_as_final(replace: Replace) -> None:
    replace(orders, "_fills_final", lambda order: positions.unseen_e6(order) == 0)
    trace = broken_by()["11-final-is-true"]
    assert "told OrderReport" in trace
    assert "1000000 e6 pending" in trace


def test_a_resend_under_a_new_id() -> None:
    def unsafe(trade: Trade, fact: Fact) -> Step | None:
        done = step(trade, fact)
        if done is not None or not isinstance(fact, NotFound) or trade.state is not S.EXECUTING:
            return done
        old = trade.order(fact.intent_id)
        assert old is not None
        again = evolve(old, intent_id=f"{old.intent_id}.again", state=OS.SENT)
        if old.state is not OS.SENT or trade.order(again.intent_id) is not None or "again" in old.intent_id:
            return None
        resent = evolve(absorb.quiet(trade), orders=(*trade.orders, again), fresh=(again.intent_id,))
        return Step(resent, (E.LEG_MOVED,), decide.decide(resent), ())

    trace = broken_by(unsafe)["8-one-order"]
    assert "told NotFound" in trace
    assert "sends t.0.0.again" in trace


def test_an_exit_while_an_order_is_unknown(replace: Replace) -> None:
    def unsafe(trade: Trade) -> bool:
        pending = any(order.state is OS.MATCHED for order in trade.orders)
        return trade.state is S.HEDGING and not pending and positions.unequal(trade)

    replace(exits, "exits_due", unsafe)
    trace = broken_by()["8-nothing-alive-at-intent"]
    assert "told ExitBooksRead: EXIT_DURABLE" in trace
    assert "was sized while" in trace


def test_an_exit_on_a_match_that_may_fail(replace: Replace) -> None:
    def unsafe(trade: Trade) -> bool:
        known = positions.no_order_can_fill(trade)
        return trade.state is S.HEDGING and known and positions.unequal(trade)

    replace(exits, "exits_due", unsafe)
    assert "1000000 e6 pending" in broken_by()["9-exit-fits"]


def test_the_second_leg_is_released_after_a_kill(replace: Replace) -> None:
    real = classify.release_size_e2
    replace(classify, "release_size_e2", lambda trade: real(evolve(trade, killed=False)))
    assert "21-no-step-after-kill" in broken_by()


def test_a_trade_closes_with_inventory(replace: Replace) -> None:
    replace(positions, "resolved", lambda trade: True)
    assert "3-hedged" in broken_by()


def test_a_restart_sends_what_was_not_sent(replace: Replace) -> None:
    real = absorb._restarted

    def unsafe(trade: Trade, fact: Restarted) -> Trade:
        after = real(trade, fact)
        return evolve(after, fresh=tuple(o.intent_id for o in after.orders if o.state is OS.SENT))

    replace(absorb, "_restarted", unsafe)
    assert {"8-one-order", "18-recovery-twice"} & set(broken_by())


def test_a_restart_keeps_the_old_bounds(replace: Replace) -> None:
    real = absorb._restarted

    def unsafe(trade: Trade, fact: Restarted) -> Trade:
        after = real(trade, fact)
        return evolve(after, orders=trade.orders)

    replace(absorb, "_restarted", unsafe)
    found = broken_by(whole=True)
    assert "crash and restart" in found["10-unknown-is-not-zero"]
    assert "crash and restart" in found["10-bounds-kept"]


def test_an_exit_is_twice_as_large(replace: Replace) -> None:
    real = exits.plan_exit

    def unsafe(trade: Trade, fact: ExitBooksRead) -> ExitPlan | NoExit | None:
        plan = real(trade, fact)
        return evolve(plan, size_e2=plan.size_e2 * 2) if isinstance(plan, ExitPlan) else plan

    replace(exits, "plan_exit", unsafe)
    assert "9-exit-fits" in broken_by()


def test_an_exit_sells_the_wrong_leg(replace: Replace) -> None:
    real = exits.plan_exit

    def unsafe(trade: Trade, fact: ExitBooksRead) -> ExitPlan | NoExit | None:
        plan = real(trade, fact)
        return evolve(plan, leg=1 - plan.leg) if isinstance(plan, ExitPlan) else plan

    replace(exits, "plan_exit", unsafe)
    assert {"9-exit-fits", "21-exits-shrink"} <= set(broken_by())


def test_no_write_ahead() -> None:
    def unsafe(trade: Trade, fact: Fact) -> Step | None:
        done = step(trade, fact)
        if done is None or not done.trade.fresh or done.trade.state is not S.HEDGING:
            return done
        return evolve(done, trade=evolve(done.trade, orders=done.trade.orders[:-1], fresh=()))

    trace = broken_by(unsafe, whole=True)["7-write-ahead"]
    assert "books: " in trace
    assert "an order is sent that the step does not record" in trace


def test_the_record_names_another_price() -> None:
    def unsafe(trade: Trade, fact: Fact) -> Step | None:
        done = step(trade, fact)
        if done is None or not isinstance(fact, NotFound | CancelAcked):
            return done
        return evolve(
            done, trade=evolve(done.trade, orders=tuple(evolve(o, limit_e4=1) for o in done.trade.orders))
        )

    assert "7-write-ahead" in broken_by(unsafe)


def test_no_alert_is_raised(replace: Replace) -> None:
    replace(alerting, "alerts_of", lambda before, after, events: ())
    assert "4-alerts-recorded" in broken_by()


def test_what_is_overdue_goes_on(replace: Replace) -> None:
    replace(positions, "overdue", lambda trade: False)
    assert {"4-no-way-out-is-stuck", "23-labels"} & set(broken_by())


def test_nothing_is_ever_cancelled(replace: Replace) -> None:
    real = decide.decide

    def unsafe(trade: Trade) -> tuple[Command, ...]:
        return tuple(command for command in real(trade) if not isinstance(command, CancelOrder))

    replace(decide, "decide", unsafe)
    found = broken_by(whole=True)
    assert "19-can-end-orders" in found
    assert (
        "19-can-close" not in found
    )  # the venue may still end it: only the stricter claim sees the difference


def test_no_exit_is_ever_looked_for(replace: Replace) -> None:
    replace(exits, "plan_exit", lambda trade, fact: None)
    found = broken_by(whole=True)
    assert {"19-trade-rows", "19-can-close"} <= set(found)


def test_an_event_that_the_table_refuses(replace: Replace) -> None:
    real = classify._in_paired

    def unsafe(trade: Trade) -> E:
        event = real(trade)
        return E.LEG_MOVED if event is E.EQUAL else event

    monkey = dict(classify._BY_STATE)
    monkey[S.PAIRED] = unsafe
    replace(classify, "_BY_STATE", monkey)
    assert "PAIRED refuses LEG_MOVED" in broken_by()["19-never-refused"]


def test_the_preparation_is_judged_before_its_facts(replace: Replace) -> None:
    replace(absorb, "BEFORE_SENDING", ())
    assert "23-labels" in broken_by()


def test_the_step_module_is_what_is_explored() -> None:
    assert Explorer(KILL).step is step_module.step
