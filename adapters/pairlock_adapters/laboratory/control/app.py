"""The routes of the control API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette

from pairlock_adapters.laboratory.control.faults import fault_routes
from pairlock_adapters.laboratory.control.markets import market_routes
from pairlock_adapters.laboratory.control.reading import truth_routes

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.lab import Laboratory


def control_app(lab: Laboratory) -> Starlette:
    """Everything that control can do."""
    return Starlette(routes=[*truth_routes(lab), *fault_routes(lab), *market_routes(lab)])
