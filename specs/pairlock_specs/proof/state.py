"""What the proof looks at: one trade, as it is at the venues and as the engine believes it, in unbounded integers.

Quantities are in 1/1,000,000 contract, money in micro-dollars. Orders of a leg are added up by what they do to it:
*add* (entry, completion), *comp* (complement) and *sell*; the last two take from the net. The one order of a leg that
may still fill is looked at by itself as well: its *slot*. How many orders there were, and how many crashes, is nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import z3
from attrs import frozen

from pairlock.lifecycle import CLOSED, S
from pairlock_specs.proof.logic import Value, both, choose, either, most, no

LEGS = (0, 1)
KINDS = ("add", "comp", "sell")
BUYS = ("add", "comp")
TAKES = ("comp", "sell")
STATES = tuple(S)  # a label is its place in this list
PLACE = {state: place for place, state in enumerate(STATES)}

# Per leg and kind. t: at the venue, b: as believed; f final, p pending (believed: also claimed and not seen), x failed.
# cf, cp: what final and pending fills really cost (of a sale: brought); uf: what fills believed final cost; up: at
# most what the others did.
OF_KIND = "tf tp tx bf bp bx cf cp uf up".split()
# Per leg. The slot: size, gross (really matched), known (believed matched), paid (what its matches cost), budget (what
# it may really cost yet), left (what it is believed to cost yet at most), kind (its place in KINDS).
# over: true cost beyond the budgets of orders; b_over: as believed; over_add, over_take: matched above their sizes;
# counted: adds believed failed when the last take was sized; booked: what the ledger says of fills that are not final;
# pay: what the market paid for what was left; funds: what deposits and other trades leave on the account.
OF_LEG = "cash size gross known paid budget left kind over b_over over_add over_take counted booked pay funds".split()
FLAGS = "active opened alive written durable read at_once".split()
WHOLE = ("label",)
WHOLE_FLAGS = ("on_final",)


@cache
def of_kind(name: str, kind: str, leg: int) -> str:
    return f"{name}.{kind}.{leg}"


@cache
def of_leg(name: str, leg: int) -> str:
    return f"{name}.{leg}"


def names() -> Iterator[tuple[str, bool]]:
    """Every variable, and whether it is a truth value."""
    for leg in LEGS:
        for kind in KINDS:
            for name in OF_KIND:
                yield of_kind(name, kind, leg), False
        for name in OF_LEG:
            yield of_leg(name, leg), False
        for name in FLAGS:
            yield of_leg(name, leg), True
    for name in WHOLE:
        yield name, False
    for name in WHOLE_FLAGS:
        yield name, True


@frozen(eq=False)
class State:
    """All variables by name, and what follows from them. Values are z3's or plain ones."""

    values: Mapping[str, Value]

    def of(self, name: str, leg: int, kind: str = "") -> Value:
        return self.values[of_kind(name, kind, leg) if kind else of_leg(name, leg)]

    @property
    def label(self) -> Value:
        return self.values["label"]

    @property
    def on_final(self) -> Value:
        return self.values["on_final"]

    def is_in(self, *states: S) -> Value:
        return either(*(self.label == PLACE[state] for state in states))

    @property
    def closed(self) -> Value:
        return self.is_in(*CLOSED)

    @property
    def prepared(self) -> Value:
        """No intent exists yet."""
        return self.is_in(S.DETECTED, S.GATED, S.LOCKED)

    def holds_kind(self, leg: int, kind: str) -> Value:
        """Whether the slot's order is of this kind."""
        return self.of("kind", leg) == KINDS.index(kind)

    # Quantities.
    def matched(self, leg: int, kind: str) -> Value:
        """Everything that really matched, failed matches included."""
        return self.of("tf", leg, kind) + self.of("tp", leg, kind) + self.of("tx", leg, kind)

    def told(self, leg: int, kind: str) -> Value:
        """Everything believed to have matched, failed matches included."""
        return self.of("bf", leg, kind) + self.of("bp", leg, kind) + self.of("bx", leg, kind)

    def net(self, leg: int) -> Value:
        """The believed net: matched and not failed."""
        add, comp, sell = (self.of("bf", leg, kind) + self.of("bp", leg, kind) for kind in KINDS)
        return add - comp - sell

    def taken(self, leg: int) -> Value:
        """What really stands of takes, pending ones included."""
        return sum(self.of("tf", leg, kind) + self.of("tp", leg, kind) for kind in TAKES)

    def room(self, leg: int) -> Value:
        """What the slot's order may really still match within its size."""
        return choose(self.of("alive", leg), most(self.of("size", leg) - self.of("gross", leg), 0), 0)

    def room_to_take(self, leg: int) -> Value:
        return choose(self.holds_kind(leg, "add"), 0, self.room(leg))

    @property
    def all_final(self) -> Value:
        """Every order is believed FINAL."""
        settled = (self.of("bp", leg, kind) == 0 for leg in LEGS for kind in KINDS)
        return both(self.none_active, *settled)

    @property
    def none_active(self) -> Value:
        return both(*(no(self.of("active", leg)) for leg in LEGS))

    @property
    def pair(self) -> Value:
        """Believed nets are equal and above zero, and no order can fill more."""
        return both(self.none_active, self.net(0) == self.net(1), self.net(0) > 0)

    # Money.
    def cost(self, leg: int) -> Value:
        """What standing purchases really cost."""
        return sum(self.of("cf", leg, kind) + self.of("cp", leg, kind) for kind in BUYS)

    def may_cost(self, leg: int) -> Value:
        """What may really be paid yet: the budget of an order that is alive."""
        return choose(self.of("alive", leg), self.of("budget", leg), 0)

    def used(self, leg: int) -> Value:
        """What the engine takes purchases to have cost at most."""
        return sum(self.of("uf", leg, kind) + self.of("up", leg, kind) for kind in BUYS)

    def spent(self, leg: int) -> Value:
        """What the ledger takes them to have cost."""
        return self.of("uf", leg, "add") + self.of("uf", leg, "comp") + self.of("booked", leg)

    # The ledger's posting, as ``ledger.posting`` computes it.
    @property
    def holds(self) -> Value:
        """Whether the reservation is held: LOCKED to STUCK, but for a pair that is all final."""
        held_in = self.is_in(S.LOCKED, S.EXECUTING, S.PAIRED, S.HEDGING, S.STUCK)
        return both(held_in, no(both(self.is_in(S.PAIRED), self.all_final, self.pair)))

    def sets(self, leg: int) -> Value:
        return self.of("bf", leg, "comp") + self.of("bp", leg, "comp")

    def sets_paid(self, leg: int) -> Value:
        return either(self.of("read", leg), self.of("at_once", leg))

    def post_held(self, leg: int) -> Value:
        return choose(self.holds, most(0, self.of("cash", leg) - self.spent(leg)), 0)

    def post_spent(self, leg: int) -> Value:
        return choose(self.closed, 0, self.spent(leg))

    def post_receivable(self, leg: int) -> Value:
        return choose(both(self.closed, no(self.sets_paid(leg))), self.sets(leg), 0)

    def post_net_in(self, leg: int) -> Value:
        brought = self.of("uf", leg, "sell")
        sets = choose(self.sets_paid(leg), self.sets(leg), 0)
        return choose(self.closed, brought + self.of("pay", leg) - self.spent(leg) + sets, brought)

    def debit(self, leg: int) -> Value:
        """What the trade takes from the account's free cash now."""
        return self.post_held(leg) + self.post_spent(leg) - self.post_net_in(leg)

    def free(self, leg: int) -> Value:
        """The account's free cash; ``funds`` is what deposits and all other trades leave of it."""
        return self.of("funds", leg) - self.debit(leg)


def symbolic(suffix: str = "") -> State:
    """A state of z3 variables."""
    return State({name: (z3.Bool if flag else z3.Int)(name + suffix) for name, flag in names()})


def changed(before: State, changes: frozenset[str], suffix: str = "'") -> State:
    """The state after, of which only ``changes`` are new variables."""
    fresh = {name: (z3.Bool if flag else z3.Int)(name + suffix) for name, flag in names() if name in changes}
    return State({**before.values, **fresh})
