"""The seven risk gates: each a verdict with its numbers, all of them always judged. Pure, integers only.

Five are the brief's (profitability, liquidity, latency, platform, balance); resolution and exit bound are the
design's (section 5). What is unknown fails: a ping not measured, a pair not reviewed, a book not trusted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from attrs import frozen

from pairlock.book import Book, depth_e2
from pairlock.exit_bound import NO_ROUTE, ExitLoss, cheapest_exit_loss_micros
from pairlock.fees import calculate_minimum_profit_threshold, spend_at_limit_micros
from pairlock.limits import Limits
from pairlock.opportunity import ArbitrageOpportunity
from pairlock.opportunity_checks import MICROS_PER_E4, PLATFORMS, book_problem, inconsistency, staleness
from pairlock.ports import MarketRules
from pairlock.units import CONTRACT_E2, DOLLAR_E4, DOLLAR_MICROS, proceeds_down_micros, size_to_fill_e6

BRIEF_SCHEDULE = "brief"
OUTCOMES = ("yes", "no")

PROFITABILITY = "profitability"
LIQUIDITY = "liquidity"
LATENCY = "latency"
PLATFORM = "platform"
BALANCE = "balance"
RESOLUTION = "resolution"
EXIT_BOUND = "exit_bound"
GATES = (PROFITABILITY, LIQUIDITY, LATENCY, PLATFORM, BALANCE, RESOLUTION, EXIT_BOUND)

Numbers = tuple[tuple[str, int], ...]


@frozen
class GateVerdict:
    """``detail`` is for people; ``numbers`` are the same figures by name, units in the names."""

    gate: str
    passed: bool
    detail: str
    numbers: Numbers = ()


@frozen
class LegInput:
    """What was read for one leg: rules and book of its market, its account, and the pings of its venue.

    ``needed_micros``: what the trade would reserve on this venue. ``p50_ping_ms``: None when nothing was measured.
    """

    platform: str
    rules: MarketRules
    book: Book
    balance_micros: int
    needed_micros: int
    p50_ping_ms: int | None


@frozen
class GateInput:
    """Everything that the gates judge. ``legs``: YES on platform_a, NO on platform_b; limits are the
    opportunity's prices. The brief's fee schedule is in force where a leg's rules name it."""

    opportunity: ArbitrageOpportunity
    legs: tuple[LegInput, LegInput]
    size_e2: int
    reviewed: bool
    now_ms: int
    limits: Limits
    size_reason: str = ""
    platforms: Collection[str] = PLATFORMS

    @property
    def prices_e4(self) -> tuple[int, int]:
        return self.opportunity.price_a_e4, self.opportunity.price_b_e4


def p50_ms(pings_ms: Sequence[int]) -> int | None:
    """The median, the upper of the middle two when even; None of nothing: no ping is not a fast one."""
    return sorted(pings_ms)[len(pings_ms) // 2] if pings_ms else None


def judge(given: GateInput) -> tuple[GateVerdict, ...]:
    """All seven verdicts in the order of ``GATES``, each judged whatever the others say."""
    wrong = inconsistency(given.opportunity, platforms=given.platforms) or _mixed_up(given)
    if wrong:  # its prices, markets or sides mean nothing: the four gates that compute with them refuse
        refused = {
            gate: GateVerdict(gate, False, wrong) for gate in (PROFITABILITY, LIQUIDITY, LATENCY, EXIT_BOUND)
        }
    elif given.size_e2 <= 0:
        nothing = (
            f"size {given.size_e2} is nothing to trade{': ' if given.size_reason else ''}{given.size_reason}"
        )
        refused = {gate: GateVerdict(gate, False, nothing) for gate in (PROFITABILITY, LIQUIDITY, EXIT_BOUND)}
    else:
        refused = {}
    judges = (_profitability, _liquidity, _latency, _platform, _balance, _resolution, _exit_bound)
    return tuple(refused.get(gate) or judge_one(given) for gate, judge_one in zip(GATES, judges, strict=True))


def first_refusal(verdicts: Sequence[GateVerdict]) -> GateVerdict | None:
    """The first gate that refused, in the fixed order; None only when all seven were judged and passed."""
    if tuple(verdict.gate for verdict in verdicts) != GATES:
        return GateVerdict("", False, "not every gate was judged")
    return next((verdict for verdict in verdicts if not verdict.passed), None)


def _mixed_up(given: GateInput) -> str:
    """Crossed legs are the field's oldest defect: a leg's venue, rules and book must be those the opportunity names."""
    o = given.opportunity
    wanted = ((o.platform_a, o.market_a), (o.platform_b, o.market_b))
    for name, leg, (platform, market) in zip("ab", given.legs, wanted, strict=True):
        if (leg.platform, leg.rules.market, leg.book.market) != (platform, market, market):
            return (
                f"leg {name} is {market} on {platform}, but was given {leg.platform}, the rules of"
                f" {leg.rules.market} and the book of {leg.book.market}"
            )
    return ""


def _profitability(given: GateInput) -> GateVerdict:
    o, size_e2, gates = given.opportunity, given.size_e2, given.limits.gates
    payout_micros = size_e2 * DOLLAR_MICROS // CONTRACT_E2
    spend_micros = sum(
        spend_at_limit_micros(leg.rules.fees, price_e4, size_e2)
        for leg, price_e4 in zip(given.legs, given.prices_e4, strict=True)
    )
    net_micros = payout_micros - spend_micros
    least_micros = gates.min_net_profit_micros
    numbers = [("size_e2", size_e2), ("worst_net_micros", net_micros)]
    schedules = [leg.rules.fees.name for leg in given.legs]
    passed, said = net_micros > 0, [f"worst net {net_micros} micro-dollars for {size_e2} (1/100 contract)"]
    if BRIEF_SCHEDULE in schedules:
        threshold_ppm = calculate_minimum_profit_threshold(o.market_class)
        gross_micros = o.gross_profit_e4 * MICROS_PER_E4
        numbers += [("gross_micros_per_contract", gross_micros), ("threshold_ppm", threshold_ppm)]
        passed = passed and gross_micros > threshold_ppm  # ppm of one dollar = micro-dollars per contract
        said.append(f"gross {gross_micros} per contract against the brief's threshold {threshold_ppm}")
    if set(schedules) != {BRIEF_SCHEDULE}:
        numbers.append(("min_net_profit_micros", least_micros))
        passed = passed and net_micros * CONTRACT_E2 > least_micros * size_e2
        per_contract_micros = net_micros * CONTRACT_E2 // size_e2
        said.append(f"{per_contract_micros} per contract, more than {least_micros} wanted")
    return GateVerdict(PROFITABILITY, passed, "; ".join(said), tuple(numbers))


def _liquidity(given: GateInput) -> GateVerdict:
    faults: list[str] = []
    numbers: list[tuple[str, int]] = [("size_e2", given.size_e2)]
    for name, leg, outcome, price_e4 in zip("ab", given.legs, OUTCOMES, given.prices_e4, strict=True):
        deep_e2 = depth_e2(leg.book.asks_of(outcome), price_e4, buying=True)
        numbers.append((f"depth_{name}_e2", deep_e2))
        fill_e6 = size_to_fill_e6(given.size_e2)
        problem = book_problem(leg.book)
        if problem:
            faults.append(problem)
        elif deep_e2 < given.size_e2:
            faults.append(f"{leg.platform} offers {deep_e2} of {outcome} at {price_e4} or better")
        if leg.rules.tick_e4 <= 0 or price_e4 % leg.rules.tick_e4:
            faults.append(f"{leg.platform}'s tick is {leg.rules.tick_e4}, of which {price_e4} is no multiple")
        if given.size_e2 < leg.rules.min_size_e2:
            faults.append(f"{leg.platform} takes no less than {leg.rules.min_size_e2}")
        elif proceeds_down_micros(price_e4, fill_e6) < leg.rules.min_notional_micros:
            faults.append(f"{leg.platform} takes no less than {leg.rules.min_notional_micros} micro-dollars")
    shown = ", ".join(f"{name} {value}" for name, value in numbers)
    return GateVerdict(LIQUIDITY, not faults, "; ".join([*faults, shown]), tuple(numbers))


def _latency(given: GateInput) -> GateVerdict:
    gates, window_ms = given.limits.gates, given.opportunity.execution_window_ms
    numbers = [("execution_window_ms", window_ms), ("min_execution_window_ms", gates.min_execution_window_ms)]
    faults = []
    if window_ms <= gates.min_execution_window_ms:
        faults.append("the window is not longer than the least one")
    stale = staleness(given.opportunity, given.now_ms, given.limits)
    if stale:
        faults.append(stale)
    for name, leg in zip("ab", given.legs, strict=True):
        age_ms = given.now_ms - leg.book.read_at_ms
        numbers.append((f"book_{name}_age_ms", age_ms))
        if not 0 <= age_ms <= gates.max_book_age_ms:
            faults.append(
                f"{leg.platform}'s book is {age_ms} ms old, max_book_age_ms {gates.max_book_age_ms}"
            )
    shown = ", ".join(f"{name} {value}" for name, value in numbers)
    return GateVerdict(LATENCY, not faults, "; ".join([*faults, shown]), tuple(numbers))


def _platform(given: GateInput) -> GateVerdict:
    most_ms = given.limits.gates.max_ping_ms
    numbers = [("max_ping_ms", most_ms)]
    faults, seen = [], []
    for name, leg in zip("ab", given.legs, strict=True):
        if not leg.rules.open:
            faults.append(f"{leg.platform}'s market {leg.rules.market} is not open")
        if leg.p50_ping_ms is None:
            faults.append(f"{leg.platform} has no ping measured")
            continue
        numbers.append((f"ping_{name}_ms", leg.p50_ping_ms))
        if 0 <= leg.p50_ping_ms < most_ms:
            seen.append(f"{leg.platform} answers in {leg.p50_ping_ms} ms")
        else:
            faults.append(f"{leg.platform} answers in {leg.p50_ping_ms} ms")
    said = "; ".join([*faults, *seen, f"less than {most_ms} ms wanted"])
    return GateVerdict(PLATFORM, not faults, said, tuple(numbers))


def _balance(given: GateInput) -> GateVerdict:
    numbers: list[tuple[str, int]] = []
    said, passed = [], True
    for name, leg in zip("ab", given.legs, strict=True):
        passed = passed and 0 < leg.needed_micros <= leg.balance_micros
        numbers += [
            (f"balance_{name}_micros", leg.balance_micros),
            (f"needed_{name}_micros", leg.needed_micros),
        ]
        said.append(f"{leg.platform} has {leg.balance_micros} micro-dollars, {leg.needed_micros} needed")
    return GateVerdict(BALANCE, passed, "; ".join(said), tuple(numbers))


def _resolution(given: GateInput) -> GateVerdict:
    passed = given.reviewed is True
    said = "a person reviewed the pair" if passed else "no person has reviewed this pair, or it is suspended"
    return GateVerdict(RESOLUTION, passed, f"{said}: {given.opportunity.event_id}")


def worst_exit(given: GateInput) -> tuple[ExitLoss, ExitLoss]:
    """What leaving again would lose by the cheapest route if leg a alone, or leg b alone, had filled in full."""
    limits = given.limits

    def alone(held: int) -> ExitLoss:
        here, there = given.legs[held], given.legs[1 - held]
        return cheapest_exit_loss_micros(
            size_e2=given.size_e2,
            outcome=OUTCOMES[held],
            limit_e4=given.prices_e4[held],
            book=here.book,
            rules=here.rules,
            other_limit_e4=given.prices_e4[1 - held],
            other_book=there.book,
            other_rules=there.rules,
            stress_ppm=limits.gates.exit_stress_ppm,
            slip_e4=min(limits.execution.exit_slip_e4, DOLLAR_E4),
        )

    return alone(0), alone(1)


def _exit_bound(given: GateInput) -> GateVerdict:
    most_e4 = given.limits.gates.max_exit_loss_per_contract_e4
    # (e4 x 100 micros) per contract x (size_e2 / 100) contracts
    most_micros = most_e4 * given.size_e2 * MICROS_PER_E4 // CONTRACT_E2
    losses = worst_exit(given)
    numbers = [("max_exit_loss_per_contract_e4", most_e4), ("max_exit_loss_micros", most_micros)]
    faults, said = [], []
    for name, leg, loss in zip("ab", given.legs, losses, strict=True):
        numbers.append((f"exit_loss_{name}_micros", loss.loss_micros))
        said.append(
            f"leg {name} alone loses {loss.loss_micros} micro-dollars by {loss.route}, at most {most_micros}"
        )
        problem = book_problem(leg.book)
        if problem:
            faults.append(problem)
    passed = not faults and all(loss.loss_micros <= most_micros for loss in losses)
    if any(loss.route == NO_ROUTE for loss in losses):
        said.append(f"only {given.limits.gates.exit_stress_ppm} ppm of the shown depth counts")
    return GateVerdict(EXIT_BOUND, passed, "; ".join([*faults, *said]), tuple(numbers))
