"""Pairlock: a fail-safe execution engine for two-leg trades across prediction markets.

The public names are here; ``docs/embedding.md`` shows their use. The promise and its assumptions: ``docs/promise.md``.
"""

from pairlock.commands import AlertKind
from pairlock.errors import (
    EngineBug,
    ExecutionAborted,
    ExecutionFailed,
    PairlockError,
    TradingHalted,
    UserError,
)
from pairlock.lifecycle import E, S
from pairlock.limits import Limits
from pairlock.opportunity import ArbitrageOpportunity
from pairlock.opportunity_checks import check_opportunity, make_opportunity
from pairlock.ports import (
    AlertChannel,
    Clock,
    MarketRules,
    OrderIntent,
    PairRegistry,
    ReviewedPair,
    Venue,
    VenueError,
)
from pairlock.runner.alerts import CallChannel, LogChannel
from pairlock.runner.engine import Engine
from pairlock.runner.events import Missed, TradeEvent
from pairlock.runner.handle import Trade
from pairlock.runner.opening import open_engine
from pairlock.runner.results import LegFill, TradeResult

__all__ = [
    "AlertChannel",
    "AlertKind",
    "ArbitrageOpportunity",
    "CallChannel",
    "Clock",
    "E",
    "Engine",
    "EngineBug",
    "ExecutionAborted",
    "ExecutionFailed",
    "LegFill",
    "Limits",
    "LogChannel",
    "MarketRules",
    "Missed",
    "OrderIntent",
    "PairRegistry",
    "PairlockError",
    "ReviewedPair",
    "S",
    "Trade",
    "TradeEvent",
    "TradeResult",
    "TradingHalted",
    "UserError",
    "Venue",
    "VenueError",
    "check_opportunity",
    "make_opportunity",
    "open_engine",
]
