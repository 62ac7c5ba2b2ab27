"""A trade's story on the screen: for a person, in 100 columns; without colours or lines where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pairlock.audit.words import contracts, dollars, ledger_dollars, price, safe, size, span

Plain = dict[str, Any]
WIDTH = 100
_STYLE = {
    "SETTLED": "green",
    "HEDGED": "yellow",
    "HEDGING": "bold yellow",
    "STUCK": "bold red",
    "ROLLED_BACK": "dim",
}
_MONEY = (
    ("bought", "bought_micros", True),
    ("sold", "sold_micros", True),
    ("fees", "fees_micros", True),
    ("claimed, not seen", "claimed_micros", False),
    ("sales not final", "awaited_micros", False),
    ("payout", "payout_micros", True),
    ("complete sets", "sets_micros", False),
    ("result", "result_micros", True),
    ("reserved", "reserved_micros", True),
    ("of it for exits", "reserved_for_exits_micros", True),
)


def _head(told: Plain) -> Iterator[Text]:
    state = told["state"]
    title = Text(f"{'repair' if told['repairs'] else 'trade'} {told['trade_id']}  ", style="bold")
    title.append(state, style=_STYLE.get(state, "bold"))
    title.append(f" ({told['verdict']})" if told["verdict"] else "")
    money = told["money"]
    title.append(
        f"  {dollars(money['realized_micros'])} of {dollars(money['promised_micros'])} promised", style=""
    )
    yield title
    answers = f", answers for {told['repairs']}" if told["repairs"] else ""
    yield Text(f"event {safe(told['event_id'])}{answers}")
    for leg, limit_e4 in zip(money["legs"], told["limits_e4"], strict=True):
        what = f"{size(told['size_e2'])} " if told["size_e2"] else ""
        yield Text(
            f"  {leg['leg']}  buy {what}{leg['outcome'].upper()} on {leg['venue']}, market {safe(leg['market'])}, "
            f"at {price(limit_e4)} or less"
        )
    if told["refusal"]:
        yield Text(f"  why it ended: {safe(told['refusal'])}")


def _what(entry: Plain) -> Text:
    """Everything that a record says, one thing a line: said, > events, + orders released, ! alerts."""
    text = Text(entry["said"])
    moves = [f"{each['name']} {each['from']} -> {each['to']}" for each in entry["orders_moved"]]
    if entry["events"] or moves:
        text.append("\n> " + ", ".join([" + ".join(entry["events"]), *moves]), style="dim")
    for order in entry["orders"]:
        text.append(f"\n+ {_order(order)}", style="cyan")
    for kind, detail in entry["alerts"]:
        text.append(f"\n! {kind}: {safe(detail)}", style="bold red")
    return text


def _order(order: Plain) -> str:
    bound = {"buy": "or less", "sell": "or more"}.get(order["side"], "")  # an adopted order was never sent
    limit = f" at {price(order['limit_e4'])} {bound}" if bound else ""
    return (
        f"{order['name']} {order['role']}: {order['side']} {size(order['size_e2'])} {order['outcome'].upper()} "
        f"on {order['venue']}{limit}"
    )


def _timeline(told: Plain) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("record", justify="right", no_wrap=True, style="dim")
    table.add_column("since", justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("nets A / B", justify="right")
    table.add_column("what happened", ratio=1)
    last = ""
    for entry in told["timeline"]:
        state = entry["state"]
        nets = " / ".join(contracts(net) for net in entry["nets_e6"])
        shown = Text(state, style=_STYLE.get(state, "bold") if state != last else "dim")
        table.add_row(str(entry["seq"]), span(entry["since_ms"]), shown, nets, _what(entry))
        last = state
    return table


def _money(told: Plain) -> Table:
    legs = told["money"]["legs"]
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    table.add_column("money")
    for leg in legs:
        table.add_column(f"{leg['leg']}: {leg['outcome'].upper()} on {leg['venue']}", justify="right")
    table.add_column("both", justify="right")
    for name, key, always in _MONEY:
        values = [leg[key] for leg in legs]
        if always or any(values):
            shown = [ledger_dollars(value) for value in (*values, sum(values))]
            table.add_row(name, *shown, style="bold" if name == "result" else "")
    table.add_row("net contracts", *(contracts(leg["net_e6"]) for leg in legs), "")
    table.add_row("paid a contract", *(_per_contract(leg) for leg in legs), "")
    return table


def _per_contract(leg: Plain) -> str:
    if leg["payout_per_contract_e4"] is None:
        return "not read"
    kind = "" if leg["payout_kind"] == "normal" else f" ({leg['payout_kind']})"
    return price(leg["payout_per_contract_e4"]) + kind


def _summary(told: Plain) -> Iterator[Text]:
    money = told["money"]
    promised, realized, cost = money["promised_micros"], money["realized_micros"], money["exit_cost_micros"]
    figures = f"promised {dollars(promised)}, {'so far' if cost is None else 'realized'} {dollars(realized)}"
    if cost is None:
        yield Text(f"{figures}; the trade is open")
    else:
        allowed = dollars(money["exit_loss_allowed_micros"])
        exits = f"exits cost {dollars(cost)}" if cost >= 0 else f"exits gained {dollars(-cost)}"
        yield Text(f"{figures}; {exits} (a loss of {allowed} was reserved for them)")
    for sentence in told["broken"]:
        yield Text(f"BROKEN {safe(sentence)}", style="bold red")


def _no_money(told: Plain) -> bool:
    return not any(leg[key] for leg in told["money"]["legs"] for _, key, _ in _MONEY)


def _parts(told: Plain) -> Iterator[Text | Table]:
    yield from _head(told)
    yield Text()
    yield _timeline(told)
    yield Text()
    if _no_money(told):
        yield Text("money: nothing was reserved, bought or sold")
    else:
        yield _money(told)
        yield Text()
    yield from _summary(told)


def show(told: Plain) -> None:
    """Print the story, then those of its repairs."""
    console = Console(
        width=None if sys.stdout.isatty() else WIDTH, highlight=False, markup=False, emoji=False
    )
    with console.capture() as captured:
        for number, each in enumerate([told, *told["repaired_by"]]):
            if number:
                console.print()
            for part in _parts(each):
                console.print(part)
        if told["repaired_by"]:
            console.print(f"\nwith its repairs: {dollars(told['family_realized_micros'])}")
    lines = "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())
    encoding = sys.stdout.encoding or "utf-8"  # a market's name may hold what this terminal cannot show
    sys.stdout.write(lines.encode(encoding, "backslashreplace").decode(encoding))
