"""A demo's journal and the truth of its venues belong together."""

from __future__ import annotations

from pairlock import UserError
from pairlock.journal.store import Store
from pairlock_adapters.simulated.truth import Truth

MEMORY = ":memory:"


def truth_path(journal: str) -> str:
    """Where the venues' truth lies beside the journal."""
    return MEMORY if journal == MEMORY else f"{journal}.venues"


def refuse_strangers(store: Store, truth: Truth, path: str) -> None:
    """With the truth of another run every belief would be false. Raises UserError."""
    begun = store.head()[0] > 0
    traded = next(truth.rows("SELECT count(*) FROM orders"))[0] > 0
    if begun and not truth.existed:
        raise UserError(
            f"journal {path} has records, but {path}.venues is missing; bring it back, or name a new journal"
        )
    if traded and not begun:
        raise UserError(
            f"journal {path} is new, but {path}.venues has orders of another; move it away, or bring its back"
        )


def last_at_ms(store: Store) -> int:
    """The latest time of any record, in virtual ms; 0 for a new journal."""
    return max((record.at_ms for record in store.records()), default=0)
