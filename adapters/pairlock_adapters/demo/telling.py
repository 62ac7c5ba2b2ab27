"""A failure as text: the claim, the script, both sides' beliefs beside the truth, and the command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from pairlock.units import CONTRACT_E6
from pairlock_adapters.demo.beliefs import Beliefs, FillTold, LegTold, OrderTold
from pairlock_adapters.demo.failing import Failure

# Longer scripts are in their file only.
_MOST_FAULTS = 20


def dollars(micros: int) -> str:
    """Micro-dollars as dollars."""
    sign = "-" if micros < 0 else ""
    return f"{sign}${abs(micros) // 1_000_000:,}.{abs(micros) % 1_000_000:06d}"


def told(failures: Sequence[Failure]) -> Iterator[str]:
    """What is printed of the claims that broke, a text for each script, ended by a newline."""
    for _, same in groupby(failures, key=lambda each: (each.script, each.file, each.shrunk)):
        yield _told(list(same))


def _told(same: list[Failure]) -> str:
    lines = []
    for failure in same:
        by = f"trade {failure.trade}" if failure.trade else "the whole run"
        lines += ["", f"claim {failure.claim} broken by {by}", f"  {failure.sentence}"]
    first = same[0]
    if first.note:
        lines += ["", f"note: {first.note}"]
    for beliefs in dict.fromkeys(each.beliefs for each in same):
        lines += ["", *_sides(beliefs)] if beliefs else []
    lines += ["", f"{'shortest' if first.shrunk else 'recorded'} script, {_faults(first.faults)}"]
    lines[-1] += f": {first.file}" if first.file else ""
    if first.problem:
        lines.append(f"note: {first.problem}")
    if first.faults <= _MOST_FAULTS:
        lines += [f"  {line}" if line else "" for line in first.script.splitlines()]
    if first.replay:
        lines += ["", "replay", f"  {first.replay}"]
    return "\n".join(lines) + "\n"


def _faults(count: int) -> str:
    return "1 fault" if count == 1 else f"{count or 'no'} faults"


def _sides(beliefs: Beliefs) -> Iterator[str]:
    yield f"{'at virtual ms ' + str(beliefs.at_ms):<29} {'the engine believes':<36} the venue's books say"
    if beliefs.trade_id:
        verdict = f", verdict {beliefs.verdict}" if beliefs.verdict else ""
        yield f"trade {beliefs.trade_id}: {beliefs.state}{verdict}"
    for leg in beliefs.legs:
        yield f"{leg.venue}: {leg.market} {leg.outcome}"
        for order in beliefs.orders:
            if order.venue == leg.venue:
                yield from _order(order)
        yield from _leg(leg)
    for account in beliefs.accounts:
        cash = dollars(account.believed_cash_micros), dollars(account.true_cash_micros)
        yield _row(f"{account.venue} cash", *cash)


def _order(order: OrderTold) -> Iterator[str]:
    price_cents = f"{order.limit_e4 // 100}.{order.limit_e4 % 100:02d}"
    size = f"{order.size_e2 // 100}.{order.size_e2 % 100:02d}"
    yield f"  {order.intent_id}: {order.role} {size} at {price_cents} cents"
    yield f"{'    state':<29} {order.believed_state or 'not known':<36} {order.true_status or 'never taken'}"
    believed = {fill.fill_id: fill for fill in order.believed_fills}
    true = {fill.fill_id: fill for fill in order.true_fills}
    for ident in dict.fromkeys((*believed, *true)):
        yield _row(f"    fill {_short(ident)}", _fill(believed.get(ident)), _fill(true.get(ident)))


def _leg(leg: LegTold) -> Iterator[str]:
    yield _row("  net", _contracts(leg.believed_net_e6), _contracts(leg.true_net_e6))
    yield _row("  paid, with fees", dollars(leg.believed_paid_micros), dollars(leg.true_paid_micros))


def _row(name: str, believed: str, true: str) -> str:
    return f"{name:<29} {believed:<36} {true}{'' if believed == true else '   <-'}"


def _fill(fill: FillTold | None) -> str:
    if fill is None:
        return "none"
    paid = dollars(fill.cost_micros + fill.fee_micros)
    return f"{_contracts(fill.qty_e6)} {fill.status}, {paid}"


def _contracts(qty_e6: int) -> str:
    sign, size_e6 = "-" if qty_e6 < 0 else "", abs(qty_e6)
    return f"{sign}{size_e6 // CONTRACT_E6}.{size_e6 % CONTRACT_E6:06d}"


def _short(ident: str) -> str:
    """Enough of a fill's id to find it by."""
    return ident if len(ident) <= 18 else f"{ident[:8]}..{ident[-8:]}"
