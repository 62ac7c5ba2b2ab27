"""Whose account each venue object trades for. A journal that still has business with one is refused to another.

An order is found again by an id that hangs on its account; at Polymarket it is the hash of what the wallet signed.
Asked through another account, a venue truly says that it knows no such order, and what filled there would be taken for
nothing. What a venue object says of itself (``pairlock.ports.Identified``) is therefore written into every ``opened``
record; one that says nothing is not doubted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pairlock.codec import parse
from pairlock.errors import UserError
from pairlock.journal.records import Kind
from pairlock.journal.store import Store
from pairlock.ledger import Ledger
from pairlock.model import Trade
from pairlock.ports import Venue, identity_of


def identities_of(venues: Mapping[str, Venue]) -> dict[str, list[str]]:
    """What each venue object says of its account, sorted; those that say nothing are left out."""
    said = {name: sorted(identity_of(venue)) for name, venue in sorted(venues.items())}
    return {name: words for name, words in said.items() if words}


def _recorded(store: Store) -> dict[str, list[str]]:
    """What each venue last said of its account, by the journal."""
    found: dict[str, list[str]] = {}
    for record in store.records():
        if record.kind == Kind.OPENED:
            found |= parse(record.body).get("accounts", {})
    return found


def _busy(trades: list[Trade], ledger: Ledger) -> set[str]:
    """The venues that open trades are on, or that owe money."""
    on = {name for trade in trades for name in (trade.opportunity.platform_a, trade.opportunity.platform_b)}
    return on | {owed.venue for owed in ledger.receivables}


def refuse_other_account(
    store: Store,
    trades: list[Trade],
    ledger: Ledger,
    given: Mapping[str, list[str]],
    accepted: Collection[str],
) -> None:
    """Raises UserError when a venue with open business is now another account than the journal's.

    Same is what has a word of its identity in common: one API key of several may go and another come. ``accepted``:
    the venues of which the operator says that it is the same account, all of whose keys were replaced.
    """
    for name in accepted:
        if name not in given:
            raise UserError(
                f"accept_accounts names {name!r}, which is no venue given that says whose it is; leave it out"
            )
    for name, before in sorted(_recorded(store).items()):
        now = given.get(name, [])
        if not now or name in accepted or set(before) & set(now) or name not in _busy(trades, ledger):
            continue
        raise UserError(
            f"journal {store.path} has open trades or money owed on {name} as {', '.join(before)}, and the venue given "
            f"is {', '.join(now)}, which would not find their orders; open the engine with that account until they "
            f"have closed, or, if it is the same account and only its keys are new, name {name} in accept_accounts"
        )
