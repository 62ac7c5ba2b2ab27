"""Beyond fault model F: whether a repair answers for everything that a venue did after it was final (claim 6)."""

from __future__ import annotations

from pairlock.model import FillStatus, Role, Trade
from pairlock_adapters.demo.judge import Broken
from pairlock_adapters.simulated.truth import Truth

_ADOPTED = (Role.ADOPTED_IN, Role.ADOPTED_OUT)


class Breaches:
    """What every closed trade believes of its final fills; compared with the truth once nothing is open."""

    def __init__(self) -> None:
        self._believed_e6: dict[str, int] = {}
        self._trades: set[str] = set()

    def closed(self, trade: Trade) -> None:
        self._trades.add(trade.trade_id)
        for order in trade.orders:
            for fill in order.fills:
                if fill.status is FillStatus.FINAL:
                    # A repair adopts what a fill grew by under its id and "+", and takes a failed one away.
                    takes = order.role is Role.ADOPTED_OUT and fill.fill_id in self._believed_e6
                    name = fill.fill_id.rstrip("+") if order.role in _ADOPTED else fill.fill_id
                    signed_e6 = -fill.qty_e6 if takes else fill.qty_e6
                    self._believed_e6[name] = self._believed_e6.get(name, 0) + signed_e6

    def unanswered(self, truth: Truth) -> list[Broken]:
        """Every true final fill that neither its trade, closed in this run, nor a repair holds; and the other way."""
        broken = []
        left = dict(self._believed_e6)
        for fill_id, intent_id, qty_e6 in truth.rows(
            "SELECT fill_id,intent_id,qty_e6 FROM fills WHERE status='final'"
        ):
            held_e6, trade_id = left.pop(fill_id, 0), intent_id.rsplit(".", 2)[0]
            if held_e6 != qty_e6 and trade_id in self._trades:
                told = (
                    f"{intent_id} filled {qty_e6} e6 finally ({fill_id}), trades and repairs hold {held_e6}"
                )
                broken.append(Broken(6, trade_id, told))
        broken += [
            Broken(6, "", f"{held_e6} e6 of {fill_id} are held, and the venue has no such final fill")
            for fill_id, held_e6 in left.items()
            if held_e6
        ]
        return broken
