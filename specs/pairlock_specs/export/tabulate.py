"""The engine as a table: what it makes of every word that it meets in a scope, and what then stands to be done.

This is the half of an export that is not recomputed: ``decide``, the table and the steps are run here, once for each
canonical trade and word. Which words can come, and when, is left to the tool that reads the export.
"""

from __future__ import annotations

from attrs import frozen

from pairlock.facts import Fact
from pairlock.lifecycle import CLOSED
from pairlock_specs.engine import Failed
from pairlock_specs.explore import Explorer
from pairlock_specs.export.heard import Heard, Spec, heard, spec_of
from pairlock_specs.interpret import done
from pairlock_specs.moves import Move
from pairlock_specs.offers import offers
from pairlock_specs.scope import Part, Scope
from pairlock_specs.view import Shell, View
from pairlock_specs.vocabulary import Tell
from pairlock_specs.world import ACTIONS


class NotOneTable(Exception):
    """The search cannot be written as one table: it was cut short, or one word had two outcomes."""


@frozen
class Outcome:
    """What the engine makes of a word: the trade after it, what it sends; ``failed``: why it cannot be followed."""

    trade: int
    sends: tuple[Spec, ...] = ()
    failed: str = ""


@frozen
class Tables:
    """``steps``: for each trade, what it makes of each word it meets; words that teach nothing stand there too."""

    scope: Scope
    shells: tuple[Shell, ...]
    steps: tuple[dict[Heard, Outcome], ...]
    specs: tuple[Spec, ...]
    slots: int  # the most orders that one trade sent
    fills: int  # the most fills that one order had
    states: int
    edges: int
    depth: int

    @property
    def ids(self) -> tuple[str, ...]:
        """Every order id met, in order."""
        return tuple(sorted({spec[0] for spec in self.specs}))

    @property
    def words(self) -> tuple[Heard, ...]:
        """Every word met, in order."""
        found = {word for step in self.steps for word in step}
        return tuple(sorted(found, key=lambda word: (word[0], word[1], word[2] or ("",), word[3:])))


def books_of(part: Part) -> tuple[str, ...]:
    """What the books may offer in the part, in words."""
    return tuple(words for words, _ in offers(0, part.routes, part.depths))


def tabulate(explorer: Explorer) -> Tables:
    """The engine's half of a finished search."""
    if not explorer.complete:
        raise NotOneTable(f"the search of scope {explorer.scope.name} was cut short")
    steps: list[dict[Heard, Outcome]] = [{} for _ in explorer.engine.trades]
    spoken: dict[tuple[Shell, int], tuple[tuple[Heard, Move], ...]] = {}
    meant: dict[tuple[Heard, Shell], Fact] = {}
    for state in range(len(explorer.states)):
        number = explorer.trade_number(state)
        shell = explorer.engine.shells[number]
        if shell.state in CLOSED:
            continue
        key = (shell, id(explorer.truth_of(state)))
        told = spoken.get(key)
        if told is None:
            told = spoken[key] = _told(explorer, state, shell)
        for word, move in told:
            if (
                meant.setdefault((word, shell), explorer.engine.facts[move.fact])
                != explorer.engine.facts[move.fact]
            ):
                raise NotOneTable(f"{word} stands for two facts")
            if word not in steps[number]:
                steps[number][word] = _outcome(explorer, state, move)
    return _measured(explorer, tuple(steps))


def _told(explorer: Explorer, state: int, shell: Shell) -> tuple[tuple[Heard, Move], ...]:
    """Every word that can come now, with the explorer's move for it."""
    view = View(explorer.truth_of(state), shell, explorer.scope)
    possible = [
        (action, subject)
        for action in ACTIONS
        for _, subject in action.subjects(view)
        if action.guard(view, subject)
    ]
    found: list[tuple[Heard, Move]] = []
    for (action, subject), move in zip(possible, explorer.moves_of(state), strict=True):
        if move.fact >= 0:
            last = action.then[-1]
            assert isinstance(last, Tell)
            after, _ = done(action.then, view, subject)
            found.append((heard(last.word, after, subject), move))
    return tuple(found)


def _outcome(explorer: Explorer, state: int, move: Move) -> Outcome:
    number = explorer.trade_number(state)
    taken = explorer.taken(state, move)
    if taken is None:
        return Outcome(number)
    if isinstance(taken, Failed):
        return Outcome(number, failed=taken.claim)
    return Outcome(taken.after, tuple(spec_of(order) for order in taken.sends))


def _measured(explorer: Explorer, steps: tuple[dict[Heard, Outcome], ...]) -> Tables:
    orders = [order for truth in explorer.moves.truths for order in truth.orders]
    return Tables(
        explorer.scope,
        tuple(explorer.engine.shells),
        steps,
        tuple(sorted({spec_of(order) for order in orders})),
        max((len(truth.orders) for truth in explorer.moves.truths), default=0),
        max((len(order.fills) for order in orders), default=0),
        len(explorer.states),
        explorer.edges,
        explorer.depth,
    )
