"""The routes of the control API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from pairlock_adapters.laboratory.control.reading import truth_routes
from pairlock_adapters.laboratory.replies import endpoint

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.lab import Laboratory


def control_app(lab: Laboratory) -> Starlette:
    """Everything that control can do."""
    routes: list[Route] = [endpoint("GET", path, handler) for path, handler in truth_routes(lab)]
    return Starlette(routes=routes)
