"""Crashes at an exact journal append, with the venues over the wire: both truth and journal are taken up again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crash_kit import Crash, CrashingStore
from pairlock.audit.journal import audit_journal
from pairlock.codec import parse
from pairlock.journal.errors import JournalFailed
from pairlock_adapters.demo.run import Report, Settings, run_demo
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.sqlite.store import open_store

SCALE = 50


def over_the_wire(journal: Path, trades: int, seed: int) -> Report:
    settings = Settings(trades, seed, "typical", str(journal), time_scale=SCALE)
    return run_demo(settings, lambda done, total: None)


def whose(journal: Path) -> list[dict[str, Any]]:
    """Whose accounts each start found."""
    store = open_store(str(journal), readonly=True)
    try:
        return [parse(each.body)["accounts"] for each in store.records() if each.kind == "opened"]
    finally:
        store.close()


# Early: an entry is just durable; later: orders are out, fills are read, exits run.
@pytest.mark.parametrize(("nth", "durable"), [(8, True), (9, False), (17, True), (30, False), (55, True)])
def test_a_crash_at_an_append_is_recovered_over_the_wire(
    nth: int, durable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = tmp_path / "journal.db"

    def crashing(path: str) -> Any:
        return CrashingStore(path, nth, durable=durable)

    with monkeypatch.context() as crash:
        crash.setattr("pairlock_adapters.demo.run.open_store", crashing)
        crashed = False
        try:
            over_the_wire(journal, 8, nth)
        except* (Crash, JournalFailed):
            crashed = True
    assert crashed, "the run came to its end before it could crash"

    report = over_the_wire(journal, 2, nth)
    assert report.broken == []
    plain = report.plain
    assert (plain["open"], plain["stuck"], plain["duplicate_orders"]) == (0, 0, 0)
    found = audit_journal(str(journal))
    assert (found["broken"], found["open"], found["stuck"]) == ([], 0, 0)
    first, second = whose(journal)
    assert first == second
    assert set(first) == {"kalshi", "polymarket"}
    truth = Truth(f"{journal}.venues")
    try:
        twice = "SELECT intent_id FROM requests WHERE fault_duplicate=0 GROUP BY venue,intent_id HAVING count(*)>1"
        assert list(truth.rows(twice)) == []
        assert next(truth.rows("SELECT count(*) FROM positions WHERE qty_e6<>0"))[0] == 0
    finally:
        truth.close()
