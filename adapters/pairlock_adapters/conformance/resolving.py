"""Resolutions: what a contract paid, and by which rule."""

from __future__ import annotations

from pairlock.model import Outcome, Payout
from pairlock_adapters.conformance.check import check, expect
from pairlock_adapters.conformance.rig import Rig
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.market_events import resolves_soon
from pairlock_adapters.simulated.state import MarketState

_PAID_WITHIN_MS = 60_000


async def _paid(rig: Rig, state: MarketState) -> None:
    """Both outcomes are told as they were paid."""
    market = state.spec.market
    before = await rig.venue.resolution(market, Outcome.YES)
    expect(before is None, f"the market trades, and is told as resolved: {before}")
    await rig.bought(state)
    resolves_soon(rig.exchange, market, 100, rig.now_ms(), counted=False)
    for outcome in Outcome:

        async def told(outcome: Outcome = outcome) -> bool:
            return await rig.venue.resolution(market, outcome) is not None

        await rig.when(f"{outcome} is told as paid", told, _PAID_WITHIN_MS)
        paid = rig.exchange.payout(market, outcome)
        expect(paid is not None, f"{outcome} is not paid, and is told as paid")
        said = await rig.venue.resolution(market, outcome)
        assert paid is not None
        expect(said == Payout(*paid), f"{outcome} paid {paid}, it says {said}")


@check(
    "PL-K80",
    "A resolution is told once it was paid, for each outcome as it paid.",
    "The trade is closed on it.",
)
async def yes_or_no(rig: Rig) -> None:
    for _ in range(3):
        await _paid(rig, rig.market())


@check(
    "PL-K81",
    "A void and a 50-50 are told as such, with what they paid.",
    "Venues void by other rules: the pair then pays neither a dollar nor nothing.",
    faults=[Fault(K.VOID, nth=1), Fault(K.FIFTY_FIFTY, nth=2)],
)
async def not_as_promised(rig: Rig) -> None:
    for _ in range(2):
        await _paid(rig, rig.market())
