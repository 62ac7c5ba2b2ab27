"""Health: pings, errors and fill rates of each venue, and the breakers that they trip."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pairlock.breakers import ErrorRate, Window, latency_tripped
from pairlock.gates import p50_ms
from pairlock.lifecycle import OS
from pairlock.limits import Limits
from pairlock.model import Order, Role
from pairlock.ports import Clock, Venue, VenueError
from pairlock.positions import final_e6
from pairlock.units import PPM

if TYPE_CHECKING:
    from pairlock.runner.engine import Engine


class VenueHealth:
    """One venue's pings in the window, recent errors, and how often its entries filled."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pings: deque[tuple[int, int]] = deque(maxlen=1_000)
        self.errors = ErrorRate(limits.breakers)
        self.answered_ms = -1
        self.entries = 0
        self.filled = 0

    def pinged(self, at_ms: int, took_ms: int) -> None:
        self.answered_ms = at_ms
        self._pings.append((at_ms, took_ms))

    def p50_ms(self, now_ms: int) -> int | None:
        """p50 over the ping window; None when nothing answered in it: no ping is not a fast one."""
        oldest = now_ms - self._limits.gates.ping_window_ms
        recent = [took for at, took in self._pings if at >= oldest]
        return p50_ms(recent)

    def fill_rate_ppm(self) -> int | None:
        """Share of entries that filled, once enough were measured."""
        if self.entries < self._limits.execution.fill_rate_samples:
            return None
        return self.filled * PPM // self.entries


class Monitor:
    def __init__(self, engine: Engine, venues: Mapping[str, Venue], limits: Limits, clock: Clock) -> None:
        self._engine = engine
        self._venues = venues
        self._limits = limits
        self._clock = clock
        self.health = {name: VenueHealth(limits) for name in venues}
        self._evaporated = Window(limits.breakers.error_window_ms)

    def error(self, venue: str, what: str) -> None:
        """A read or a request that gave no answer."""
        now_ms = self._clock.now_ms()
        errors = self.health[venue].errors
        errors.failed(now_ms)
        reason = errors.tripped(now_ms)
        if reason:
            self._engine.halt(f"errors:{venue}", f"{venue}: {reason}; the last: {what}")

    def answered(self, venue: str) -> None:
        """A read or a request that was answered."""
        self.health[venue].errors.answered(self._clock.now_ms())

    def liquidity_lost(self, venue: str, what: str) -> None:
        """A book emptied under a reservation: that trade aborts; too many of them halt trading."""
        now_ms = self._clock.now_ms()
        self._evaporated.add(now_ms)
        if self._evaporated.recent(now_ms) >= self._limits.breakers.max_liquidity_losses:
            self._engine.halt("liquidity", f"{venue}: {what}")

    def entry_ended(self, venue: str, order: Order) -> None:
        """For the measured fill rates that choose the plan."""
        if order.role is Role.ENTRY and order.state is OS.FINAL:
            health = self.health[venue]
            health.entries += 1
            health.filled += 1 if final_e6(order) > 0 else 0

    async def ping_once(self, name: str) -> None:
        try:
            took_ms = await self._venues[name].ping_ms()
        except VenueError:
            return  # counted where it was called
        self.answered(name)
        self.health[name].pinged(self._clock.now_ms(), took_ms)
        reason = latency_tripped(name, took_ms, self._limits.breakers)
        if reason:
            self._engine.halt("latency", reason)

    async def watch(self, name: str) -> None:
        """Ping for ever; each silence shows as an old window, which the platform gate refuses."""
        while True:
            await self._engine.sleep_ms(self._limits.polls.health_read_ms)
            await self.ping_once(name)
            silent_ms = self._clock.now_ms() - self.health[name].answered_ms
            if silent_ms > self._limits.breakers.max_data_age_ms:
                self._engine.halt("stale", f"{name} has not answered for {silent_ms} ms")
