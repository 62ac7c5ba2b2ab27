"""What each reduction gives on the parts of a scope, measured; and whether all that allows them holds there.

python tools/reductions.py small            all parts, in full and reduced, checked: exit 1 when a check fails
python tools/reductions.py standard 16      one part of the scope, by its number, searched in every way
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Collection

from attrs import evolve

from pairlock_specs import reduction
from pairlock_specs.explore import Explorer
from pairlock_specs.reduced import ReducedExplorer
from pairlock_specs.scope import SCOPES, Scope

WAYS: dict[str, Callable[[Scope], Explorer]] = {
    "in full": Explorer,
    "no memo": lambda scope: Explorer(scope, memo=False),
    "put off": lambda scope: ReducedExplorer(scope, forgets=False),
    "forgotten": lambda scope: ReducedExplorer(scope, transactions=False),
    "both": ReducedExplorer,
}


def fills_alike(explorer: Explorer) -> int:
    """How many states were left if it made no difference which of an order's equal fills is which.

    A bound for what symmetry could give: each fill as it is believed and as it is, in any order.
    """
    found: set[object] = set()
    for state in range(len(explorer.states)):
        trade, truth = explorer.trade_of(state), explorer.truth_of(state)
        fills = []
        for order in truth.orders:
            belief = trade.order(order.intent_id)
            held = {fill.fill_id: fill.status for fill in belief.fills} if belief else {}
            named = enumerate(order.fills)
            fills.append(sorted((q, s, held.get(f"{order.intent_id}.f{n}", "")) for n, (q, s) in named))
        bare = evolve(trade, orders=tuple(evolve(order, fills=()) for order in trade.orders))
        orders = tuple(order._replace(fills=()) for order in truth.orders)
        found.add((bare, truth._replace(orders=orders), repr(fills)))
    return len(found)


def legs_alike(explorer: Explorer) -> tuple[int, int]:
    """(truths, how many of them are the image of another one with the legs changed round, prices apart)."""
    shapes = {
        tuple((o.leg, o.role, o.wire, o.fills) for o in truth.orders) for truth in explorer.moves.truths
    }
    images = {tuple(sorted((1 - leg, *rest) for leg, *rest in shape)) for shape in shapes}
    with_image = sum(tuple(sorted(shape)) in images for shape in shapes)
    return len(shapes), with_image


def measured(scope: Scope, ways: Collection[str]) -> list[str]:
    """Prints what each of the ways takes; returns what a check found wrong."""
    print(scope.parts[0].name, flush=True)
    made: dict[str, Explorer] = {}
    for words in ways:
        began_ns = time.process_time_ns()
        made[words] = found = WAYS[words](scope).run()
        tenths = (time.process_time_ns() - began_ns) // 100_000_000
        print(
            f"  {words:9} {len(found.states):>9,} states {len(found.engine.trades):>7,} trades {found.edges:>10,} edges"
            f" {found.engine.full:>8,} steps taken {tenths // 10:>4}.{tenths % 10} s",
            flush=True,
        )
    full, reduced = made["in full"], made["both"]
    shapes, images = legs_alike(full)
    print(f"  symmetry: {fills_alike(full):,} states if equal fills were one;", end=" ")
    print(f"{images:,} of {shapes:,} truths have an image with the legs changed round", flush=True)
    assert isinstance(reduced, ReducedExplorer)
    wrong = [*reduction.not_movers(full), *reduction.not_forgettable(full)]
    wrong += [*reduction.skipped(full, reduced), *reduction.missed(full, reduced)]
    return wrong


def main() -> int:
    gc.disable()  # as any search: millions of values, and no cycles
    scope = SCOPES[sys.argv[1]]
    named = [int(number) for number in sys.argv[2:]]
    ways = WAYS if named else ("in full", "both")
    failed = 0
    for number in named or range(len(scope.parts)):
        part = scope.parts[number]
        wrong = measured(Scope(part.name, (part,), scope.most_states), ways)
        failed += bool(wrong)
        print("  " + ("\n  ".join(["WRONG", *wrong[:10]]) if wrong else "every check holds"), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
