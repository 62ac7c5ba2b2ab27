"""Pairlock's own adapters are held to every conformance check over the wire, against the laboratory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from broken_adapters import UnknownIsZero
from pairlock.ports import Clock, Venue
from pairlock_adapters.conformance import CHECKS, NotConforming, Outcome
from pairlock_adapters.conformance.on_wire import OWN, held_to_over_the_wire, run_over_the_wire
from pairlock_adapters.net.keys import KeyRing
from pairlock_adapters.net.signed import SignedHttp
from pairlock_adapters.simulated.worldgen import KALSHI, POLYMARKET


@pytest.mark.parametrize("venue", [KALSHI, POLYMARKET])
@pytest.mark.parametrize("number", list(CHECKS))
def test_our_adapter_passes_over_the_wire(venue: str, number: str) -> None:
    check = CHECKS[number]
    result = run_over_the_wire(venue, check, OWN[venue])
    assert result.outcome is not Outcome.FAILS, f"{number} ({check.sentence}): {result.told}"
    assert (result.outcome is Outcome.ABSENT) is not check.means_something(venue, on_wire=True)


@asynccontextmanager
async def open_wrong_kalshi(ready: Mapping[str, object], clock: Clock) -> AsyncIterator[Venue]:
    """An adapter of somebody else's, that takes an unknown outcome for a zero."""
    async with OWN[KALSHI](ready, clock) as venue:
        yield UnknownIsZero(venue)  # type: ignore[arg-type]


def test_a_wrong_adapter_is_caught_over_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {number: CHECKS[number] for number in ("PL-K02", "PL-K04")}
    monkeypatch.setattr("pairlock_adapters.conformance.on_wire.CHECKS", kept)
    with pytest.raises(NotConforming, match="PL-K04") as caught:
        held_to_over_the_wire(KALSHI, open_wrong_kalshi)
    assert "PL-K02" not in str(caught.value)


def _never_fails_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeyRing, "failed", lambda self, key, why, until_ms: None)


def _posts_again_under_the_next_key(monkeypatch: pytest.MonkeyPatch) -> None:
    once = SignedHttp.post_once

    async def again(self: Any, *args: Any, **how: Any) -> Any:
        answer = await once(self, *args, **how)
        return await once(self, *args, **how) if answer.status == 401 else answer

    monkeypatch.setattr(SignedHttp, "post_once", again)


@pytest.mark.parametrize("venue", [KALSHI, POLYMARKET])
@pytest.mark.parametrize(
    ("plant", "told"),
    [(_never_fails_over, "cannot be read"), (_posts_again_under_the_next_key, "under a key that is refused")],
)
def test_a_second_key_that_is_not_used_or_used_too_soon_is_caught(
    venue: str, plant: Callable[[pytest.MonkeyPatch], None], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PL-K77 can fail: by an adapter that never takes the other key, and by one that posts the order again."""
    plant(monkeypatch)
    result = run_over_the_wire(venue, CHECKS["PL-K77"], OWN[venue])
    assert result.outcome is Outcome.FAILS
    assert told in result.told
