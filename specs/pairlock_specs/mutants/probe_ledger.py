"""What the ledger grants, refuses and names: probed at the exact cent on either side. Micro-dollars."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from pairlock.exposure import reservation_for, risk_reserved_micros
from pairlock.ledger import Account, Ledger, Receivable, lock_refusal, pay_receivable
from pairlock.model import Terms, Trade
from pairlock_specs.claim import Wrong
from pairlock_specs.explore import Explorer
from pairlock_specs.mutants.money import MARKETS, VENUES
from pairlock_specs.mutants.probe import Probe
from pairlock_specs.scope import OPPORTUNITY, Part, terms_of

_RESERVE = 7
_AMPLE = 10**12


def _cases() -> tuple[Trade, Terms, tuple[int, int]]:
    terms = terms_of(Part())
    return Trade("t", OPPORTUNITY, terms=terms), terms, reservation_for(terms).cash_micros


def _with(free: tuple[int, int], cap: int, locks: dict[tuple[str, str], str] | None = None) -> Ledger:
    accounts = {venue: Account(micros) for venue, micros in zip(VENUES, free, strict=True)}
    return Ledger(accounts, locks or {}, (), _RESERVE, cap)


def _grants() -> Iterator[tuple[str, bool, Ledger]]:
    """(words, whether it must be granted, the ledger as it then is)."""
    _, _, (a, b) = _cases()
    ample = (_AMPLE, _AMPLE)
    yield "exactly what is needed is free", True, _with((a + _RESERVE, b + _RESERVE), a + b)
    yield "one micro-dollar is missing on the first account", False, _with((a + _RESERVE - 1, _AMPLE), _AMPLE)
    yield (
        "one micro-dollar is missing on the second account",
        False,
        _with((_AMPLE, b + _RESERVE - 1), _AMPLE),
    )
    yield "the cap is one micro-dollar too low", False, _with(ample, a + b - 1)
    spent = _with(ample, a + b + 4)
    accounts = {**spent.accounts, VENUES[1]: Account(_AMPLE, held_micros=2, spent_micros=3)}
    yield "other trades' risk takes the cap", False, evolve(spent, accounts=accounts)
    yield "other trades' risk leaves room", True, evolve(spent, accounts=accounts, risk_cap_micros=a + b + 5)
    for market in MARKETS:
        yield f"another trade has locked {market}", False, _with(ample, _AMPLE, {market: "other"})
        yield f"the trade itself has locked {market}", True, _with(ample, _AMPLE, {market: "t"})
        other = (market[0], "another market")
        yield f"another trade has locked {other}", True, _with(ample, _AMPLE, {other: "other"})


def _one_account() -> Wrong:
    """Both legs on one account need the sum of both."""
    trade, terms, (a, b) = _cases()
    same = evolve(OPPORTUNITY, platform_b=VENUES[0])
    trade = evolve(trade, opportunity=same)
    for free, granted in ((a + b + _RESERVE, True), (a + b + _RESERVE - 1, False)):
        ledger = Ledger({VENUES[0]: Account(free)}, {}, (), _RESERVE, _AMPLE)
        if (lock_refusal(ledger, trade, terms, reservation_for(terms)) == "") != granted:
            return f"with {free} micros on the one account of both legs, granted is not {granted}"
    return None


def grants_exact(_: Explorer) -> Wrong:
    """Claims 13, 14 and 17 at the moment of reservation."""
    trade, terms, _cash = _cases()
    for words, granted, ledger in _grants():
        said = lock_refusal(ledger, trade, terms, reservation_for(terms))
        if (said == "") != granted:
            return f"although {words}, the reservation was {'refused: ' + said if said else 'granted'}"
    return _one_account()


def reserved_is_counted(_: Explorer) -> Wrong:
    """Claim 13's other figure."""
    trade, terms, (a, b) = _cases()
    reserved = evolve(trade, reservation=reservation_for(terms))
    found = risk_reserved_micros(trade), risk_reserved_micros(reserved)
    return None if found == (0, a + b) else f"reserved are 0, then {a + b}; counted as {found}"


def deficits_named(_: Explorer) -> Wrong:
    """Claim 14: none negative except a declared deficit."""
    for free, due in (((5, 0), {}), ((-3, 0), {VENUES[0]: 3}), ((4, -1), {VENUES[1]: 1})):
        found = _with(free, _AMPLE).deficits()
        if found != due:
            return f"with {free} micros free the deficits are {found}, they should be {due}"
    return None


def receivable_paid(_: Explorer) -> Wrong:
    """Claim 14: what is owed becomes cash once, and nothing else does."""
    paid, kept = (Receivable(f"t{n}", 0, VENUES[0], "m0", 10 + n) for n in (0, 1))
    owed = evolve(
        _with((100, 100), _AMPLE),
        accounts={VENUES[0]: Account(100, receivable_micros=21), VENUES[1]: Account(100)},
        receivables=(paid, kept),
    )
    after = pay_receivable(owed, paid)
    account = after.accounts[VENUES[0]]
    right = after.receivables == (kept,) and after.accounts[VENUES[1]] == owed.accounts[VENUES[1]]
    if not right or (account.cash_micros, account.receivable_micros) != (110, 11):
        return f"of 10 and 11 micros owed the 10 were paid; left are {after.receivables}, {account}"
    return None


LEDGER_PROBES: tuple[Probe, ...] = (
    Probe(
        "17-reservation-exact",
        "Both reservations are granted exactly when both markets are free, both accounts have the cash beside the"
        " repair reserve, and the risk over all trades stays within the cap.",
        grants_exact,
    ),
    Probe(
        "13-reserved-counted", "The risk reserved is the sum of what both accounts hold.", reserved_is_counted
    ),
    Probe(
        "14-deficit-named",
        "A deficit is named exactly for an account whose free cash is below zero.",
        deficits_named,
    ),
    Probe("14-receivable-paid", "What a venue owes turns into cash once, and only that.", receivable_paid),
)
