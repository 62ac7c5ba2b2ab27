"""Reading the truth: what really happened at the venues, table by table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.routing import Route

from pairlock.errors import UserError
from pairlock_adapters.laboratory.control.asked import control_route

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.lab import Laboratory

TABLES = ("balances", "positions", "markets", "requests", "orders", "fills", "payouts", "conditions")


def truth_routes(lab: Laboratory) -> list[Route]:
    async def ready(request: Request) -> object:
        return lab.ready

    async def whole(request: Request) -> object:
        return {table: _rows(lab, table, {}) for table in TABLES}

    async def one(request: Request) -> object:
        return _rows(lab, str(request.path_params["table"]), dict(request.query_params))

    return [
        control_route("GET", "/ready", ready),
        control_route("GET", "/truth", whole),
        control_route("GET", "/truth/{table}", one),
    ]


def _rows(lab: Laboratory, table: str, wanted: dict[str, str]) -> list[dict[str, object]]:
    """The rows of ``table`` whose columns are as ``wanted``. Raises UserError for what it has not."""
    if table not in TABLES:
        raise UserError(f"there is no table {table!r}; use one of {', '.join(TABLES)}")
    truth = lab.world.truth
    lab.world.timeline.advance()
    columns = [str(row[1]) for row in truth.rows(f"PRAGMA table_info({table})")]
    for name in wanted:
        if name not in columns:
            raise UserError(f"{table} has no column {name!r}; use one of {', '.join(columns)}")
    where = " AND ".join(f"CAST({name} AS TEXT)=?" for name in wanted) or "1"
    found = truth.rows(f"SELECT * FROM {table} WHERE {where}", tuple(wanted.values()))
    return [dict(zip(columns, row, strict=True)) for row in found]
