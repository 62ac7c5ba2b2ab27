"""What was traded in each market of the Kalshi face: the public tape, and the figures that are made of it."""

from __future__ import annotations

from attrs import define, field, frozen

# Older trades are forgotten.
_KEPT = 10_000


@frozen
class Trade:
    """``taker_yes``: the taker bought YES (or sold NO). Prices in YES terms."""

    trade_id: str
    market: str
    qty_e2: int
    yes_e4: int
    taker_yes: bool
    at_ms: int


@define
class Figures:
    last_e4: int = 0
    volume_e2: int = 0


@define
class Tape:
    """Trades in their order."""

    trades: list[Trade] = field(factory=list)
    _figures: dict[str, Figures] = field(factory=dict)

    def add(self, trade: Trade) -> None:
        self.trades.append(trade)
        del self.trades[:-_KEPT]
        figures = self._figures.setdefault(trade.market, Figures())
        figures.last_e4 = trade.yes_e4
        figures.volume_e2 += trade.qty_e2

    def of(self, market: str) -> Figures:
        return self._figures.get(market) or Figures()
