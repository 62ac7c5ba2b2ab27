"""The proof for any size: it holds, every unsafe variant fails, and its actions stand for every row of both tables."""

import json

import pytest
import z3

from pairlock import ledger as shipped
from pairlock.ledger import Account, Ledger, Posting, lock_refusal
from pairlock.lifecycle import OE, ORDER_ROWS, ROWS, E, S
from pairlock.model import Reservation
from pairlock_specs.proof import account, check, command, lemmas, moves, table
from pairlock_specs.proof.check import ACTIONS, consequences, induction, possible, progress
from pairlock_specs.proof.invariant import CLAIMS, claimed, claimed_of_step, invariant
from pairlock_specs.proof.state import symbolic
from pairlock_specs.proof.unsafe import Variant, shown, variants
from trade_kit import hedging, terms_of, whole


def test_the_invariant_is_inductive_and_gives_the_claims() -> None:
    assert induction() == []
    assert consequences() == []
    assert progress() == []


def test_every_action_can_happen() -> None:
    """An action that contradicts itself would keep anything."""
    assert [action.name for action in ACTIONS if not possible(action)] == []


def test_no_two_actions_have_one_name() -> None:
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)


def test_every_row_of_both_tables_is_an_action_and_every_action_names_real_rows() -> None:
    rows = {row for action in ACTIONS for row in action.rows}
    order_rows = {row for action in ACTIONS for row in action.order_rows}
    assert rows == {(row.state, row.event) for row in ROWS}
    assert order_rows == {(row.state, row.event) for row in ORDER_ROWS}


def test_a_redirected_row_breaks_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a label goes is read from the table itself."""
    redirected = tuple(
        type(row)(row.state, row.event, S.HEDGED, row.why)
        if (row.state, row.event) == (S.HEDGING, E.LEG_MOVED)
        else row
        for row in ROWS
    )
    monkeypatch.setattr(table, "ROWS", redirected)
    found = induction([moves.label(E.LEG_MOVED)])
    assert any("closed means every order is FINAL" in each.what for each in found)


@pytest.mark.parametrize("variant", variants(), ids=lambda each: each.name)
def test_each_unsafe_variant_fails_at_the_step_that_is_unsafe(variant: Variant) -> None:
    found = shown(variant)
    assert found.fails
    if variant.action is not None:
        assert {each.where for each in found.broken} == {variant.action.name}
        assert len(found.states) == len(variant.story) + 1


@pytest.mark.parametrize("variant", [v for v in variants() if v.action], ids=lambda each: each.name)
def test_a_story_without_its_unsafe_action_breaks_nothing(variant: Variant) -> None:
    """What breaks the claim is the unsafe step, not the others."""
    real = [action for action in variant.story if not action.name.startswith("UNSAFE")]
    assert check.trace(real, variant.claim) == []


def test_lemmas_and_accounts_hold() -> None:
    assert lemmas.broken() == []
    assert account.broken() == []


@pytest.mark.parametrize("name", account.NAMES)
def test_each_lemma_about_accounts_can_fail(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A posting that loses a micro-dollar on its way is found out."""
    real, real_adjust = shipped._posted, shipped.adjust

    def leaky(a: Account, old: Posting, new: Posting) -> Account:
        after = real(a, old, new)
        return Account(
            after.deposits_micros,
            after.held_micros + 1,
            after.spent_micros - 2,
            after.receivable_micros,
            after.net_in_micros - 2,
        )

    def leaky_adjust(ledger: Ledger, venue: str, amount_micros: int) -> Ledger:
        return real_adjust(ledger, venue, amount_micros + 1)

    def fuller(a: Account, old: Posting, new: Posting) -> Account:
        after = real(a, old, new)
        return Account(
            after.deposits_micros,
            after.held_micros + 1,
            after.spent_micros,
            after.receivable_micros,
            after.net_in_micros,
        )

    monkeypatch.setattr(account, "_posted", fuller if "cap" in name else leaky)
    monkeypatch.setattr(account, "adjust", leaky_adjust)
    assert account.unproved(name, account.NAMES[name]())


@pytest.mark.parametrize(
    ("free_micros", "cap_micros"), [(500, 10_000), (499, 10_000), (500, 899), (500, 900)]
)
def test_a_reservation_is_refused_exactly_beyond_free_cash_and_cap(free_micros: int, cap_micros: int) -> None:
    """What the lemmas about accounts assume of ``lock_refusal``."""
    trade = hedging(terms_of(), (whole(1), 0))
    assert trade.terms is not None
    accounts = {"polymarket": Account(free_micros + 100), "kalshi": Account(10_000)}
    ledger = Ledger(accounts, {}, (), repair_reserve_micros=100, risk_cap_micros=cap_micros)
    granted = lock_refusal(ledger, trade, trade.terms, Reservation((500, 400), (0, 0), 0)) == ""
    assert granted == (free_micros >= 500 and cap_micros >= 900)


def test_what_is_undecided_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(z3.Solver):  # type: ignore[misc]  # z3 has no types
        def check(self, *assumptions: object) -> z3.CheckSatResult:
            return z3.unknown

    monkeypatch.setattr(check, "_solver", Silent)
    found = consequences()
    assert found
    assert all("undecided" in each.what for each in found)
    x, y, z = z3.Ints("x y z")
    hard = x * x * x + y * y * y + z * z * z != 114
    assert "undecided" in account.unproved("cubes", hard, timeout_ms=50)[0]


def test_every_claim_has_conditions_and_no_other_has() -> None:
    s, t = symbolic(), symbolic("'")
    judged = set(claimed(s)) | set(claimed_of_step(s, t)) | {"19-can-exit"}
    assert judged == {claim.name for claim in CLAIMS}
    words = [each for each, _ in invariant(s)]
    assert len(words) == len(set(words))


def test_the_command_prints_each_claim_and_each_failing_variant(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.prove(json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["holds"] is True
    assert [claim["name"] for claim in told["claims"] if claim["holds"]] == [claim.name for claim in CLAIMS]
    assert all(each["fails"] for each in told["unsafe"])
    assert len(told["unsafe"]) == 7


def test_the_command_says_which_step_breaks_what(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = variants()[0].action
    assert bad is not None
    monkeypatch.setattr(command, "induction", lambda: induction([bad]))
    assert command.prove(json=False) == 1
    told = capsys.readouterr().out
    assert (
        f"NOT KEPT by {bad.name}: leg 0: what is alive at a venue or on its way is believed able to fill"
        in told
    )
    assert "BROKEN  13-risk-reserved" in told
    assert "leg 0: believed able to fill yes -> no" in told


def test_closing_events_are_never_free() -> None:
    """An event that closes from an open state asks for something of the orders."""
    free = {E.GATE_REFUSED, E.LOCK_REFUSED, E.ABORTED, E.KILLED}
    for event, wanted in moves.LABELS.items():
        closes = any(row.event is event and row.to in (S.SETTLED, S.ROLLED_BACK, S.HEDGED) for row in ROWS)
        if closes and event not in free:
            assert wanted is not moves._always, event
    assert OE.INTENT_DURABLE in {event for action in ACTIONS for _, event in action.order_rows}
