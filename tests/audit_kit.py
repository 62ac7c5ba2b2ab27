"""Journals for the tests of the audit: one of a real demo, one with an exited trade and a repair, and forgeries."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine_kit import LONG_LIVES, Bench, Setup, on_bench
from pairlock import S
from pairlock.audit import standalone
from pairlock.facts import OrderReport, Reported
from pairlock.journal.records import GENESIS_HASH, record_hash
from pairlock.model import Fill, FillStatus
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault

STANDALONE = Path(standalone.__file__)
Row = dict[str, Any]
Rows = list[Row]


def pairlock(*arguments: str | Path, **how: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pairlock", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **how)


def isolated(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The verifier as an auditor runs it: no packages, no environment, nothing of ours on the path."""
    command = [sys.executable, "-I", "-S", "-W", "error", str(STANDALONE), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")


def verdict(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    """Exit code of the isolated verifier, and the one JSON object that it prints."""
    done = isolated(*arguments)
    assert done.stderr == ""
    told = json.loads(done.stdout, parse_float=str)
    assert isinstance(told, dict)
    return done.returncode, told


def demo(path: Path, trades: int = 30) -> dict[str, Any]:
    done = pairlock("demo", "--in-process", "--trades", str(trades), "--journal", path, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout, parse_float=str)
    assert isinstance(told, dict)
    return told


def journal_and_table(folder: Path) -> tuple[Path, Path]:
    """A demo's journal, and the table that it was recorded under."""
    demo(folder / "j.db", trades=15)
    done = pairlock("audit", "table", "--format", "json")
    assert done.returncode == 0
    (folder / "table.json").write_text(done.stdout, encoding="ascii")
    return folder / "j.db", folder / "table.json"


def repaired(path: Path) -> tuple[str, str]:
    """A trade whose second leg is refused and which is exited; then its venue takes a final word back: a repair."""

    async def body(bench: Bench) -> tuple[str, str]:
        trade = await bench.submit()
        await bench.until(lambda: trade.state in (S.HEDGED, S.SETTLED))
        value = bench.values[trade.trade_id]
        order = next(each for each in value.orders if each.fills)
        more = Fill("late", 2_000_000, 900_000, 0, FillStatus.FINAL)
        report = OrderReport(
            at_ms=bench.engine.clock.now_ms(),
            intent_id=order.intent_id,
            asked_at_ms=bench.engine.clock.now_ms(),
            reported=Reported.CERTAIN,
            matched_e6=order.matched_e6 + more.qty_e6,
            fills=(*order.fills, more),
        )
        bench.engine.late_mail(value, report)
        repair = next(each for each in bench.engine.open_trades() if each.trade_id != trade.trade_id)
        await bench.until(lambda: repair.trade_id in bench.values)
        return trade.trade_id, repair.trade_id

    script = (Fault(K.SHUT, "kalshi", role="entry"),)
    return on_bench(Setup(script=script, journal=str(path), sizes=LONG_LIVES), body)


# --- forging: a file that was edited by someone who computes every later hash anew ------------------------------------


def rows_in(path: Path) -> Rows:
    database = sqlite3.connect(path)
    database.row_factory = sqlite3.Row
    rows = [dict(row) for row in database.execute("SELECT * FROM records ORDER BY seq")]
    database.close()
    return rows


def forged(source: Path, to: Path, change: Callable[[Rows], None]) -> Path:
    """A copy whose records were changed, renumbered and chained anew, with the head that then belongs to them."""
    shutil.copy(source, to)
    rows = rows_in(source)
    change(rows)
    prev = GENESIS_HASH
    for seq, row in enumerate(rows, 1):
        row |= {"seq": seq, "prev": prev}
        row["hash"] = prev = record_hash(seq, prev, row["kind"], row["trade"], row["at_ms"], row["body"])
    database = sqlite3.connect(to)
    database.execute("DELETE FROM records")
    names = "seq, trade, kind, at_ms, body, prev, hash"
    values = [tuple(row[name] for name in names.split(", ")) for row in rows]
    database.executemany(f"INSERT INTO records({names}) VALUES(?, ?, ?, ?, ?, ?, ?)", values)
    database.execute("UPDATE meta SET value = ? WHERE key = 'head'", (f"{len(rows)} {prev}",))
    database.commit()
    database.close()
    return to


def body_of(row: Row) -> dict[str, Any]:
    body = json.loads(row["body"], parse_float=str)
    assert isinstance(body, dict)
    return body


def put(row: Row, **changed: Any) -> None:
    """Change parts of a record's body, in its canonical form."""
    row["body"] = json.dumps({**body_of(row), **changed}, sort_keys=True, separators=(",", ":"))
