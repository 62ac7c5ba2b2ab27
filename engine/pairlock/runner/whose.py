"""Whose account each venue object trades for. A journal that still has business with one is refused to another.

An order is found again by an id that hangs on its account; at Polymarket it is the hash of what the wallet signed.
Asked through another account, a venue truly says that it knows no such order, and what filled there would be taken for
nothing. What a venue object says of itself (``pairlock.ports.Identified``) is therefore written into every ``opened``
record; one that says nothing is not doubted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pairlock.codec import digest, parse
from pairlock.errors import UserError
from pairlock.journal.records import Kind
from pairlock.journal.store import Store
from pairlock.ledger import Ledger
from pairlock.model import Trade
from pairlock.ports import Venue, identity_of
from pairlock.runner.control import Control

_DIGITS = 16


def identities_of(venues: Mapping[str, Venue]) -> dict[str, list[str]]:
    """What each venue object says of its account, sorted; those that say nothing are left out.

    Raises UserError where that is not a tuple of words.
    """
    said: dict[str, list[str]] = {}
    for name, venue in sorted(venues.items()):
        words: object = identity_of(venue)
        if not isinstance(words, tuple) or not all(isinstance(each, str) and each.strip() for each in words):
            raise UserError(
                f"the identity of the venue {name} is {words!r:.80}; give a tuple of words, or () for none"
            )
        if words:
            said[name] = sorted(words)
    return said


def busy_venues(trades: list[Trade], ledger: Ledger, control: Control, venues: Collection[str]) -> set[str]:
    """The venues with open business: open trades, money owed, or a late fact whose repair is still to come."""
    if control.halted_by("late_fact") is not None:
        return set(venues)
    on = {name for trade in trades for name in (trade.opportunity.platform_a, trade.opportunity.platform_b)}
    return on | {owed.venue for owed in ledger.receivables}


def refuse_other_account(
    store: Store, given: Mapping[str, list[str]], busy: Collection[str], accepted: Collection[str]
) -> None:
    """Raises UserError when a venue that is ``busy`` is now another account than the journal's.

    Same is what has a word of its identity in common: one API key of several may go and another come. ``accepted``:
    the digests, as a refusal names them, of changes that the operator vouches for.
    """
    for name, before in sorted(_recorded(store).items()):
        now = given.get(name, [])
        if not now or name not in busy or set(before) & set(now):
            continue
        change = digest([name, before, now])[:_DIGITS]
        if change in accepted:
            continue
        raise UserError(
            f"journal {store.path} has open business on {name} (trades, money owed or a late fact) as "
            f"{', '.join(before)}, and the venue given is {', '.join(now)}, which may not find those orders; open the "
            f"engine with that account until they have closed, or, if you know that it is the same account, with "
            f"{change!r} in accept_accounts"
        )


def _recorded(store: Store) -> dict[str, list[str]]:
    """What each venue last said of its account, by the journal."""
    found: dict[str, list[str]] = {}
    for record in store.records():
        if record.kind == Kind.OPENED:
            found |= parse(record.body).get("accounts", {})
    return found
