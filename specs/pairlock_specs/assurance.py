"""What stands behind each of the 23 claims, as data: its plain sentence, and everything that checks it.

The own claims of explorer and proof are joined by their number when the page is written (``tools/assurance.py``), so
that no list here can name a check which does not exist. Data only.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Sampled:
    """A check on every run of one kind, and the command that makes such a run."""

    what: str
    command: str


JUDGE = Sampled(
    "every trade of every demo, by the simulated venues' own books", "pairlock demo --faults hostile"
)
AUDIT = Sampled("every journal that is audited, from its records alone", "pairlock audit journal PATH")
DRAWN = Sampled("drawn fault scripts, in every test run", "make test ARGS=tests/test_drawn_scripts.py")
DOUBLED = Sampled("`duplicate_orders` of every demo", "pairlock demo --faults hostile")
BROKEN_BOUNDS = Sampled(
    "every bound of the fault model broken, one at a time", "pairlock demo --faults beyond"
)


@frozen
class Backed:
    """One claim. ``tested``: test files, by name; ``confirmed``: modules of contracts that CrossHair confirms."""

    number: int
    sentence: str
    sampled: tuple[Sampled, ...] = ()
    tested: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()


BACKED: tuple[Backed, ...] = (
    Backed(
        1,
        "A trade called SETTLED holds the same final quantity on both venues, more than none, and both payouts were"
        " read. Another payout than the promised one has a name and raises an alert.",
        (JUDGE, AUDIT, DRAWN),
        ("test_scenarios_money",),
    ),
    Backed(2, "A trade called ROLLED_BACK never filled finally, not even in part.", (JUDGE, AUDIT, DRAWN)),
    Backed(
        3,
        "A trade called HEDGED filled in part, and exits brought it back to nothing, or the markets resolved what was"
        " left and the result is booked. A fraction of a contract is not nothing.",
        (JUDGE, AUDIT, DRAWN),
    ),
    Backed(
        4,
        "A trade is STUCK only with a cause. Then an alert is durable and no new trade begins.",
        (DRAWN,),
        ("test_scenarios_orders", "test_scenarios_fills"),
    ),
    Backed(
        5,
        "A closed trade has no order that may still fill, and no request on its way that could become one.",
        (JUDGE, AUDIT, DRAWN),
    ),
    Backed(
        6,
        "Closed is closed: what comes too late opens a linked repair, and nothing is edited.",
        (BROKEN_BOUNDS, AUDIT),
        ("test_faults_beyond", "test_regressions_review_restart"),
    ),
    Backed(
        7,
        "No order of ours is at a venue without an earlier durable record of the same id, side, size and limit.",
        (JUDGE, DRAWN),
        ("test_scenarios_state", "test_recovery"),
    ),
    Backed(
        8,
        "One intent is at most one order, under one id, and is never sent again under another.",
        (DOUBLED, DRAWN),
        ("test_scenarios_orders", "test_recovery"),
    ),
    Backed(
        9,
        "A fill above its order is counted and halts new trades. An exit never sells more than is held.",
        (JUDGE, DRAWN),
        ("test_exits", "test_scenarios_money"),
        confirmed=("exits",),
    ),
    Backed(
        10,
        "Unknown is not zero: neither not found, nor a timeout, nor an acknowledged cancel proves that nothing filled.",
        (JUDGE, DRAWN),
        ("test_scenarios_orders",),
    ),
    Backed(11, "What is believed final is what the venue has, from then on.", (JUDGE, DRAWN)),
    Backed(12, "Only final fills count towards an end.", (JUDGE, AUDIT, DRAWN), ("test_scenarios_money",)),
    Backed(
        13,
        "If everything stopped at any instant, a trade could lose no more than was reserved for it, and all trades"
        " together no more than the cap.",
        (JUDGE, AUDIT, DRAWN),
        ("test_ledger",),
        confirmed=("exposure", "exits"),
    ),
    Backed(
        14,
        "Money is neither made nor lost in the books: they agree with the venues' cash, and nothing stays held for a"
        " closed trade.",
        (JUDGE, AUDIT, DRAWN),
        ("test_ledger",),
        confirmed=("ledger",),
    ),
    Backed(
        15,
        "The fee that was reckoned with is never below the fee that was charged.",
        (JUDGE,),
        ("test_fees", "test_scenarios_money"),
        confirmed=("fees", "units"),
    ),
    Backed(
        16,
        "Nothing is sent unless the trade earns something at its limits, after fees, in the worst split of fills.",
        (),
        ("test_gates",),
        confirmed=("gates", "sizing", "book"),
    ),
    Backed(
        17,
        "Orders are sent only under both reservations, on fresh books; one trade a market; one engine a journal.",
        (),
        ("test_table_check", "test_ledger", "test_journal_writer"),
    ),
    Backed(
        18,
        "A crash anywhere, then a restart, ends as some run without the crash. Restarting twice is restarting once."
        " The journal replayed gives the state again, bit for bit.",
        (AUDIT,),
        ("test_recovery", "test_recovery_kill9", "test_journal_crash"),
    ),
    Backed(
        19,
        "Every line of both tables is reached, no case is undecided, and every state can reach an end; an exposed trade"
        " that can be exited is exited.",
        (),
        ("test_machine", "test_table_check"),
        confirmed=("lifecycle",),
    ),
    Backed(
        20,
        "Cancelling the program at any point never splits the journal from memory.",
        (),
        ("test_cancellation", "test_journal_commit"),
    ),
    Backed(
        21,
        "After a kill no new step begins; exits only shrink the exposure.",
        (DRAWN,),
        ("test_scenarios_switches",),
    ),
    Backed(
        22,
        "The same seed gives the same run, record for record, in any process.",
        (),
        ("test_determinism", "test_sim_runs"),
    ),
    Backed(
        23,
        "The name of a trade's state is what its orders make it, after every event.",
        (AUDIT, DRAWN),
    ),
)
