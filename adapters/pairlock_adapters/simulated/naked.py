"""Naked time by the venues' own truth: |contracts of YES less contracts of NO| of an event, over virtual time.

A pair that is equal on both venues nets to zero; one leg alone counts each contract for each millisecond, until the
other leg or an exit matches, the match fails, or a venue knows the result. Matches count from the moment they are
made until they fail.
"""

from __future__ import annotations

from pairlock.units import CONTRACT_E6
from pairlock_adapters.simulated.truth import Truth


class NakedMeter:
    """Fed in order of time. Remembers only events that are unequal now."""

    def __init__(self) -> None:
        self._total_e6_ms = 0
        self._open: dict[str, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def exposed(self, at_ms: int, event_id: str, by_e6: int) -> None:
        """``by_e6`` YES contracts more (NO contracts less)."""
        exposure_e6, since_ms = self._open.pop(event_id, (0, at_ms))
        self._total_e6_ms += abs(exposure_e6) * max(0, at_ms - since_ms)
        if exposure_e6 + by_e6:
            self._open[event_id] = (exposure_e6 + by_e6, at_ms)

    def resolved(self, at_ms: int, event_id: str) -> None:
        """A result is known: what is held is no longer a bet."""
        exposure_e6, since_ms = self._open.pop(event_id, (0, at_ms))
        self._total_e6_ms += abs(exposure_e6) * max(0, at_ms - since_ms)

    def contract_ms(self, now_ms: int) -> int:
        """Contract-milliseconds so far, rounded up (against us)."""
        running = sum(abs(e6) * max(0, now_ms - since_ms) for e6, since_ms in self._open.values())
        return -(-(self._total_e6_ms + running) // CONTRACT_E6)


_CHANGES = """
SELECT event_id, at_ms, by_e6, resolved FROM (
  SELECT m.event_id AS event_id, f.matched_ms AS at_ms, 0 AS resolved,
         f.qty_e6 * (CASE WHEN (f.outcome='yes') = f.buys THEN 1 ELSE -1 END) AS by_e6
    FROM fills f JOIN markets m ON m.venue=f.venue AND m.market=f.market
  UNION ALL
  SELECT m.event_id, f.final_at_ms, 0, -f.qty_e6 * (CASE WHEN (f.outcome='yes') = f.buys THEN 1 ELSE -1 END)
    FROM fills f JOIN markets m ON m.venue=f.venue AND m.market=f.market WHERE f.status='failed'
  UNION ALL
  SELECT event_id, min(resolve_at_ms), 1, 0 FROM markets WHERE status<>'open' GROUP BY event_id
) ORDER BY event_id, at_ms
"""


def naked_contract_ms(truth: Truth, now_ms: int) -> int:
    """Contract-milliseconds from the truth store, over every run and crash of it: one event after another."""
    meter = NakedMeter()
    ended = ""
    for event_id, at_ms, by_e6, resolved in truth.rows(_CHANGES):
        if event_id == ended:
            continue
        if resolved:
            meter.resolved(at_ms, event_id)
            ended = event_id
        else:
            meter.exposed(at_ms, event_id, by_e6)
    return meter.contract_ms(now_ms)
