"""Reading the truth: what really happened at the venues, table by table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from pairlock_adapters.laboratory.replies import Handler, Reply

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.lab import Laboratory

_TABLES = ("balances", "positions", "markets", "requests", "orders", "fills", "payouts", "conditions")


def truth_routes(lab: Laboratory) -> list[tuple[str, Handler]]:
    def table(name: str) -> Handler:
        async def read(request: Request) -> Reply:
            return Reply(200, _rows(lab, name, dict(request.query_params)))

        return read

    async def faults(request: Request) -> Reply:
        return Reply(200, {"fired": dict(sorted(lab.world.fired.items()))})

    async def ready(request: Request) -> Reply:
        return Reply(200, lab.ready)

    return [
        ("/ready", ready),
        ("/truth/faults", faults),
        *((f"/truth/{name}", table(name)) for name in _TABLES),
    ]


def _rows(lab: Laboratory, table: str, wanted: dict[str, str]) -> list[dict[str, object]]:
    """The rows of ``table`` whose columns are as ``wanted`` (a column that it has not is a 400)."""
    truth = lab.world.truth
    lab.world.timeline.advance()
    columns = [str(row[1]) for row in truth.rows(f"PRAGMA table_info({table})")]
    where = " AND ".join(f"CAST({name} AS TEXT)=?" for name in wanted if name in columns) or "1"
    values = tuple(value for name, value in wanted.items() if name in columns)
    found = truth.rows(f"SELECT * FROM {table} WHERE {where}", values)
    return [dict(zip(columns, row, strict=True)) for row in found]
