"""Every claim that the explorer judges, one plain sentence each; and those that are judged elsewhere, with where.

The truth in every claim is the venues' own (``truth.py``), never the engine's belief.
"""

from __future__ import annotations

from pairlock.lifecycle import CLOSED, S
from pairlock_specs import (
    coverage,
    judge_closed,
    judge_fees,
    judge_kept,
    judge_money,
    judge_orders,
    judge_said,
    judge_steps,
)
from pairlock_specs.claim import Claim
from pairlock_specs.labels import labels_exact
from pairlock_specs.order_labels import order_label_exact

_CLOSED = frozenset(CLOSED)
_UNSTUCK = frozenset({S.PAIRED, S.HEDGING})

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "1-settled",
        "A closed trade is SETTLED exactly when its final nets at the venues are equal and above zero and both payouts"
        " were read; any other payout than the promise is a named verdict.",
        state=judge_closed.settled,
        states=_CLOSED,
    ),
    Claim(
        "2-rolled-back",
        "A closed trade is ROLLED_BACK exactly when nothing ever filled finally.",
        state=judge_closed.rolled_back,
        states=_CLOSED,
    ),
    Claim(
        "3-hedged",
        "A closed trade is HEDGED exactly when something filled and exits brought both final nets to zero, or the"
        " markets resolved what was left.",
        state=judge_closed.hedged,
        states=_CLOSED,
    ),
    Claim(
        "4-stuck-has-cause",
        "A trade is STUCK only while a finality is overdue, or its exposure is unequal or unknown with no exit left.",
        state=judge_closed.stuck,
        states=frozenset({S.STUCK}),
    ),
    Claim(
        "4-no-way-out-is-stuck",
        "A paired or hedging trade has no overdue order, and an exit left or to be looked for.",
        state=judge_closed.not_stuck,
        states=_UNSTUCK,
    ),
    Claim(
        "4-alerts-recorded",
        "Entering HEDGING or STUCK, and closing otherwise than promised, raises its alert in the same record.",
        step=judge_steps.alerted,
    ),
    Claim(
        "5-closed-is-quiet",
        "No order of a closed trade is live at a venue, and no request of it can still become one.",
        state=judge_closed.nothing_alive,
        states=_CLOSED,
    ),
    Claim(
        "6-closed-is-closed",
        "Within the fault model nothing that was taken to be final is ever contradicted, and closed trades stay.",
        step=judge_steps.closed_is_closed,
        trade=judge_kept.closed_stays,
    ),
    Claim(
        "6-late-fact-refused",
        "A fact about a closed trade that comes too late is refused and leaves the trade as it was.",
        trade=judge_steps.late_fact_refused,
    ),
    Claim(
        "7-write-ahead",
        "Every order or request of ours has an earlier durable intent with its id, leg, role, quantity and limit.",
        order=judge_orders.intent_recorded,
    ),
    Claim(
        "8-one-order",
        "One intent is sent once under one id, and no leg is ever entered twice.",
        send=judge_steps.one_order,
    ),
    Claim(
        "8-nothing-alive-at-intent",
        "An exit or a later leg is sized only when no other order of the trade can still fill.",
        send=judge_steps.nothing_unknown,
    ),
    Claim(
        "8-known-at-intent",
        "When an intent is recorded no earlier order of the trade is believed able to fill.",
        chain=judge_said.known_at_intent,
    ),
    Claim(
        "9-exit-fits",
        "An exit never takes a net below zero: it is not larger than what the venue finally holds for us.",
        send=judge_steps.exit_fits,
        compare=judge_closed.NETS_NOT_NEGATIVE,
    ),
    Claim(
        "9-excess-noticed",
        "A fill above its order is counted, noticed and alerted in the step that first knows of it.",
        step=judge_steps.excess_alerted,
        chain=judge_steps.excess_noticed,
    ),
    Claim(
        "10-unknown-is-not-zero",
        "What may yet fill is believed able to fill, and what is held at a venue is never believed impossible.",
        order=judge_orders.unknown_is_not_zero,
    ),
    Claim(
        "10-bounds-kept",
        "Each order has the whole bounds of the fault model before it, from its last possible send, anew after a"
        " restart, and from the first terminal word.",
        send=judge_kept.bounds_begin,
        step=judge_kept.bounds_begin_anew,
        told=judge_kept.bounds_kept,
    ),
    Claim(
        "11-final-is-true",
        "What is believed final equals the venue's truth from then on.",
        order=judge_orders.final_is_true,
    ),
    Claim(
        "11-true-reads-agree",
        "No true answer that was still under way when an order became final changes or contradicts it.",
        order=judge_orders.true_reads_agree,
    ),
    Claim(
        "12-only-final-counts",
        "No trade closes while a match of it may still be undone, nor counts fills that a venue does not hold.",
        state=judge_closed.only_final_counts,
        states=_CLOSED,
        order=judge_orders.dead_is_dead,
    ),
    Claim(
        "13-risk-reserved",
        "If everything stopped at any event, the trade could lose no more than was reserved for it.",
        trade=judge_steps.risk_within_reserve,
    ),
    Claim(
        "13-loss-covered",
        "If everything stopped at any instant, by the venues' own fills and all that is under way, the loss is no more"
        " than the ledger holds for the trade.",
        compare=judge_money.LOSS_COVERED,
    ),
    Claim(
        "14-posting",
        "Each step's posting leads from what the trade had on both accounts to what it has, and moves nothing else.",
        chain=judge_money.posted,
    ),
    Claim(
        "14-accounts",
        "Nothing on an account is negative, nor spent beyond its reservation, but for a declared over-fill; a closed"
        " trade holds nothing.",
        trade=judge_money.accounts_sound,
    ),
    Claim(
        "14-cash-is-true",
        "Once every order is final the ledger's cash and receivables are what the venues' own fills and payouts make.",
        compare=judge_money.CASH_AGREES,
    ),
    Claim(
        "15-fees-bounded",
        "A venue never charges an order more than was computed, at its intent and of its fills.",
        order=judge_fees.fee_bounded,
    ),
    Claim(
        "17-locked-by-ledger",
        "LOCKED is reached only with a reservation that the ledger would grant, and that it grants to no second trade.",
        step=judge_money.granted_when_free,
    ),
    Claim(
        "17-market-locked",
        "While an order can still fill or a match is not final, no other trade gets either market.",
        compare=judge_money.MARKET_LOCKED,
    ),
    Claim(
        "17-unlocked-when-done",
        "Both markets stay locked until both legs are final, and a closed trade locks nothing.",
        trade=judge_money.unlocked_when_done,
    ),
    Claim(
        "18-recovery-twice",
        "A second recovery teaches nothing, no restart sends an order, and what stands is found again.",
        step=judge_steps.recovered_twice,
        chain=judge_steps.stands_again,
    ),
    Claim("19-tables-valid", "Both tables are deterministic and total.", graph=coverage.table_valid),
    Claim("19-never-refused", "No step of the engine is refused by its own tables or fails."),
    Claim("19-deterministic", "The same trade and fact always give the same step."),
    Claim("19-search-complete", "Every state of the scope was visited.", graph=coverage.complete),
    Claim("19-trade-rows", "Every row of the trade table is taken.", graph=coverage.trade_rows_taken),
    Claim("19-order-rows", "Every row of the order table is taken.", graph=coverage.order_rows_taken),
    Claim(
        "19-can-close",
        "Every reachable state can reach a closed one, or, where the scope keeps the markets from resolving, one in"
        " which every order is final and only the market or an operator is awaited.",
        graph=coverage.can_close,
    ),
    Claim(
        "19-can-end-orders",
        "From every open state our own actions alone can reach one in which no order can fill any more.",
        graph=coverage.can_end_orders,
    ),
    Claim(
        "19-exit-pace",
        "Books are read at the fast pace while an exit is due, and at the slow one only while the trade is STUCK.",
        chain=judge_said.pace_right,
    ),
    Claim(
        "19b-hedging-ends",
        "If requests come to an end, cancels take effect, matches become final, reads exhaustive and routes open, no"
        " run stays in HEDGING for ever, nor STUCK while an exit is left: it comes to PAIRED, HEDGED or ROLLED_BACK, or"
        " waits for an operator with every attempt used, or with dust.",
        graph=coverage.hedging_ends,
    ),
    Claim(
        "19b-no-livelock",
        "No fair run goes round for ever among open states: what does not close comes to rest.",
        graph=coverage.no_livelock,
    ),
    Claim(
        "19b-attempts-bounded",
        "No more exits are sent than the terms and an operator's grants permit.",
        send=judge_steps.attempts_bounded,
        step=judge_kept.grants_are_given,
    ),
    Claim(
        "21-no-step-after-kill",
        "A kill is never forgotten, and after it no new entry is released.",
        send=judge_kept.killed_enters_nothing,
        step=judge_steps.killed_begins_nothing,
        chain=judge_kept.kill_remembered,
        trade=judge_kept.kill_outlives_restart,
    ),
    Claim(
        "21-exits-shrink",
        "An exit, filled to whatever extent, brings the nets closer and never past each other.",
        send=judge_steps.exit_shrinks,
    ),
    Claim(
        "23-labels",
        "After every event of every chain the trade's label is what its orders alone make it.",
        chain=labels_exact,
    ),
    Claim(
        "23-events",
        "Every event that a step records is true of the trade's orders, judged without the table.",
        chain=judge_said.events_exact,
    ),
    Claim(
        "23-order-labels",
        "After every fact about an order its label is what the fact, the bounds and its fills make it.",
        told=order_label_exact,
    ),
)

ELSEWHERE: tuple[tuple[str, str], ...] = (
    (
        "1 payouts by another rule",
        "here for whole markets; tests/test_scenarios_money.py for prices that a void names",
    ),
    (
        "4 new trades are refused",
        "here the alert; tests/test_scenarios_orders.py and tests/test_engine_operator.py",
    ),
    (
        "6 repairs",
        "here a late fact is refused and changes nothing; tests/test_faults_beyond.py",
    ),
    (
        "7 on disk",
        "here the order of record and send; tests/test_journal_crash.py, tests/test_recovery_kill9.py",
    ),
    ("9 an over-fill halts", "here it is counted and alerted; tests/test_scenarios_fills.py"),
    ("13 the cap over all trades", "here one trade; tests/test_ledger.py"),
    (
        "14 over many trades, hand trades",
        "here one trade; tests/test_ledger.py, `pairlock audit journal`",
    ),
    (
        "15 other schedules",
        "here two schedules at the limit; tests/test_fees.py, tests/test_scenarios_money.py",
    ),
    ("16 the gate's profit", "tests/test_gates.py, tests/test_sizing.py"),
    ("17 fresh books, clocks and epochs", "here locks; tests/test_gates.py, tests/test_journal_writer.py"),
    ("18 replay bit for bit", "here what stands again; tests/test_recovery.py, `pairlock audit journal`"),
    ("20 cancellation", "tests/test_cancellation.py, tests/test_journal_commit.py"),
    ("21 over all trades", "here one trade; tests/test_engine_operator.py, tests/test_scenarios_state.py"),
    ("22 the trace's hash", "tests/test_determinism.py, tests/test_sim_runs.py"),
)
